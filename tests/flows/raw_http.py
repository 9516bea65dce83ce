"""Requests byte by byte, for what no well-behaved client sends."""

import json
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came back until the server closed the connection."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """The error code of an answer in JSON."""
        assert "application/json" == self.headers["content-type"], self
        return json.loads(self.body)["error"]


def connected(base: str, *, timeout: float = 30) -> socket.socket:
    """A connection to a server."""
    port = urlsplit(base).port
    assert port is not None
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def read_to_the_end(connection: socket.socket) -> RawAnswer | None:
    """The one answer on a connection, which the server then closes; None when it closes without one."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    if not received:
        return None
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return RawAnswer(int(first.split()[1]), headers, body)


def sent(base: str, *pieces: bytes, timeout: float = 30) -> RawAnswer | None:
    """Send some bytes on a connection of their own and read until the server closes it."""
    with connected(base, timeout=timeout) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return read_to_the_end(connection)
