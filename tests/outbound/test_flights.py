"""Many fetches at once: shared where they are the same, bounded, and fair to those who wait."""

import asyncio
import time

import pytest
import uvloop

from doorward.outbound.answer import FetchFailed, NotAsked, NotReached
from doorward.outbound.flights import FlightLimits, Flights

pytestmark = pytest.mark.anyio
NARROW = FlightLimits(
    in_the_air=2, in_the_air_for_a_site=1, waiting=3, waiting_for_a_site=2, seconds=0.5, slow_after=0.05
)


async def hang() -> str:
    await asyncio.sleep(3600)
    return "never"


async def answer() -> str:
    return "answer"


async def reason_of(flights: Flights[str], key: str, site: str | None = None) -> str:
    with pytest.raises(FetchFailed) as failed:
        await flights.run(key, site or key, hang)
    return failed.value.reason


async def test_those_who_ask_for_the_same_share_one_flight() -> None:
    flights, flown, landed = Flights[str](FlightLimits()), 0, asyncio.Event()

    async def fly() -> str:
        nonlocal flown
        flown += 1
        await landed.wait()
        return "answer"

    asked = [asyncio.create_task(flights.run("url", "site", fly)) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    landed.set()

    assert ["answer"] * 50 == await asyncio.gather(*asked)
    assert 1 == flown


async def test_they_share_its_failure_too() -> None:
    flights = Flights[str](NARROW)

    assert ["too_slow"] * 3 == await asyncio.gather(*(reason_of(flights, "url") for _ in range(3)))


async def test_one_who_stops_waiting_takes_nothing_from_the_others() -> None:
    flights, landed = Flights[str](FlightLimits()), asyncio.Event()

    async def fly() -> str:
        await landed.wait()
        return "answer"

    first = asyncio.create_task(flights.run("url", "site", fly))
    await asyncio.sleep(0)
    second = asyncio.create_task(flights.run("url", "site", fly))
    await asyncio.sleep(0)
    first.cancel()
    landed.set()

    assert "answer" == await second


async def test_a_flight_ends_after_its_time_and_leaves_nothing_behind() -> None:
    flights = Flights[str](NARROW)
    started = time.monotonic()

    assert "too_slow" == await reason_of(flights, "url")
    assert time.monotonic() - started < 2
    assert 0 == flights.in_the_air
    assert "answer" == await flights.run("url", "site", answer)


async def test_a_site_gets_its_share_and_no_more() -> None:
    """Many addresses of one host do not keep others on the ground."""
    flights = Flights[str](NARROW)
    hostile = [asyncio.create_task(reason_of(flights, f"url{n}", "hostile")) for n in range(3)]
    await asyncio.sleep(0)

    assert "answer" == await flights.run("other", "honest", answer)
    assert "too_many_waiting" == await reason_of(flights, "one more", "hostile")
    assert 1 == flights.in_the_air
    assert ["gave_way", "gave_way", "too_slow"] == await asyncio.gather(*hostile)


async def test_the_slowest_gives_its_place_to_a_newcomer() -> None:
    flights = Flights[str](NARROW)
    slow = [asyncio.create_task(reason_of(flights, f"slow{n}")) for n in range(2)]
    await asyncio.sleep(0.06)

    assert "answer" == await flights.run("new", "new", answer)
    assert ["gave_way", "too_slow"] == await asyncio.gather(*slow)


async def test_who_has_only_just_taken_off_is_left_alone() -> None:
    """A newcomer waits for the moment until somebody is slow, and no longer."""
    flights = Flights[str](NARROW)
    slow = [asyncio.create_task(reason_of(flights, f"slow{n}")) for n in range(2)]
    await asyncio.sleep(0)
    started = time.monotonic()

    assert "answer" == await flights.run("new", "new", answer)
    assert 0.03 < time.monotonic() - started < 0.4
    await asyncio.gather(*slow)


async def test_there_is_a_limit_to_waiting_and_a_newcomer_takes_the_place_of_one() -> None:
    """Whoever fills the queue again and again would keep all others out otherwise."""
    limits = FlightLimits(in_the_air=1, waiting=2, seconds=0.3, slow_after=10)  # nobody gives way
    flights = Flights[str](limits)
    taken = [asyncio.create_task(reason_of(flights, f"url{n}")) for n in range(3)]
    await asyncio.sleep(0)

    newcomer = asyncio.create_task(reason_of(flights, "one more"))
    flying, *waiting = await asyncio.gather(*taken)

    assert "too_slow" == flying
    assert ["gave_way", "too_many_waiting"] == sorted(waiting)
    assert "too_many_waiting" == await newcomer


async def test_a_storm_of_hostile_hosts_leaves_room() -> None:
    """Three times as many as may be asked at once, each of its own: an honest one is served all the same."""
    flights = Flights[str](FlightLimits(in_the_air=100, slow_after=0.1, spacing=0.0005, waiting=5000))
    storm = [asyncio.create_task(reason_of(flights, f"hostile{n}")) for n in range(300)]
    await asyncio.sleep(0.15)

    assert "answer" == await flights.run("honest", "honest", answer)
    assert not all(one.done() for one in storm)
    flights.close()
    await asyncio.gather(*storm, return_exceptions=True)


async def test_200_at_once_leave_a_place_for_the_next_within_its_time() -> None:
    """With the limits of production."""
    flights = Flights[str](FlightLimits())
    storm = [asyncio.create_task(reason_of(flights, f"hostile{n}")) for n in range(200)]
    await asyncio.sleep(0)

    assert "answer" == await flights.run("honest", "honest", answer)
    flights.close()
    await asyncio.gather(*storm, return_exceptions=True)


async def test_one_site_is_not_asked_all_the_time() -> None:
    """However fast it answers: nobody can turn the server against it."""
    flights = Flights[str](FlightLimits(burst_for_a_site=3, rate_for_a_site=0.001))
    for number in range(3):
        assert "answer" == await flights.run(f"url{number}", "victim", answer)

    assert "too_often" == await reason_of(flights, "one more", "victim")
    assert "answer" == await flights.run("other", "other", answer)


async def test_a_host_does_not_spend_what_its_site_has() -> None:
    """Tenants of a shared suffix are hosts of one site."""
    flights = Flights[str](FlightLimits(burst_for_a_host=3, rate_for_a_host=0.001))
    for number in range(3):
        await flights.run(f"url{number}", "shared", answer, host="one")

    with pytest.raises(NotAsked, match="too_often"):
        await flights.run("one more", "shared", answer, host="one")
    assert "answer" == await flights.run("other", "shared", answer, host="two")


async def test_a_host_gets_its_share_of_its_site_and_no_more() -> None:
    flights = Flights[str](FlightLimits(in_the_air_for_a_host=1, waiting_for_a_host=1, seconds=0.2))
    taken = [asyncio.create_task(flights.run(f"url{number}", "shared", hang, host="one")) for number in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(NotAsked, match="too_many_waiting"):
        await flights.run("one more", "shared", answer, host="one")
    assert "answer" == await flights.run("other", "shared", answer, host="two")
    await asyncio.gather(*taken, return_exceptions=True)


async def test_what_is_known_goes_first_and_gives_way_last() -> None:
    flights = Flights[str](FlightLimits(in_the_air=6, seconds=0.5, slow_after=0.05))
    known = asyncio.create_task(flights.run("known", "known", hang, is_known=True))
    strangers = [asyncio.create_task(reason_of(flights, f"url{number}")) for number in range(10)]
    await asyncio.sleep(0)
    also_known = asyncio.create_task(flights.run("also known", "also known", answer, is_known=True))

    assert "answer" == await also_known
    assert 5 <= sum(not stranger.done() for stranger in strangers)
    with pytest.raises(FetchFailed, match="too_slow"):
        await known
    await asyncio.gather(*strangers)


async def test_what_is_known_cannot_take_all_places() -> None:
    """Who was well-behaved once may hang now: strangers are served all the same."""
    flights = Flights[str](FlightLimits(in_the_air=2, seconds=1, slow_after=0.05))
    turned = [
        asyncio.create_task(flights.run(f"url{number}", f"site{number}", hang, is_known=True)) for number in range(6)
    ]
    await asyncio.sleep(0)

    assert "answer" == await flights.run("new", "new", answer)
    flights.close()
    await asyncio.gather(*turned, return_exceptions=True)


async def test_take_offs_are_apart() -> None:
    """Two hundred handshakes at once would hold up everybody on the loop."""
    flights, took_off = Flights[str](FlightLimits(spacing=0.002)), list[float]()

    async def fly() -> str:
        took_off.append(asyncio.get_running_loop().time())
        return "answer"

    begin = asyncio.get_running_loop().time()
    await asyncio.gather(*(flights.run(f"url{number}", f"site{number}", fly) for number in range(20)))

    assert all(begin + number * 0.002 <= at + 0.001 for number, at in enumerate(took_off))


async def test_who_reaches_nobody_makes_way_at_once() -> None:
    """Names that nobody has are free to make up: they do not use up what others need."""
    flights = Flights[str](FlightLimits(spacing=60))

    async def find_nobody() -> str:
        raise NotReached("name_not_found")

    made_up = [
        asyncio.create_task(flights.run(f"url{number}", f"made-up{number}", find_nobody)) for number in range(100)
    ]
    failures = await asyncio.gather(*made_up, return_exceptions=True)

    assert ["name_not_found"] * 100 == [str(failure) for failure in failures]
    assert "answer" == await flights.run("honest", "honest", answer)


def test_the_loop_of_production_is_served_too() -> None:
    """A loop of uvloop gives a handle without a time for a moment that has come already."""

    async def storm() -> list[str]:
        flights = Flights[str](FlightLimits(in_the_air=4, seconds=0.3, slow_after=0.02, spacing=0.0001))
        await asyncio.gather(*(reason_of(flights, f"hostile{number}") for number in range(40)))
        return [await flights.run(f"url{number}", "honest", answer) for number in range(10)]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert ["answer"] * 10 == runner.run(storm())


async def test_closing_ends_every_flight() -> None:
    flights = Flights[str](FlightLimits())
    asked = asyncio.create_task(flights.run("url", "site", hang))
    await asyncio.sleep(0)
    flights.close()
    await asyncio.gather(asked, return_exceptions=True)

    assert 0 == flights.in_the_air
