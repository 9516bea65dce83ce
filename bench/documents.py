"""A host of client metadata documents and many that hang, and strangers who come from those.

`python -m bench.documents hosts PORT FOLDER REDIRECT_URI` and `… storm BASE AUTHORIZATION_PATH PORT`.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench.processes import LOAD_CORE, python_environment, started
from tests.https_server import an_authority, hanging, https_server

HOSTILE = 200
FETCH_SECONDS = 5
"""How long a fetch may last; who is refused sooner comes no sooner."""
STORM_RISES_SECONDS = 2
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
def storm(base: str, authorization_path: str, port: int, log: Path) -> Iterator[None]:
    """Meanwhile 200 strangers come at once, each described by a host that hangs, and again after a fetch's time.

    They run on the generator's core, behind it.
    """
    command = ["nice", sys.executable, "-m", "bench.documents", "storm", base, authorization_path, str(port)]
    with started(command, python_environment(), log, core=LOAD_CORE) as process:
        time.sleep(STORM_RISES_SECONDS)
        yield
        if process.poll() is not None:
            raise RuntimeError(f"the storm ended early: {log.read_text('utf-8', 'replace')[-2000:]}")


async def _come(base: str, authorization_path: str, port: int) -> None:
    """Come for ever, from everywhere at once, with ids that nobody has come with before."""
    parts, loop, storm_id = urlsplit(base), asyncio.get_running_loop(), time.time_ns()

    async def ask(host: str, turn: int) -> None:
        query = urlencode({"client_id": f"https://{host}:{port}/{storm_id}/{turn}.json", "response_type": "code"})
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"GET {authorization_path}?{query} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        begin, answer = loop.time(), await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 400 ") or loop.time() - begin < FETCH_SECONDS - 1:
            raise RuntimeError(f"{host} did not hang: {answer[:60]!r} after {loop.time() - begin:.1f} s")

    for turn in itertools.count():
        again = loop.time() + FETCH_SECONDS
        await asyncio.gather(*(ask(host, turn) for host in hostile_hosts()))
        await asyncio.sleep(max(0, again - loop.time()))


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "storm":
        asyncio.run(_come(given[0], given[1], int(given[2])))
    else:
        asyncio.run(_serve(int(given[0]), Path(given[1]), given[2]))
