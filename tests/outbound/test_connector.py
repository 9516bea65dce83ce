"""One GET, seen from the other end of the wire: where it goes, what it says, and when it stops."""

import asyncio
import gzip
import ssl
from datetime import timedelta

import pytest

from doorward.kit.fetch_target import FetchTarget, read_fetch_target
from doorward.outbound import Answer, FetchFailed
from doorward.outbound.connector import Connector, Resolve
from tests.https_server import (
    Authority,
    Behaviour,
    answering,
    endless_body,
    endless_head,
    https_server,
)

pytestmark = pytest.mark.anyio
LIMIT = 5 * 1024


def resolving_to(*addresses: str, asked: list[str] | None = None) -> Resolve:
    async def resolve(host: str, port: int, *, is_known: bool = False) -> tuple[str, ...]:
        if asked is not None:
            asked.append(host)
        return addresses

    return resolve


def a_target(port: int, host: str = "localhost") -> FetchTarget:
    target = read_fetch_target(f"https://{host}:{port}/client.json", allow_loopback=True)
    assert target is not None
    return target


async def got(
    authority: Authority, port: int, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
) -> Answer:
    connector = Connector(
        user_agent="Doorward/test", resolve=resolve or resolving_to("127.0.0.1"), tls=tls or authority.client_context()
    )
    return await connector.get(a_target(port), accept="application/json", most_bytes=LIMIT)


async def failure(
    authority: Authority,
    port: int = 1,
    *,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
    within: float = 5,
) -> str:
    with pytest.raises(FetchFailed) as failed:
        async with asyncio.timeout(within):
            await got(authority, port, resolve=resolve, tls=tls)
    return failed.value.reason


async def failure_of(authority: Authority, behave: Behaviour) -> str:
    async with https_server(authority.server_context("localhost"), behave) as server:
        return await failure(authority, server.port)


async def test_an_answer_comes_whole(authority: Authority) -> None:
    behave = answering(
        b'{"a":1}', content_type="Application/JSON; charset=utf-8", headers="Cache-Control: max-age=60\r\n"
    )
    async with https_server(authority.server_context("localhost"), behave) as server:
        answer = await got(authority, server.port)

    expected = Answer(status=200, media_type="application/json", max_age=timedelta(minutes=1), body=b'{"a":1}')
    assert expected == answer


async def test_it_asks_by_name_and_dials_the_address_that_was_checked(authority: Authority) -> None:
    """Seen at the socket: another answer of the name server a moment later changes nothing (DNS rebinding)."""
    asked: list[str] = []
    async with https_server(authority.server_context("localhost"), answering(), host="127.0.0.7") as server:
        await got(authority, server.port, resolve=resolving_to("127.0.0.7", asked=asked))

    assert ["localhost"] == asked
    assert ["127.0.0.7"] == server.dialled
    assert ["localhost"] == server.server_names
    assert f"Host: localhost:{server.port}\r\n".encode() in server.heads[0]


async def test_what_it_says_of_itself(authority: Authority) -> None:
    """A User-Agent of its own, and nothing that a stranger could take for somebody's credentials."""
    async with https_server(authority.server_context("localhost"), answering()) as server:
        await got(authority, server.port)

    request, *headers = server.heads[0].decode().split("\r\n")
    assert "GET /client.json HTTP/1.1" == request
    names = {line.split(":")[0].lower() for line in headers if line}
    assert {"host", "user-agent", "accept", "accept-encoding", "connection"} == names
    assert any(line.startswith("User-Agent: Doorward/") for line in headers)
    assert "Accept-Encoding: identity" in headers


@pytest.mark.parametrize(
    "addresses",
    [
        ("10.0.0.1",),
        ("127.0.0.1", "169.254.169.254"),
        ("127.0.0.1", "8.8.8.8"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
async def test_one_wrong_address_spoils_them_all(authority: Authority, addresses: tuple[str, ...]) -> None:
    async with https_server(authority.server_context("localhost"), answering()) as server:
        reason = await failure(authority, server.port, resolve=resolving_to(*addresses))

    assert ("address_not_public", 0) == (reason, server.connections)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("64:ff9b::7f00:1",), ("fec0::1",)])
async def test_a_public_name_that_leads_home_is_not_followed(authority: Authority, addresses: tuple[str, ...]) -> None:
    target = read_fetch_target("https://app.example/client.json", allow_loopback=True)
    assert target is not None
    connector = Connector(user_agent="Doorward/test", resolve=resolving_to(*addresses), tls=authority.client_context())
    with pytest.raises(FetchFailed, match="address_not_public"):
        await connector.get(target, accept="application/json", most_bytes=LIMIT)


async def test_when_the_first_address_does_not_answer_the_next_is_dialled(authority: Authority) -> None:
    async with https_server(authority.server_context("localhost"), answering(), host="127.0.0.7") as server:
        answer = await got(authority, server.port, resolve=resolving_to("127.0.0.8", "127.0.0.7"))

    assert 200 == answer.status
    assert ["127.0.0.7"] == server.dialled


async def test_proxies_of_the_environment_are_not_used(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with https_server(authority.server_context("localhost"), answering()) as server:
        answer = await got(authority, server.port)

    assert 200 == answer.status


async def test_redirects_are_answers_like_any_other(authority: Authority) -> None:
    """Never followed (draft-ietf-oauth-client-id-metadata-document-00 §4; ASVS 15.3.2)."""
    behave = answering(b"", status="302 Found", headers="Location: /elsewhere\r\n")
    async with https_server(authority.server_context("localhost"), behave) as server:
        answer = await got(authority, server.port)

    assert (302, 1) == (answer.status, server.connections)


async def test_no_connection_is_used_twice(authority: Authority) -> None:
    """The next fetch resolves and checks anew."""
    asked: list[str] = []
    async with https_server(
        authority.server_context("localhost"), answering(headers="Connection: keep-alive\r\n")
    ) as server:
        connector = Connector(
            user_agent="Doorward/test", resolve=resolving_to("127.0.0.1", asked=asked), tls=authority.client_context()
        )
        for _ in range(3):
            await connector.get(a_target(server.port), accept="*/*", most_bytes=LIMIT)

    assert (3, 3) == (server.connections, len(asked))


async def test_a_certificate_for_another_name_is_refused(authority: Authority) -> None:
    async with https_server(authority.server_context("other.example"), answering()) as server:
        assert "tls" == await failure(authority, server.port)


async def test_an_unknown_authority_is_refused(authority: Authority) -> None:
    async with https_server(authority.server_context("localhost"), answering()) as server:
        assert "tls" == await failure(authority, server.port, tls=ssl.create_default_context())


async def test_the_standard_variable_adds_an_authority(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE, as every program on OpenSSL reads it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with https_server(authority.server_context("localhost"), answering()) as server:
        answer = await Connector(user_agent="Doorward/test", resolve=resolving_to("127.0.0.1")).get(
            a_target(server.port), accept="*/*", most_bytes=LIMIT
        )

    assert 200 == answer.status


async def test_a_body_may_have_so_many_bytes_and_not_one_more(authority: Authority) -> None:
    """5 KB (draft-ietf-oauth-client-id-metadata-document-00 §6.6)."""
    async with https_server(authority.server_context("localhost"), answering(b"x" * LIMIT)) as server:
        assert LIMIT == len((await got(authority, server.port)).body)
    assert "too_large" == await failure_of(authority, answering(b"x" * (LIMIT + 1)))


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (endless_head, "too_large"),
        (endless_body, "too_large"),
        (answering(b"", length=10**9), "too_large"),
        (answering(b"{}", length=1000), "broken_answer"),
        (answering(gzip.compress(b"x" * 10**6), headers="Content-Encoding: gzip\r\n"), "encoded"),
        (answering(b"{}", headers="Content-Encoding: br\r\n"), "encoded"),
        (answering(b"{}", status="two hundred"), "broken_answer"),
        (answering(b"{}", headers="no header at all\r\n"), "broken_answer"),
    ],
)
async def test_liars_are_cut_off(authority: Authority, behave: Behaviour, reason: str) -> None:
    assert reason == await failure_of(authority, behave)


async def test_a_closed_port_is_a_failure(authority: Authority) -> None:
    assert "connect" == await failure(authority, port=1)


async def test_a_server_that_speaks_no_tls_is_a_failure(authority: Authority) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server:
        assert "tls" == await failure(authority, server.sockets[0].getsockname()[1])
