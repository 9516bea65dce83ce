"""A host on this machine that serves Client ID Metadata Documents over TLS, and can be told to misbehave."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.flows.service import REDIRECT
from tests.https_server import HttpsServer, an_authority, https_server


@dataclass
class DocumentHost:
    """What it serves at each path; `status` and `body` of None mean a hanging host."""

    server: HttpsServer | None = None
    documents: dict[str, bytes] = field(default_factory=dict)
    status: str | None = "200 OK"
    headers: str = ""
    content_type: str = "application/json"

    @property
    def fetches(self) -> int:
        """How often it was asked."""
        assert self.server is not None
        return len(self.server.heads)

    def url(self, path: str = "/client.json") -> str:
        assert self.server is not None
        return f"https://localhost:{self.server.port}{path}"

    def publish(self, path: str = "/client.json", **members: object) -> str:
        """Serve a document there; its address, which is the client's id."""
        url = self.url(path)
        document = {
            "client_id": url,
            "client_name": "Document client",
            "redirect_uris": [REDIRECT],
            "token_endpoint_auth_method": "none",
            **members,
        }
        self.documents[path] = json.dumps(
            {name: value for name, value in document.items() if value is not None}
        ).encode()
        return url

    async def behave(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        if self.status is None:
            await asyncio.sleep(3600)
        path = head.split(b" ")[1].decode()
        body = self.documents.get(path, b"")
        status = self.status if path in self.documents else "404 Not Found"
        start = f"HTTP/1.1 {status}\r\nContent-Type: {self.content_type}\r\nContent-Length: {len(body)}\r\n"
        writer.write((start + self.headers + "\r\n").encode() + body)


@contextlib.asynccontextmanager
async def a_document_host(folder: Path) -> AsyncIterator[DocumentHost]:
    """Serve, with a certificate of an authority that SSL_CERT_FILE names meanwhile."""
    authority = an_authority(folder)
    host = DocumentHost()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority.file))
        async with https_server(authority.server_context("localhost"), host.behave) as server:
            host.server = server
            yield host
