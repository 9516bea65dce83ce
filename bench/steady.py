"""`python -m bench.steady SPEC`: requests at a fixed rate, each timed from when it was due."""

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles

from bench.processes import LOAD_CORE, python_environment
from bench.wrk import Measured, Step, Unusable

A_SECOND = 50
SECONDS = 10
"""More than one turn of the storm: five seconds of a fetch, and two in which its ends are spread."""
_PATIENCE = 20
"""Seconds after which an answer does not count; one that is wrong or missing counts as having taken as long."""


@dataclass(frozen=True, slots=True)
class _Result:
    milliseconds: list[float]
    bad: int
    busy: float
    seconds: float


def run(folder: Path, port: int, step: Step) -> Measured:
    """Send the step at a fixed rate; refuse a run with over 1 % errors."""
    spec = folder / "steady.json"
    spec.write_text(json.dumps({"port": port, **asdict(step)}), "utf-8")
    done = subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), sys.executable, "-m", "bench.steady", str(spec)],
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS + 2 * _PATIENCE,
        check=True,
    )
    result = _Result(**json.loads(done.stdout))
    good = len(result.milliseconds) - result.bad
    if result.bad * 100 > good:
        raise Unusable(f"{result.bad} errors beside {good} good answers")
    percentiles = quantiles(result.milliseconds, n=100, method="inclusive")
    return Measured(good / result.seconds, percentiles[49], percentiles[98], result.busy, result.seconds)


class _Connections:
    """As many kept-alive connections as it takes."""

    def __init__(self, port: int, request: bytes, expect: int) -> None:
        self._port, self._request, self._expect = port, request, f"HTTP/1.1 {expect} ".encode()
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self) -> bool:
        """Send the request once; whether the answer is the expected one."""
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._request)
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(lengths[0].partition(b":")[2]))
        self._idle.append((reader, writer))
        return head.startswith(self._expect)


async def _send(port: int, step: Step) -> _Result:
    head = [f"{step.method} {step.path} HTTP/1.1", *(f"{name}: {value}" for name, value in step.headers.items())]
    connections = _Connections(port, "\r\n".join([*head, "", ""]).encode(), step.expect)
    loop, milliseconds, bad = asyncio.get_running_loop(), list[float](), 0

    async def ask(due: float) -> None:
        nonlocal bad
        try:
            is_good = await asyncio.wait_for(connections.ask(), _PATIENCE)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            is_good = False
        milliseconds.append((loop.time() - due if is_good else _PATIENCE) * 1000)
        bad += not is_good

    begin, busy = loop.time(), time.process_time()
    async with asyncio.TaskGroup() as tasks:
        for number in range(A_SECOND * SECONDS):
            due = begin + number / A_SECOND
            await asyncio.sleep(max(0, due - loop.time()))
            tasks.create_task(ask(due))
    seconds = loop.time() - begin
    return _Result(milliseconds, bad, (time.process_time() - busy) / seconds, seconds)


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    port_of_server = given.pop("port")
    print(json.dumps(asdict(asyncio.run(_send(port_of_server, Step(**given))))))
