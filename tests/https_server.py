"""A web server over TLS on this machine, with a certificate authority that nobody else knows."""

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Answers a request, of which the head is given."""


@dataclass(frozen=True)
class Authority:
    """A throwaway certificate authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    folder: Path

    @property
    def file(self) -> Path:
        """Its certificate, as SSL_CERT_FILE names it."""
        return self.folder / "authority.pem"

    def server_context(self, *names: str) -> ssl.SSLContext:
        """What a server of those names speaks TLS with."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [
            x509.IPAddress(ip_address(name)) if name.replace(".", "").isdigit() or ":" in name else x509.DNSName(name)
            for name in names
        ]
        certificate = (
            _builder(_named("server"), self.certificate.subject, key)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path = self.folder / f"server-{certificate.serial_number}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def client_context(self) -> ssl.SSLContext:
        """What a client that trusts it alone speaks TLS with."""
        return ssl.create_default_context(cafile=str(self.file))


def an_authority(folder: Path) -> Authority:
    """A new one, its certificate in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("An authority for tests")
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = Authority(key, certificate, folder)
    authority.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return authority


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


@dataclass
class HttpsServer:
    """A running server: what it was asked, by which names and at which addresses."""

    port: int
    heads: list[bytes] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    connections: int = 0


@contextlib.asynccontextmanager
async def https_server(
    context: ssl.SSLContext, behave: Behaviour, *, host: str | list[str] = "127.0.0.1", port: int = 0
) -> AsyncIterator[HttpsServer]:
    """Serve `behave` on a port of its own."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        running.connections += 1
        running.dialled.append(writer.get_extra_info("sockname")[0])
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            running.heads.append(head)
            await behave(head, writer)
            await writer.drain()
        writer.close()
        tasks.discard(task)

    def note_name(_socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        running.server_names.append(name)

    context.sni_callback = note_name  # type: ignore[assignment]
    running = HttpsServer(0)
    port = port or (0 if isinstance(host, str) else _free_port())
    server = await asyncio.start_server(serve, host, port, ssl=context, backlog=512)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _free_port() -> int:
    """A port that is free on this machine now, to listen on at many addresses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answering(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    content_type: str = "application/json",
    length: int | None = None,
    headers: str = "",
) -> Behaviour:
    """Answers everything with the same."""
    declared = len(body) if length is None else length

    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        start = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {declared}\r\n{headers}\r\n"
        writer.write(start.encode() + body)

    return behave


async def hanging(head: bytes, writer: asyncio.StreamWriter) -> None:
    """Takes the request and never answers."""
    await asyncio.sleep(3600)


async def trickling(head: bytes, writer: asyncio.StreamWriter) -> None:
    """Answers a byte at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_head(head: bytes, writer: asyncio.StreamWriter) -> None:
    """Never comes to the end of its headers."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + b"a" * 1000 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def endless_body(head: bytes, writer: asyncio.StreamWriter) -> None:
    """Streams for ever, in chunks."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)
