"""The way out as a whole: what may not be asked is not, and hostile hosts hold up nobody else."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from doorward.kit.fetch_target import FetchTarget
from doorward.outbound import Answer, FetchFailed, NotAsked, SafeFetch
from doorward.outbound.connector import Connector
from doorward.outbound.flights import FlightLimits
from doorward.outbound.resolver import Resolver
from doorward.outbound.site import site_of
from tests.https_server import Authority, Behaviour, answering, endless_body, hanging, https_server, trickling

pytestmark = pytest.mark.anyio
HOSTILE = 200


async def resolve(host: str, port: int, *, is_known: bool = False) -> tuple[str, ...]:
    return (host if host != "localhost" else "127.0.0.1",)


def a_way_out(authority: Authority, **limits: float) -> SafeFetch:
    connector = Connector(user_agent="Doorward/test", resolve=resolve, tls=authority.client_context())
    return SafeFetch(connector, allow_loopback=True, limits=FlightLimits(**limits))  # type: ignore[arg-type]


async def reason_of(way_out: SafeFetch, url: str) -> str:
    with pytest.raises(FetchFailed) as failed:
        await way_out.get(url, accept="*/*", most_bytes=5120)
    return failed.value.reason


@pytest.mark.parametrize("behave", [hanging, trickling])
async def test_one_deadline_holds_over_everything(authority: Authority, behave: Behaviour) -> None:
    """A byte now and then buys no time."""
    async with https_server(authority.server_context("localhost"), behave) as server:
        way_out = a_way_out(authority, seconds=0.5)
        started = time.monotonic()
        reason = await reason_of(way_out, f"https://localhost:{server.port}/client.json")

    assert "too_slow" == reason
    assert time.monotonic() - started < 2


async def test_a_name_server_that_hangs_is_within_the_deadline(authority: Authority) -> None:
    async def hang(host: str, port: int, *, is_known: bool = False) -> tuple[str, ...]:
        await asyncio.sleep(3600)
        return ()

    way_out = SafeFetch(Connector(user_agent="Doorward/test", resolve=hang), limits=FlightLimits(seconds=0.2))

    assert "too_slow" == await reason_of(way_out, "https://app.example/client.json")


@pytest.mark.parametrize("url", ["http://app.example/c", "https://10.0.0.1/c", "https://app.example/", "file:///c", ""])
async def test_an_address_that_may_not_be_asked_is_not(authority: Authority, url: str) -> None:
    assert "url_not_allowed" == await reason_of(a_way_out(authority), url)


async def test_this_machine_is_not_asked_unless_told(authority: Authority) -> None:
    assert "url_not_allowed" == await reason_of(
        SafeFetch(Connector(user_agent="Doorward/test")), "https://localhost:8443/client.json"
    )


async def test_names_that_do_not_exist_and_names_of_this_machine() -> None:
    """The system's resolver: `.invalid` never exists (RFC 6761 §6.4)."""
    resolver = Resolver()
    with pytest.raises(FetchFailed, match="name_not_found"):
        await resolver.resolve("nothing.invalid", 443)

    assert {"127.0.0.1", "::1"} >= set(await resolver.resolve("localhost", 443))


async def test_look_ups_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up that nobody waits for any more still takes a place, until its thread is done."""
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(10)
        return []

    monkeypatch.setattr("doorward.outbound.resolver.MOST_OF_A_KIND", 2)
    monkeypatch.setattr("doorward.outbound.resolver.socket.getaddrinfo", hang)
    resolver = Resolver()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await resolver.resolve("app.example", 443)
    with pytest.raises(NotAsked, match="too_many_look_ups"):
        await resolver.resolve("app.example", 443)
    release.set()


async def left_behind(resolver: Resolver, host: str, *, is_known: bool = False) -> str:
    """Why there is no answer: `left` when the look-up began and nobody waits for it any more."""
    try:
        async with asyncio.timeout(0.1):
            await resolver.resolve(host, 443, is_known=is_known)
    except FetchFailed as failure:
        return failure.reason
    except TimeoutError:
        return "left"
    return "found"


async def test_name_servers_that_hang_take_few_places_for_a_site_and_none_of_the_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Look-ups go on long after their fetches ended: neither one site nor all strangers hold those of what is known."""
    release = threading.Event()

    def look_up(host: str, *_: object, **__: object) -> list[object]:
        if host.endswith(".example"):
            release.wait(10)
            return []
        return [(2, 1, 6, "", ("192.0.2.1", 443))]

    monkeypatch.setattr("doorward.outbound.resolver.MOST_OF_A_KIND", 16)
    monkeypatch.setattr("doorward.outbound.resolver.socket.getaddrinfo", look_up)
    resolver = Resolver()
    try:
        first = [await left_behind(resolver, f"h{number}.one.example") for number in range(9)]
        honest = await left_behind(resolver, "honest.test")
        second = [await left_behind(resolver, f"h{number}.two.example") for number in range(8)]
        stranger = await left_behind(resolver, "honest.test")
        known = await left_behind(resolver, "honest.test", is_known=True)
    finally:
        release.set()

    assert [*["left"] * 8, "too_many_look_ups"] == first
    assert "found" == honest
    assert ["left"] * 8 == second
    assert "too_many_look_ups" == stranger
    assert "found" == known


async def test_a_place_is_free_again_when_its_thread_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.outbound.resolver.MOST_OF_A_KIND", 1)
    resolver = Resolver()
    for _ in range(3):
        assert await resolver.resolve("127.0.0.1", 443)


class Selective:
    """Answers at once, but for addresses and hosts whose names say that they hang."""

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
        if "hang" in target.url:
            await asyncio.sleep(3600)
        return Answer(status=404, media_type="", max_age=None, body=b"")


async def test_strangers_cannot_lock_out_a_known_document_of_the_same_host() -> None:
    """They choose paths until the host may not be asked; an address that is known is asked all the same."""
    way_out = SafeFetch(Selective(), limits=FlightLimits(spacing=0))
    for number in range(60):
        await way_out.get(f"https://vendor.example/{number}", accept="*/*", most_bytes=1)
    hanging_paths = [
        asyncio.create_task(way_out.get(f"https://h{n}.vendor.example/hang", accept="*/*", most_bytes=1))
        for n in range(40)
    ]
    await asyncio.sleep(0)

    assert "too_often" == await reason_of(way_out, "https://vendor.example/one-more")
    known = await way_out.get("https://vendor.example/client.json", accept="*/*", most_bytes=1, is_known=True)
    assert 404 == known.status
    way_out.close()
    await asyncio.gather(*hanging_paths, return_exceptions=True)


async def test_tenants_of_a_shared_suffix_do_not_starve_each_other() -> None:
    """32 that hang hold up an honest one for a moment, and not until they are done."""
    way_out = SafeFetch(Selective(), limits=FlightLimits(slow_after=0.05))
    hostile = [
        asyncio.create_task(way_out.get(f"https://hang{n}.apps.example/c", accept="*/*", most_bytes=1))
        for n in range(32)
    ]
    await asyncio.sleep(0)
    started = time.monotonic()
    honest = await way_out.get("https://honest.apps.example/c", accept="*/*", most_bytes=1)

    assert 404 == honest.status
    assert time.monotonic() - started < 2
    way_out.close()
    await asyncio.gather(*hostile, return_exceptions=True)


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("a.b.app.example", "app.example"),
        ("app.example", "app.example"),
        ("one.co.uk", "one.co.uk"),
        ("a.one.co.uk", "one.co.uk"),
        ("co.uk", "co.uk"),
        ("a.co.example", "co.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_hosts_of_one_owner_are_one_site(host: str, site: str) -> None:
    assert site == site_of(host)


@pytest.fixture
async def hostile_hosts(authority: Authority) -> AsyncIterator[list[str]]:
    """200 hosts that hang, trickle or stream for ever, each a site of its own."""
    names = [f"127.0.{1 + number // 100}.{1 + number % 100}" for number in range(HOSTILE)]
    context = authority.server_context(*names)
    kinds: tuple[Behaviour, ...] = (hanging, trickling, endless_body)
    turn = 0

    async def behave(head: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        turn += 1
        await kinds[turn % len(kinds)](head, writer)

    async with https_server(context, behave, host=names) as server:
        yield [f"https://{name}:{server.port}/client.json" for name in names]


async def test_200_hostile_hosts_at_once_hold_up_nobody(authority: Authority, hostile_hosts: list[str]) -> None:
    """Honest fetches go on beside them."""
    way_out = a_way_out(authority, seconds=20, spacing=0.002)
    async with https_server(authority.server_context("localhost"), answering()) as honest:
        storm = [asyncio.create_task(reason_of(way_out, url)) for url in hostile_hosts]
        await asyncio.sleep(0.2)
        for number in range(5):
            url = f"https://localhost:{honest.port}/client{number}.json"
            answer = await way_out.get(url, accept="*/*", most_bytes=5120)
            assert 200 == answer.status
        under_way = way_out.in_the_air
        way_out.close()
        await asyncio.gather(*storm, return_exceptions=True)

    assert under_way > HOSTILE / 4
    assert 0 == way_out.in_the_air
