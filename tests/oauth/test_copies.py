"""Copies of what was fetched: for how long they are believed, and what takes that away."""

from datetime import datetime, timedelta

import pytest

from doorward.oauth.copies import Copies, Copy, Unreadable
from doorward.oauth.fetching import Fetch, Fetched, FetchKind, FetchOutcome
from tests.builders import NOW

URL = "https://app.example/client.json"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def read(url: str, body: bytes) -> str:
    if body == b"nonsense":
        raise Unreadable(url)
    return body.decode()


def copies(size: int = 10) -> Copies[str]:
    return Copies(size, read)


def fetched(
    outcome: FetchOutcome = FetchOutcome.FOUND,
    *,
    at: datetime = NOW,
    body: bytes = b"first",
    max_age: timedelta | None = None,
    url: str = URL,
) -> Fetched:
    return Fetched(fetch=Fetch(FetchKind.CLIENT_METADATA, url), outcome=outcome, at=at, body=body, max_age=max_age)


def accepted(*answers: Fetched) -> Copy[str]:
    memory = copies()
    for answer in answers:
        memory.accept(answer)
    copy = memory.find(URL)
    assert copy is not None
    return copy


def test_what_was_never_fetched_is_due() -> None:
    memory = copies()

    assert memory.find(URL) is None
    assert memory.is_due(URL, NOW)


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (None, HOUR),
        (timedelta(0), MINUTE),
        (-DAY, MINUTE),
        (10 * MINUTE, 10 * MINUTE),
        (DAY, DAY),
        (365 * DAY, DAY),
        (timedelta.max, DAY),
    ],
)
def test_a_copy_is_believed_as_its_headers_say_within_bounds(said: timedelta | None, believed: timedelta) -> None:
    """HTTP caching with bounds of the server's own (draft-ietf-oauth-client-id-metadata-document-00 §4.4)."""
    copy = accepted(fetched(max_age=said))

    assert not copy.is_due(NOW + believed - SECOND)
    assert copy.is_due(NOW + believed)


@pytest.mark.parametrize("outcome", [FetchOutcome.FAILED, FetchOutcome.GONE])
def test_a_failure_leaves_the_copy_in_use_for_seven_days(outcome: FetchOutcome) -> None:
    """Stale-if-error (RFC 5861 §4): counted from the last good answer, however many failures follow."""
    copy = accepted(fetched(), *(fetched(outcome, at=NOW + n * DAY, body=b"") for n in range(1, 7)))

    assert "first" == copy.usable(NOW + 7 * DAY - SECOND)
    assert copy.usable(NOW + 7 * DAY) is None


def test_what_failed_is_not_tried_again_at_once() -> None:
    """Otherwise every request would wait for a host that hangs."""
    never, failed = accepted(fetched(FetchOutcome.FAILED)), accepted(fetched(), fetched(FetchOutcome.FAILED))

    for copy in (never, failed):
        assert not copy.is_due(NOW + 29 * SECOND)
        assert copy.is_due(NOW + 30 * SECOND)
    assert never.usable(NOW) is None


def test_nonsense_never_replaces_a_good_copy() -> None:
    copy = accepted(fetched(), fetched(at=NOW + HOUR, body=b"nonsense"))

    assert "first" == copy.value
    assert (True, URL) == (copy.is_refuted, copy.refusal)
    assert NOW == copy.fetched_at


def test_nonsense_is_no_copy() -> None:
    """A malformed document must not be cached (draft-ietf-oauth-client-id-metadata-document-00 §4.4)."""
    copy = accepted(fetched(body=b"nonsense"))

    assert (None, b"") == (copy.value, copy.body)
    assert copy.is_refuted


def test_gone_is_counted_between_the_first_and_the_last_answer_that_said_so() -> None:
    times = (NOW + HOUR, NOW + HOUR + 10 * MINUTE, NOW + 3 * HOUR)
    copies_then = [accepted(fetched(), *(fetched(FetchOutcome.GONE, at=at) for at in times[:n])) for n in (1, 2, 3)]

    assert [timedelta(0), 10 * MINUTE, 2 * HOUR] == [copy.gone_for() for copy in copies_then]


def test_gone_is_asked_again_after_ten_minutes() -> None:
    copy = accepted(fetched(), fetched(FetchOutcome.GONE, at=NOW + HOUR))

    assert not copy.is_due(NOW + HOUR + 10 * MINUTE - SECOND)
    assert copy.is_due(NOW + HOUR + 10 * MINUTE)


@pytest.mark.parametrize("outcome", [FetchOutcome.FOUND, FetchOutcome.FAILED])
def test_any_other_answer_in_between_starts_the_count_again(outcome: FetchOutcome) -> None:
    copy = accepted(
        fetched(),
        fetched(FetchOutcome.GONE, at=NOW + HOUR),
        fetched(outcome, at=NOW + 2 * HOUR),
        fetched(FetchOutcome.GONE, at=NOW + 3 * HOUR),
    )

    assert timedelta(0) == copy.gone_for()


def test_the_memory_is_bounded() -> None:
    memory = copies(size=3)
    for number in range(10):
        memory.accept(fetched(url=f"https://app.example/{number}"))

    assert 3 == sum(memory.find(f"https://app.example/{number}") is not None for number in range(10))
