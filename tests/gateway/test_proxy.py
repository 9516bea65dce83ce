"""What goes through the gateway, what does not, and when it ends; observed at both sockets."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from doorward.gateway import upstream as upstream_module
from doorward.jose import jwt
from doorward.jose.errors import InvalidToken
from tests.gateway.rig import EVENTS, MAX_BODY_BYTES, OK, Call, Rig, Scripted, a_rig, chunk, in_time, read_head
from tests.resource_server.sources import ISSUER, RESOURCE

pytestmark = pytest.mark.anyio


async def ended(rig: Rig) -> None:
    """Let every exchange come to its end, which it must."""
    for _ in range(1000):
        await asyncio.sleep(0)
    assert 0 == len(rig.answers)


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "certificate", folder / "key"


async def flood(call: Call, most: int) -> int:
    """Send events until nobody takes them any more; how many bytes that took."""
    piece, sent = chunk(b"x" * 65_536), 0
    while sent < most:
        call.writer.write(piece)
        try:
            await asyncio.wait_for(call.writer.drain(), 0.5)
        except TimeoutError:
            break
        sent += len(piece)
    return sent


async def test_a_request_goes_through_without_its_token_and_with_a_signed_word_about_it():
    async with a_rig() as rig:
        token = rig.world.token()
        request = rig.request("POST", "Content-Type: application/json", "Mcp-Protocol-Version: 2025-06-18", token=token)
        call, (status, headers, body) = await rig.ask(request)

    assert b"POST /mcp HTTP/1.1" == call.first_line
    assert (200, b"{}") == (status, body)
    assert token.encode() not in call.head
    assert {
        b"host",
        b"content-type",
        b"mcp-protocol-version",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-doorward-identity",
        b"content-length",
    } == call.names
    assert rig.upstream_url.removeprefix("http://").removesuffix("/mcp").encode() == call[b"host"]
    claims = jwt.verify(call[b"x-doorward-identity"].decode(), rig.world.keys.public_keys, typ="doorward-identity+jwt")
    assert (ISSUER, rig.upstream_url, "user-1") == (claims["iss"], claims["aud"], claims["sub"])
    assert b"no-store, no-transform" == headers[b"cache-control"]


SMUGGLED = [
    "X-Doorward-Identity: forged",
    "x-doorward-identity: forged",
    "X_Doorward_Identity: forged",
    "X-Doorward_Identity: forged",
    "X-DOORWARD-USER: forged",
    "X-Forwarded-User: forged",
    "X_Forwarded_User: forged",
    "X-Forwarded-For: forged",
    "X-Forwarded-Host: forged",
    "X-Forwarded-Proto: forged",
    "Forwarded: for=forged",
    "X-Real-IP: forged",
    "X-Auth-Request-Email: forged",
    "X-Auth-User: forged",
    "Remote-User: forged",
    "REMOTE_USER: forged",
    "X-Remote-User: forged",
    "X-User-Id: forged",
    "X-Email: forged",
    "Cookie: session=forged",
    "Proxy-Authorization: Basic forged",
    "X-Api-Key: forged",
    "Origin: https://forged.example",
    "Referer: https://forged.example",
    "X-Original-URL: /forged",
    "X-Rewrite-URL: /forged",
    "X-HTTP-Method-Override: forged",
    "TE: trailers, forged",
    "Upgrade: forged",
    "Keep-Alive: forged",
    "Proxy-Connection: forged",
    "Trailer: forged",
    "mcp_session_id: forged",
    "Mcp-Session_Id: forged",
    "Mcp-Doorward-Identity: evil",
]


async def test_what_says_who_the_caller_is_or_how_it_came_does_not_pass():
    """GW-10 to GW-19: in every spelling, once or twice."""
    async with a_rig() as rig:
        calls = [(header, (await rig.ask(rig.request("POST", header, header)))[0]) for header in SMUGGLED]

    assert [] == [header for header, call in calls if b"forged" in call.head.lower()]


async def test_connection_takes_away_what_it_names_and_nothing_of_ours():
    """RFC 9110 §7.6.1: a client must not strip the word about itself."""
    connection = "Connection: Mcp-Method, x-doorward-identity, content-length, host, X-Forwarded-Host"
    async with a_rig() as rig:
        call, _ = await rig.ask(
            rig.request("POST", "Mcp-Method: ping", connection, "Connection: accept", "Accept: a/b")
        )

    assert not {b"mcp-method", b"accept", b"connection"} & call.names
    assert {b"x-doorward-identity", b"content-length", b"host", b"x-forwarded-host"} <= call.names


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (["Content-Length: 2", "Transfer-Encoding: chunked"], b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Content-Length: 2"], b"0\r\n\r\n"),
        (["Transfer-Encoding: gzip, chunked"], b"0\r\n\r\n"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], b"0\r\n\r\n"),
        (["Transfer-Encoding: xchunked"], b"0\r\n\r\n"),
        (["Transfer-Encoding : chunked"], b"0\r\n\r\n"),
        (["Content-Length: 2", "Content-Length: 3"], b"{} "),
        (["Content-Length: 2, 3"], b"{} "),
        (["Content-Length: +2"], b"{}"),
        (["Content-Length: -2"], b"{}"),
        (["Content-Length: 0x2"], b"{}"),
        (["Content-Length:"], b""),
    ],
)
async def test_a_length_that_can_be_read_in_two_ways_is_refused(framing: list[str], body: bytes):
    """RFC 9112 §6.3: request smuggling needs two readers who disagree."""
    async with a_rig() as rig:
        head = [f"POST /http HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {rig.world.token()}", *framing]
        status, _, _ = await rig.refused("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    assert 400 == status


async def test_a_chunked_body_arrives_as_one_message_and_what_follows_it_is_another():
    async with a_rig() as rig, rig.client() as client:
        first = rig.request(
            "POST", "Transfer-Encoding: chunked", body=b"2;ext=1\r\n{}\r\n1\r\n \r\n0\r\nTrailer: x\r\n\r\n"
        )
        await client.say(first + rig.request("GET", target="/http?second"))
        call = await rig.scripted.next()
        body = await call.body()
        await call.say(OK)
        call.done.set()
        assert 200 == (await client.answer())[0]
        second = await rig.scripted.next()
        await second.answer()

    assert (b"chunked", b"{} ") == (call[b"transfer-encoding"], body)
    assert b"content-length" not in call.names
    assert b"trailer" not in call.names
    assert b"GET /mcp?second HTTP/1.1" == second.first_line


async def test_a_request_body_is_passed_on_as_it_arrives():
    async with a_rig() as rig, rig.client() as client:
        await client.say(rig.request("POST", "Transfer-Encoding: chunked", body=chunk(b"first")))
        call = await rig.scripted.next()
        assert b"5\r\nfirst\r\n" == await in_time(call.reader.readexactly(10))
        await client.say(chunk(b"second") + b"0\r\n\r\n")
        assert b"6\r\nsecond\r\n0\r\n\r\n" == await in_time(call.reader.readexactly(16))
        await call.say(OK)
        call.done.set()

        assert 200 == (await client.answer())[0]


async def test_each_event_is_passed_on_at_once():
    """The second event is not written before the first one has arrived."""
    async with a_rig() as rig, rig.client() as client:
        await client.say(rig.request("GET", "Accept: text/event-stream", "Last-Event-ID: 7"))
        call = await rig.scripted.next()
        await call.say(EVENTS)
        status, headers = read_head(await client.until(b"\r\n\r\n"))
        for number in range(5):
            event = b"data: %d\n\n" % number
            await call.say(chunk(event))
            assert chunk(event) == await client.until(b"\n\n\r\n")
        await call.say(b"0\r\n\r\n")

        assert b"0\r\n\r\n" == await client.until(b"0\r\n\r\n")
    assert (200, b"text/event-stream", b"no") == (status, headers[b"content-type"], headers[b"x-accel-buffering"])
    assert b"7" == call[b"last-event-id"]


async def test_a_client_that_goes_cancels_its_request_before_and_after_the_head():
    async with a_rig() as rig:
        for beginning in (b"", EVENTS + chunk(b"data: 1\n\n")):
            async with rig.client() as client:
                await client.say(rig.request("POST"))
                call = await rig.scripted.next()
                await call.body()
                if beginning:
                    await call.say(beginning)
                    await client.until(b"data: 1\n\n")

            assert await call.was_cancelled()
        await ended(rig)


async def test_a_client_that_goes_while_it_sends_cancels_its_request():
    async with a_rig() as rig:
        async with rig.client() as client:
            await client.say(rig.request("POST", "Transfer-Encoding: chunked", body=chunk(b"half")))
            call = await rig.scripted.next()
            await in_time(call.reader.readexactly(9))

        assert await call.was_cancelled()
        await ended(rig)


async def test_the_upstream_is_read_no_faster_than_the_client_reads():
    """Backpressure: an endless answer to a client that does not read fills buffers and then waits."""
    async with a_rig() as rig, rig.client() as client:
        await client.say(rig.request("GET"))
        call = await rig.scripted.next()
        await call.say(EVENTS)
        await client.until(b"\r\n\r\n")
        sent = await flood(call, 200_000_000)

    assert sent < 100_000_000


async def test_answers_of_many_users_never_mix():
    """GW-35: hundreds of calls at once on few connections; each gets the answer to its own."""
    async with a_rig() as rig:

        async def echo() -> None:
            while True:
                call = await rig.scripted.calls.get()
                who = jwt.verify(
                    call[b"x-doorward-identity"].decode(),
                    rig.world.keys.public_keys,
                    typ="doorward-identity+jwt",
                )
                body = json.dumps({"sub": who["sub"], "said": (await call.body()).decode()}).encode()
                await call.say(b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
                call.done.set()

        async def user(number: int) -> list[tuple[object, object]]:
            token = rig.world.token(sub=f"user-{number}", gid=f"gid-{number}")
            got: list[tuple[object, object]] = []
            async with rig.client() as client:
                for turn in range(10):
                    await client.say(rig.request("POST", body=b"%d/%d" % (number, turn), token=token))
                    answer = json.loads((await client.answer())[2])
                    got.append((answer["sub"], answer["said"]))
            return got

        echoing = asyncio.create_task(echo())
        everybody = await asyncio.gather(*(user(number) for number in range(30)))
        echoing.cancel()

    assert [[(f"user-{number}", f"{number}/{turn}") for turn in range(10)] for number in range(30)] == everybody


async def test_connections_to_the_upstream_are_used_again():
    async with a_rig() as rig:
        for _ in range(5):
            await rig.ask(rig.request())

        assert 1 == rig.scripted.connections


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer secret\r\nContent-Length: 0\r\n\r\n", "credentials"),
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", "credentials"),
        (b"HTTP/1.1 307 Away\r\nLocation: http://secret.example/\r\nContent-Length: 0\r\n\r\n", "redirects"),
        (b"HTTP/1.1 302 Away\r\nLocation: /secret\r\nContent-Length: 0\r\n\r\n", "redirects"),
        (b"HTTP/1.1 999 secret\r\nContent-Length: 0\r\n\r\n", "status"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "Protocol"),
        (b"secret nonsense\r\n\r\n", "Protocol"),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"secret" * 20_000 + b"\r\n\r\n", "too_large"),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"secret" * 40_000, "Protocol"),
        (b"HTTP/1.1 200 OK\r\nX-A: " + b"secret" * 6_000 + b"\r\nContent-Length: 0\r\n\r\n", "too_large"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: secret\r\n" * 101 + b"Content-Length: 0\r\n\r\n", "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nsecret", "Protocol"),
        (b"HTTP/1.1 200 OK\r\nMcp-Session-Id: a b\r\nContent-Length: 0\r\n\r\n", "session"),
        (b"HTTP/1.1 200 OK\r\nMcp-Session-Id: a\r\nMcp-Session-Id: b\r\nContent-Length: 0\r\n\r\n", "session"),
        (b"", "Protocol"),
    ],
)
async def test_an_answer_nobody_can_use_is_502_and_tells_nothing(
    answer: bytes, reason: str, capsys: pytest.CaptureFixture[str]
):
    async with a_rig() as rig, rig.client() as client:
        await client.say(rig.request())
        call = await rig.scripted.next()
        await call.body()
        await call.say(answer)
        await call.hang_up()
        status, headers, body = await client.answer()

    assert (502, "bad_gateway") == (status, json.loads(body)["error"])
    assert b"secret" not in body
    assert not {b"www-authenticate", b"location", b"set-cookie"} & set(headers)
    assert reason in capsys.readouterr().out


async def test_nobody_listening_is_502():
    async with a_rig("http://127.0.0.1:9/mcp") as rig:
        status, _, body = await rig.refused(rig.request())

    assert (502, "bad_gateway") == (status, json.loads(body)["error"])


async def test_an_answer_that_does_not_begin_is_504_and_the_request_is_cancelled(monkeypatch: pytest.MonkeyPatch):
    """A trickle of interim answers does not help."""
    monkeypatch.setattr(upstream_module, "HEAD_SECONDS", 0.2)
    async with a_rig() as rig, rig.client() as client:
        await client.say(rig.request())
        call = await rig.scripted.next()
        await call.body()
        await call.say(b"HTTP/1.1 102 Processing\r\n\r\n")
        status, _, body = await client.answer()

        assert (504, "gateway_timeout") == (status, json.loads(body)["error"])
        assert await call.was_cancelled()


async def test_a_body_that_does_not_go_on_is_broken_off_but_events_may_be_rare(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upstream_module, "SILENCE_SECONDS", 0.1)
    async with a_rig() as rig, rig.client() as listener, rig.client() as client:
        await listener.say(rig.request("GET"))
        stream = await rig.scripted.next()
        await stream.say(EVENTS)
        await listener.until(b"\r\n\r\n")
        await client.say(rig.request())
        call = await rig.scripted.next()
        await call.body()
        await call.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        broken = await client.rest()
        await stream.say(chunk(b"data: late\n\n"))

        assert broken.endswith(b"half")
        assert b"data: late" in await listener.until(b"late")


@pytest.mark.parametrize("half", [EVENTS + chunk(b"data: 1\n\n"), b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n1"])
async def test_an_answer_that_breaks_off_is_never_passed_off_as_whole(half: bytes):
    async with a_rig() as rig, rig.client() as client:
        await client.say(rig.request("GET"))
        call = await rig.scripted.next()
        await call.say(half)
        await client.until(b"1")
        await call.hang_up()

        assert not (await client.rest()).endswith(b"0\r\n\r\n")


HOSTILE = (
    b"HTTP/1.1 200 OK\r\nSet-Cookie: __Host-doorward=x; Secure; Path=/\r\nClear-Site-Data: *\r\n"
    b"Strict-Transport-Security: max-age=0\r\nAccess-Control-Allow-Origin: https://one.example\r\n"
    b"Access-Control-Allow-Credentials: true\r\nAlt-Svc: h3\r\nRefresh: 0; url=x\r\nLink: </x>; rel=preload\r\n"
    b"Location: https://evil.example\r\nWWW-Authenticate: Basic\r\nServer: x\r\nKeep-Alive: timeout=1\r\n"
    b"Cache-Control: public, max-age=9999\r\nX-Request-Id: theirs\r\nConnection: vary\r\nVary: x\r\n"
    b"Mcp-Tool-Hint: yes\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)


async def test_an_upstream_cannot_speak_for_the_origin_it_is_served_from():
    """Cookies, policies, CORS and challenges of this origin are ours, as people sign in here."""
    async with a_rig() as rig:
        _, (status, headers, _) = await rig.ask(rig.request(), HOSTILE)

    assert 200 == status
    assert {
        b"access-control-allow-origin": b"*",
        b"access-control-expose-headers": headers[b"access-control-expose-headers"],
        b"cache-control": b"no-store, no-transform",
        b"content-length": b"2",
        b"content-type": b"application/json",
        b"mcp-tool-hint": b"yes",
        b"x-content-type-options": b"nosniff",
    } == {name: value for name, value in headers.items() if name != b"date"}


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 202),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 405 No\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n", 405),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 404),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 403),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500),
    ],
)
async def test_the_statuses_of_mcp_pass(answer: bytes, status: int):
    async with a_rig() as rig:
        for method in ("POST", "GET", "DELETE"):
            call, (answered, headers, _) = await rig.ask(rig.request(method), answer)

            assert status == answered
            assert call.first_line.startswith(method.encode())
            assert (b"POST" if status == 405 else None) == headers.get(b"allow")


async def test_the_head_of_an_answer_has_no_body():
    async with a_rig() as rig:
        call, (status, headers, _) = await rig.ask(rig.request("HEAD"), b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n")

    assert (b"HEAD /mcp HTTP/1.1", 200, b"a/b") == (call.first_line, status, headers[b"content-type"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
async def test_other_methods_have_no_meaning(method: str):
    """TRACE would show the client what only the upstream may see."""
    async with a_rig() as rig:
        status, _, _ = await rig.refused(rig.request(method, target="/http"))

    assert status in (400, 405)


@pytest.mark.parametrize(
    "host", ["evil.example", "auth.example.org.evil.example", "auth.example.org:1", "localhost:x", "", "localhost\x00"]
)
async def test_a_foreign_host_is_misdirected(host: str):
    """A gateway that replaces Host has to check it itself (MCP security: DNS rebinding)."""
    async with a_rig() as rig:
        status, _, _ = await rig.refused(rig.request("POST", f"Host: {host}"))

    assert status in (400, 421)


async def test_the_public_host_and_this_machine_are_answered():
    async with a_rig() as rig:
        for host in ("auth.example.org", "AUTH.example.org:443", "localhost:8000", "127.0.0.1", "[::1]:9"):
            call, (status, _, _) = await rig.ask(rig.request("POST", f"Host: {host}"))

            assert 200 == status
            assert host.encode() != call[b"host"]


async def test_two_hosts_are_refused():
    async with a_rig() as rig:
        status, _, _ = await rig.refused(rig.request("POST", "Host: localhost", "Host: localhost"))

    assert 400 == status


async def test_there_is_one_address_and_nothing_below_it():
    targets = ["/http/x", "/http/..%2fadmin", "/http/../admin", "/http/%2e%2e/admin", "/http//", "/http%2f/x", "/httpx"]
    async with a_rig() as rig:
        statuses = [(await rig.refused(rig.request("POST", target=target)))[0] for target in targets]

    assert {404} == set(statuses)


QUERIES = (
    ("a=1&b=%20&c", "a=1&b=%20&c"),
    ("a=1&access_token=secret&b=2", "a=1&b=2"),
    ("Access_Token=secret", ""),
    ("%61ccess%5Ftoken=secret&a", "a"),
    ("a[access_token]=secret", ""),
    ("q=access_token", "q=access_token"),
)


async def test_the_query_passes_without_a_token_that_was_put_there():
    async with a_rig() as rig:
        for query, passed in QUERIES:
            call, _ = await rig.ask(rig.request("POST", target=f"/http/?{query}"))

            assert f"POST /mcp{'?' + passed if passed else ''} HTTP/1.1".encode() == call.first_line


async def test_a_repeated_header_of_one_meaning_is_refused():
    """The upstream might read the other one."""
    names = ["Content-Type", "Mcp-Session-Id", "Mcp-Protocol-Version", "Mcp-Method", "Last-Event-ID"]
    async with a_rig() as rig:
        requests = [rig.request("POST", f"{name}: a", f"{name.lower()}: b") for name in names]
        statuses = [(await rig.refused(request))[0] for request in requests]

    assert {400} == set(statuses)


@pytest.mark.parametrize("told", [True, False])
async def test_a_body_beyond_its_bound_is_refused(told: bool):
    body = b"x" * (MAX_BODY_BYTES + 1)
    async with a_rig() as rig, rig.client() as client:
        if told:
            await client.say(rig.request("POST", body=body))
        else:
            await client.say(rig.request("POST", "Transfer-Encoding: chunked", body=chunk(body[:500])))
            call = await rig.scripted.next()
            await client.say(chunk(body[500:]) + b"0\r\n\r\n")
            assert await call.was_cancelled()
        status, _, _ = await client.answer()

    assert 413 == status


async def test_a_session_opens_only_for_the_authorization_it_was_made_for():
    """R28: the refreshed token of the same Authorization goes on; anybody else is told to start anew."""
    opening = b"HTTP/1.1 200 OK\r\nMcp-Session-Id: s-1\r\nContent-Length: 0\r\n\r\n"
    async with a_rig() as rig:
        _, (_, headers, _) = await rig.ask(rig.request(), opening)
        session = headers[b"mcp-session-id"].decode()
        refreshed, thief = rig.world.token(jti="2"), rig.world.token(sub="user-2", gid="authorization-2")
        call, (status, _, _) = await rig.ask(rig.request("POST", f"Mcp-Session-Id: {session}", token=refreshed))
        stolen = await rig.refused(rig.request("POST", f"Mcp-Session-Id: {session}", token=thief))
        bare = await rig.refused(rig.request("POST", "Mcp-Session-Id: s-1", token=thief))
        ended_by_thief = await rig.refused(rig.request("DELETE", f"Mcp-Session-Id: {session}", token=thief))

    assert session.startswith("s-1.")
    assert (200, b"s-1") == (status, call[b"mcp-session-id"])
    assert [404, 404, 404] == [stolen[0], bare[0], ended_by_thief[0]]


async def test_the_word_for_the_upstream_opens_nothing_here():
    """Token confusion: an upstream that keeps what it is sent cannot call as the person."""
    async with a_rig() as rig:
        call, _ = await rig.ask(rig.request())
        assertion = call[b"x-doorward-identity"].decode()
        status, headers, _ = await rig.refused(rig.request("POST", token=assertion))
        for_us = rig.world.token(typ="doorward-identity+jwt")
        same_audience, _, _ = await rig.refused(rig.request("POST", token=for_us))
        with pytest.raises(InvalidToken):
            rig.world.verifier.verify(assertion, rig.clock.now())

    assert (401, 401) == (status, same_audience)
    assert b"invalid_token" in headers[b"www-authenticate"]
    assert RESOURCE != rig.upstream_url


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_a_stream_ends_as_streams_end_when_its_token_is_over(how: str):
    """Threats section 6, 12: within the poll of the feed and one look."""
    async with a_rig() as rig, rig.client() as client, rig.client() as other:
        token = rig.world.token()
        await client.say(rig.request("GET", token=token))
        call = await rig.scripted.next()
        await call.say(EVENTS + chunk(b"data: 1\n\n"))
        await client.until(b"data: 1\n\n")
        await rig.answers.look()
        await call.say(chunk(b"data: 2\n\n"))
        await client.until(b"data: 2\n\n")
        if how == "revoked":
            rig.world.feed.add("authorization-1", rig.clock.now())
        else:
            rig.clock.time += timedelta(hours=1)
        await rig.answers.look()

        assert b"\r\n0\r\n\r\n" == await client.until(b"0\r\n\r\n")
        assert await call.was_cancelled()
        await other.say(rig.request("GET", token=token))
        assert 401 == (await other.answer())[0]


async def test_a_call_whose_token_ends_is_cut_short_before_and_broken_off_after_it_was_answered():
    async with a_rig() as rig, rig.client() as waiting, rig.client() as reading:
        await waiting.say(rig.request())
        first = await rig.scripted.next()
        await reading.say(rig.request())
        second = await rig.scripted.next()
        await second.body()
        await second.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await reading.until(b"half")
        rig.world.feed.add("authorization-1", rig.clock.now())
        await rig.answers.look()

        assert 503 == (await waiting.answer())[0]
        assert b"" == await reading.rest()
        assert await first.was_cancelled()
        assert await second.was_cancelled()


async def test_a_server_that_stops_ends_what_only_listens_and_finishes_what_runs():
    async with a_rig() as rig, rig.client() as listener, rig.client() as caller:
        await listener.say(rig.request("GET"))
        stream = await rig.scripted.next()
        await stream.say(EVENTS)
        await listener.until(b"\r\n\r\n")
        await caller.say(rig.request())
        call = await rig.scripted.next()
        rig.gateway.stop()

        assert b"0\r\n\r\n" == await listener.until(b"0\r\n\r\n")
        await call.answer()
        assert 200 == (await caller.answer())[0]


async def test_nothing_of_the_environment_leads_requests_elsewhere(monkeypatch: pytest.MonkeyPatch):
    """No proxy from the environment, and no credentials from a netrc."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with a_rig() as rig:
        _, (status, _, _) = await rig.ask(rig.request())

    assert 200 == status


async def test_tls_to_an_upstream_nobody_vouches_for_is_502_and_a_known_authority_is_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """`SSL_CERT_FILE` names an authority of the operator's own."""
    certificate, key = a_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    scripted = Scripted()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0, ssl=tls)
    url = f"https://localhost:{listening.sockets[0].getsockname()[1]}/mcp"
    async with listening, a_rig(url) as rig:
        assert 502 == (await rig.refused(rig.request()))[0]

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0, ssl=tls)
    url = f"https://localhost:{listening.sockets[0].getsockname()[1]}/mcp"
    async with a_rig(url) as rig, rig.client() as client:
        await client.say(rig.request())
        call = await scripted.next()
        await call.answer()
        assert 200 == (await client.answer())[0]
    listening.close()
