"""The client that asks other servers, made when it is needed."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from doorward.kit.fetch_target import read_fetch_target
from doorward.outbound import DeferredConnector, FetchFailed, NotAsked
from tests.https_server import Authority, answering, https_server

pytestmark = pytest.mark.anyio


async def test_many_who_need_it_at_once_get_one(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    connector, made = DeferredConnector(user_agent="test"), list[object]()
    make = connector._make
    monkeypatch.setattr(connector, "_make", lambda: made.append(one := make()) or one)
    async with https_server(authority.server_context("localhost"), answering(b"{}")) as server:
        target = read_fetch_target(f"https://localhost:{server.port}/a", allow_loopback=True)
        assert target is not None
        answers = await asyncio.gather(*(connector.get(target, accept="*/*", most_bytes=9) for _ in range(5)))

    assert [b"{}"] * 5 == [answer.body for answer in answers]
    assert 1 == len(made)


async def test_a_client_that_could_not_be_loaded_is_loaded_by_the_next_who_asks(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when no file descriptor is left for a moment."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    connector = DeferredConnector(user_agent="test")
    make, failures = connector._make, iter([OSError(24, "Too many open files"), ImportError("half an upgrade")])

    def fail() -> object:
        if failure := next(failures, None):
            raise failure
        return make()

    monkeypatch.setattr(connector, "_make", fail)
    async with https_server(authority.server_context("localhost"), answering(b"{}")) as server:
        target = read_fetch_target(f"https://localhost:{server.port}/a", allow_loopback=True)
        assert target is not None
        for _ in range(2):
            with pytest.raises(NotAsked):
                await connector.get(target, accept="*/*", most_bytes=9)
        answer = await connector.get(target, accept="*/*", most_bytes=9)

    assert b"{}" == answer.body


def test_it_is_not_loaded_before() -> None:
    script = (
        "import sys, doorward.outbound as o; o.DeferredConnector(user_agent='x'); print('httpcore2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()


async def test_authorities_that_cannot_be_read_fail_each_fetch_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Authority
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    connector = DeferredConnector(user_agent="test")
    async with https_server(authority.server_context("localhost"), answering(b"{}")) as server:
        target = read_fetch_target(f"https://localhost:{server.port}/a", allow_loopback=True)
        assert target is not None
        for _ in range(2):
            with pytest.raises(FetchFailed):
                await connector.get(target, accept="*/*", most_bytes=9)
