"""`python -m bench.documents PORT FOLDER REDIRECT_URI`: a host of client metadata documents, and many that hang."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import httpx2

from tests.https_server import an_authority, hanging, https_server

HOSTILE = 200
FETCH_SECONDS = 5
"""How long a fetch may last; who is refused sooner comes no sooner."""
AUTHORITY = "authority.pem"
READY = "ready"


def document_url(port: int) -> str:
    """The address of the good document, and the id of its client."""
    return f"https://localhost:{port}/client.json"


def hostile_hosts() -> list[str]:
    """Addresses of this machine that are each taken for a site of its own."""
    return [f"127.0.{1 + number // 100}.{1 + number % 100}" for number in range(HOSTILE)]


async def _serve(port: int, folder: Path, redirect_uri: str) -> None:
    url = document_url(port)
    body = json.dumps({"client_id": url, "client_name": "Bench", "redirect_uris": [redirect_uri]}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    async def behave(request: bytes, writer: asyncio.StreamWriter) -> None:
        if b"Host: localhost" not in request:
            await hanging(request, writer)
        writer.write(head + body)

    names = hostile_hosts()
    context = an_authority(folder).server_context("localhost", "127.0.0.1", *names)
    async with https_server(context, behave, host=["127.0.0.1", *names], port=port):
        (folder / READY).touch()
        await asyncio.Event().wait()


@contextmanager
def storm(base: str, authorization_path: str, port: int) -> Iterator[None]:
    """Meanwhile 200 strangers come at once, each described by a host that hangs, and again after a fetch's time."""
    over = Event()

    def come(host: str) -> None:
        with httpx2.Client(base_url=base, timeout=30) as browser:
            turn = 0
            while not over.is_set():
                turn += 1
                until = time.monotonic() + FETCH_SECONDS
                params = {"client_id": f"https://{host}:{port}/{turn}.json", "response_type": "code"}
                with suppress(httpx2.TransportError):
                    browser.get(authorization_path, params=params)
                over.wait(max(0.1, until - time.monotonic()))

    for host in hostile_hosts():
        Thread(target=come, args=(host,), daemon=True).start()
    over.wait(2)  # until they all hang
    try:
        yield
    finally:
        over.set()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
