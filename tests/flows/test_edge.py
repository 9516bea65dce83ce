"""Slow, huge and endless requests to a real server: answered as OAuth JSON and cut off, while others are served."""

import http.client
import select
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.flows.raw_http import connected, read_to_the_end, sent
from tests.flows.server_process import ServerProcess, environment_for, serving

pytestmark = pytest.mark.usefixtures("heeding_ctrl_c")

PARTIAL_HEAD = b"POST /api/oauth/token HTTP/1.1\r\nhost: localhost\r\nx-slow: "
PARTIAL_BODY = (
    b"POST /api/oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n"
    b"content-type: application/x-www-form-urlencoded\r\n\r\ngrant_type="
)
SLOW_CONNECTIONS = 1000
MEMORY_OF_ONE_KIB = 64
"""What a slow connection may cost; a thousand are then far below what a small machine has."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    at = tmp_path_factory.mktemp("edge")
    with serving(environment_for(at / "data", log_format="json"), at / "log") as running:
        yield running


def is_alive(server: ServerProcess) -> bool:
    return 200 == httpx2.get(f"{server.base}/healthz", timeout=10).status_code


def many_headers(count: int) -> bytes:
    lines = b"".join(b"x-%d: 1\r\n" % number for number in range(count))
    return b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n" + lines + b"\r\n"


def test_requests_that_trickle_are_answered_408_and_cut_off(server: ServerProcess):
    """Whether the head, its body or the chunks of one do not end: all within one deadline, RFC 9110 §15.5.9."""
    chunked = PARTIAL_BODY.replace(b"content-length: 1000", b"transfer-encoding: chunked").removesuffix(b"grant_type=")
    trickling = [connected(server.base) for _ in range(3)]
    for connection, start in zip(trickling, (PARTIAL_HEAD, PARTIAL_BODY, chunked), strict=True):
        connection.sendall(start)
    pieces = (b"x", b"x", b"1\r\nx\r\n")
    open_ones = list(trickling)
    while open_ones:  # one byte and then another, until each was answered
        answered, _, _ = select.select(open_ones, [], [], 0.5)
        for connection in answered:
            open_ones.remove(connection)
        for connection, piece in zip(trickling, pieces, strict=True):
            if connection in open_ones:
                connection.sendall(piece)
    answers = [read_to_the_end(connection) for connection in trickling]
    for connection in trickling:
        connection.close()

    for answer in answers:
        assert answer is not None
        assert (408, "invalid_request") == (answer.status, answer.error)
        assert ("close", "no-store") == (answer.headers["connection"], answer.headers["cache-control"])
    assert is_alive(server)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (many_headers(200), 431),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-long: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-endless: " + b"x" * 200_000, 431),
        (b"GET /healthz?" + b"x" * 20_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n", 414),
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: many\r\n\r\n", 400),
    ],
    ids=["too many headers", "a long header", "an endless header", "a long address", "no HTTP", "no length"],
)
def test_a_head_out_of_bounds_is_refused_as_oauth_json(server: ServerProcess, request_bytes: bytes, status: int):
    """RFC 6585 §5 and RFC 9110 §15.5; neither uvicorn nor httptools bounds a head."""
    answer = sent(server.base, request_bytes)

    assert answer is not None
    assert (status, "invalid_request") == (answer.status, answer.error)
    assert "close" == answer.headers["connection"]
    assert is_alive(server)


def test_heads_within_bounds_are_served(server: ServerProcess):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.base).port or 0, timeout=10)
    connection.request("GET", "/healthz?" + "x" * 15_000, headers={"x-long": "x" * 15_000})

    assert 200 == connection.getresponse().status
    connection.close()


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_out_of_bounds_is_refused_as_oauth_json(server: ServerProcess, declared: bool):
    head = b"POST /api/oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    body = b"grant_type=" + b"x" * 70_000
    framed = (
        b"content-length: %d\r\n\r\n" % len(body) + body
        if declared
        else b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    )
    answer = sent(server.base, head + framed)

    assert answer is not None
    assert (413, "invalid_request") == (answer.status, answer.error)


def test_a_thousand_slow_connections_cost_little_and_delay_nobody(server: ServerProcess):
    _ = httpx2.get(f"{server.base}/.well-known/jwks.json")
    before = resident_kib(server)
    half = SLOW_CONNECTIONS // 2
    slow = [opened(server, PARTIAL_HEAD) for _ in range(half)] + [opened(server, PARTIAL_BODY) for _ in range(half)]
    try:
        statuses = {httpx2.get(f"{server.base}/.well-known/jwks.json", timeout=10).status_code for _ in range(50)} | {
            httpx2.post(f"{server.base}/api/oauth/token", timeout=10).status_code for _ in range(50)
        }
        grown = resident_kib(server) - before
    finally:
        for connection in slow:
            connection.close()

    assert {200, 400} == statuses
    assert grown < SLOW_CONNECTIONS * MEMORY_OF_ONE_KIB


def test_when_all_places_are_taken_the_slowest_gives_way(tmp_path: Path):
    """A newcomer is served in place of whoever has kept a request unfinished for longest."""
    with serving(environment_for(tmp_path / "data", max_connections="16"), tmp_path / "log") as server:
        slow = [opened(server, PARTIAL_HEAD) for _ in range(16)]
        crowded = sent(server.base, b"")  # nobody has been slow for long enough yet
        time.sleep(1.5)
        served = is_alive(server)
        first = read_to_the_end(slow[0])
        for connection in slow:
            connection.close()

    assert crowded is not None
    assert (503, "temporarily_unavailable") == (crowded.status, crowded.error)
    assert "retry-after" in crowded.headers
    assert served
    assert first is not None
    assert 408 == first.status


def test_ctrl_c_does_not_wait_for_a_body_that_never_comes(tmp_path: Path):
    log_file = tmp_path / "log"
    with serving(environment_for(tmp_path / "data", log_format="json"), log_file) as server:
        with connected(server.base) as stuck:
            stuck.sendall(PARTIAL_BODY)
            time.sleep(0.2)
            server.process.send_signal(signal.SIGINT)
            answer = read_to_the_end(stuck)
        server.process.wait(9)  # less than the time that requests in flight are given

    assert 0 == server.process.returncode
    assert answer is not None
    assert 503 == answer.status
    assert "Traceback" not in log_file.read_text()
    assert "exception" not in log_file.read_text()


def opened(server: ServerProcess, start: bytes) -> socket.socket:
    connection = connected(server.base)
    connection.sendall(start)
    return connection


def resident_kib(server: ServerProcess) -> int:
    """The memory of the server's process."""
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
