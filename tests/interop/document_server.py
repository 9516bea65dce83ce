"""Client ID Metadata Documents over HTTPS on this machine, under an authority that nobody else trusts."""

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.https_server import an_authority


@dataclass
class DocumentServer:
    """A running document server."""

    base: str
    authority: Path
    """The certificate to trust, in PEM."""
    documents: dict[str, bytes] = field(default_factory=dict)

    def publish(self, path: str, /, **members: object) -> str:
        """Serve a document of a public client from now on; its address, which is the client's id."""
        url = self.base + path
        usual: dict[str, object] = {
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        self.serve(path, {"client_id": url, **usual, **members})
        return url

    def serve(self, path: str, members: Mapping[str, object]) -> None:
        """Serve an object from now on."""
        self.documents[path] = json.dumps(members).encode()


@contextmanager
def serving_documents(folder: Path) -> Generator[DocumentServer, None, None]:
    """Serve on a free loopback port until the block ends."""
    authority = an_authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.documents.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class says so
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = authority.server_context("localhost", "127.0.0.1")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        served = DocumentServer(f"https://localhost:{server.server_port}", authority.file)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
