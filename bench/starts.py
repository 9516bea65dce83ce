"""Cold start and idle memory."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.processes import memory
from bench.targets import Program

IDLE_SECONDS = 3


@dataclass
class Start:
    """What the starts of one server gave."""

    target: str
    seconds: list[float] = field(default_factory=list[float])
    at_once: list[float] = field(default_factory=list[float])
    idle: list[float] = field(default_factory=list[float])


def measure(programs: Sequence[Program], times: int) -> list[Start]:
    """Start each in turn, so many times: seconds from exec to the first 200, and MB then and some seconds later."""
    starts = [Start(program.name) for program in programs]
    for _ in range(times):
        for program, start in zip(programs, starts, strict=True):
            with program.running() as (pid, seconds):
                start.seconds.append(seconds)
                start.at_once.append(memory(pid))
                time.sleep(IDLE_SECONDS)
                start.idle.append(memory(pid))
    return starts
