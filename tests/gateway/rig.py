"""A gateway behind the bearer check on a real socket, and an upstream that answers byte by byte as a test says."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp

from doorward.app.connection import Connection
from doorward.app.edge import Edge
from doorward.app.lifespan import ServerApp
from doorward.gateway import BoundSessions, Gateway, IdentityAssertions, Upstream
from doorward.jose import jwt
from doorward.kit.hosts import allowed_hosts
from doorward.kit.keyring import Keyring
from doorward.resource_server.asgi import App
from doorward.resource_server.bearer_auth import BearerAuth
from doorward.resource_server.open_answers import OpenAnswers
from tests.builders import NOW
from tests.resource_server.sources import ISSUER, World

T = TypeVar("T")
MAX_BODY_BYTES = 1000
SECONDS = 20
"""What any one step of a test may take at most."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


async def in_time(step: Awaitable[T]) -> T:
    """The outcome of a step, which must come."""
    return await asyncio.wait_for(step, SECONDS)


@dataclass
class Call:
    """A request as the upstream got it."""

    head: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def first_line(self) -> bytes:
        return self.head.split(b"\r\n", 1)[0]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Names in lower case."""
        lines = self.head.rstrip(b"\r\n").split(b"\r\n")[1:]
        return [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]

    @property
    def names(self) -> set[bytes]:
        return {name for name, _ in self.headers}

    def __getitem__(self, name: bytes) -> bytes:
        (value,) = [value for key, value in self.headers if key == name]
        return value

    async def body(self) -> bytes:
        """The body, as its head says it is."""
        if b"content-length" in self.names:
            return await in_time(self.reader.readexactly(int(self[b"content-length"])))
        body = b""
        while b"transfer-encoding" in self.names:
            size = int(await in_time(self.reader.readuntil(b"\r\n")), 16)
            body += (await in_time(self.reader.readexactly(size + 2)))[:-2]
            if size == 0:
                break
        return body

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await in_time(self.writer.drain())

    async def answer(self, data: bytes = OK) -> None:
        """Take the body, answer, and be ready for the next request on this connection."""
        await self.body()
        await self.say(data)
        self.done.set()

    async def hang_up(self) -> None:
        self.writer.close()
        self.done.set()

    async def was_cancelled(self) -> bool:
        """Wait until the gateway closes the connection."""
        while await in_time(self.reader.read(1000)):
            pass
        return True


class Scripted:
    """An upstream whose answers a test writes."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[Call] = asyncio.Queue()
        self.connections = 0

    async def next(self) -> Call:
        return await in_time(self.calls.get())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                call = Call(await reader.readuntil(b"\r\n\r\n"), reader, writer)
                self.calls.put_nowait(call)
                await call.done.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class Client:
    """A client that sends bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await in_time(self.writer.drain())

    async def until(self, mark: bytes) -> bytes:
        return await in_time(self.reader.readuntil(mark))

    async def rest(self) -> bytes:
        """Everything until the gateway closes the connection."""
        return await in_time(self.reader.read())

    async def answer(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """One answer with a Content-Length."""
        head = await self.until(b"\r\n\r\n")
        status, headers = read_head(head)
        return status, headers, await in_time(self.reader.readexactly(int(headers.get(b"content-length", b"0"))))

    def close(self) -> None:
        self.writer.close()


def read_head(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


class Rig:
    """The gateway, its upstream, and the world around them."""

    def __init__(self, upstream_url: str, scripted: Scripted) -> None:
        self.world, self.clock, self.scripted = World(), Clock(), scripted
        self.upstream_url = upstream_url
        self.answers = OpenAnswers(self.world.feed, self.clock)
        self.gateway = Gateway(
            Upstream(upstream_url, max_connections=100),
            path="/http",
            hosts=allowed_hosts(ISSUER),
            identity=IdentityAssertions(
                issuer=ISSUER,
                audience=upstream_url,
                sign=lambda claims, *, typ: jwt.sign(self.world.keys.signing, claims, typ=typ),
            ),
            sessions=BoundSessions(Keyring([b"k" * 32]), audience=upstream_url),
            answers=self.answers,
            forwarded=lambda scope: ((b"x-forwarded-host", b"auth.example.org"), (b"x-forwarded-proto", b"https")),
            clock=self.clock,
            max_body_bytes=MAX_BODY_BYTES,
        )
        self.app: App = BearerAuth(
            self.gateway, self.world.verifier, resource_metadata=f"{ISSUER}/x", scope=("mcp",), clock=self.clock
        )
        self.port = 0

    def request(
        self, method: str = "POST", *headers: str, body: bytes = b"{}", target: str = "/http", token: str | None = None
    ) -> bytes:
        """The bytes of a request that is good unless the headers say otherwise."""
        length = [f"Content-Length: {len(body)}"] if body and method == "POST" else []
        lines = [
            f"{method} {target} HTTP/1.1",
            *([] if any(line.lower().startswith("host:") for line in headers) else ["Host: localhost"]),
            f"Authorization: Bearer {token or self.world.token()}",
            *([] if any(line.lower().startswith("transfer-encoding") for line in headers) else length),
            *headers,
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body if method == "POST" else b"")

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[Client, None]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Client(reader, writer)
        finally:
            writer.close()

    async def ask(self, request: bytes, answer: bytes = OK) -> tuple[Call, tuple[int, dict[bytes, bytes], bytes]]:
        """Send a request, let the upstream answer it; what both got."""
        async with self.client() as client:
            await client.say(request)
            call = await self.scripted.next()
            await call.answer(answer)
            return call, await client.answer()

    async def refused(self, request: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
        """Send a request that must not reach the upstream; the answer."""
        async with self.client() as client:
            await client.say(request)
            answer = await client.answer()
        assert self.scripted.calls.empty(), "it reached the upstream"
        return answer


class _Server(uvicorn.Server):
    """A server that leaves signals alone, and stops as soon as it is told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serving(app: ServerApp) -> AsyncGenerator[int, None]:
    """Serve an application as `doorward serve` does; its port."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    async with _listening(config) as port:
        yield port


@asynccontextmanager
async def serving_plainly(app: ASGIApp, *, port: int = 0) -> AsyncGenerator[int, None]:
    """Serve an application as anybody would; its port."""
    config = uvicorn.Config(app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1)
    async with _listening(config, port=port) as chosen:
        yield chosen


@asynccontextmanager
async def _listening(config: uvicorn.Config, *, port: int = 0) -> AsyncGenerator[int, None]:
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = _Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                await asyncio.sleep(0)
                assert not running.done(), running
            yield listener.getsockname()[1]
        finally:
            server.stopping.set()
            await asyncio.wait_for(running, SECONDS)


@asynccontextmanager
async def a_rig(upstream_url: str | None = None) -> AsyncGenerator[Rig, None]:
    """A gateway in front of a scripted upstream, or of whatever listens at another address."""
    scripted = Scripted()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    rig = Rig(upstream_url or f"http://127.0.0.1:{port}/mcp", scripted)
    app = ServerApp(
        rig.app,
        start=lambda: None,
        jobs=(),
        parts=(rig.gateway.running,),
        edge=Edge(on_stop=rig.gateway.stop),
    )
    try:
        async with serving(app) as rig.port:
            yield rig
    finally:
        listening.close()
