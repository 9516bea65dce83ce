"""Programs of a measurement: pinned to a core, timed by the kernel, and stopped by their id."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
STOP_SECONDS = 10
START_SECONDS = 60
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
LOAD_CORE = CORES[-1]
"""The generator and PostgreSQL; the same core as the server's when there is only one."""


def python_environment() -> dict[str, str]:
    """That of this process, for other Python programs of the bench."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


@contextmanager
def started(
    command: Sequence[str], variables: Mapping[str, str], log: Path, *, core: int = SERVER_CORE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program on one core until the block ends, however it ends."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            env=dict(variables),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process: "subprocess.Popen[bytes]", is_ready: Callable[[], bool], log: Path) -> float:
    """Wait until the program is ready, looking often; how many seconds that took."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < START_SECONDS:
        if process.poll() is not None:
            break
        if is_ready():
            return time.perf_counter() - begin
        time.sleep(0.004)
    raise RuntimeError(f"{process.args} did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and the children it waits for or has running."""
    total = 0
    for one in _family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:13] if one != pid else fields[11:15]))
    return total / TICKS


def memory(pid: int) -> float:
    """Proportional set size of a process and its children, in MB."""
    kilobytes = 0
    for one in _family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text("utf-8").split()]
            except OSError:
                continue
    return found
