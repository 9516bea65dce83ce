"""What this process counts about itself: plain numbers, changed on the event loop only, read by whoever asks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the latency histogram, in seconds; one more bucket holds the rest."""
NO_ANSWER = 0
"""The status of a request whose client went away first."""


@dataclass(slots=True)
class RouteRecord:
    """The requests of one route; every list has a fixed length."""

    answers: list[int] = field(default_factory=lambda: [0] * 6)
    """How many answers each status class got; the first is for requests that got none."""
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that is read when somebody asks; None when nobody can tell."""

    words: str
    read: Callable[[], float | None]


class Metrics:
    """Every label comes from a list of ours: routes, status classes, grant types, error codes, outcomes."""

    def __init__(self) -> None:
        self.routes: dict[str, RouteRecord] = {}
        self.tokens_issued: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.sign_ins: Counter[str] = Counter()
        self.registrations = 0
        self.cut_off: Counter[int] = Counter()
        self.gauges: dict[str, Gauge] = {}
        self.facts: dict[str, str] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        record = self.routes.get(route)
        if record is None:
            record = self.routes[route] = RouteRecord()
        record.answers[status // 100] += 1
        record.buckets[bisect_left(BUCKETS, seconds)] += 1
        record.seconds += seconds

    def count_registration(self) -> None:
        """Count a client that was registered."""
        self.registrations += 1

    def count_cut_off(self, status: int) -> None:
        """Count a connection whose request was refused before it was complete."""
        self.cut_off[status] += 1

    def watch(self, name: str, words: str, read: Callable[[], float | None]) -> None:
        """Show a number of somebody else's; reading it must not block."""
        self.gauges[name] = Gauge(words, read)
