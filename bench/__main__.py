"""`python -m bench`: start what is compared, measure, write, and stop everything."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench import postgres, report, starts, targets, wrk
from bench.rounds import WORKLOADS, Bench, Series

ROOT = Path(__file__).parents[1]
MOST_ROUNDS, MOST_SECONDS = 20, 10.0
STARTS = 5
BUDGET_SECONDS = 480
"""No round begins that would end later than this, judged by the rounds before it."""


def main() -> int:
    """Measure as the options say; the exit status."""
    options = _options()
    command = wrk.find()
    if command is None:
        print("The load generator wrk is missing: install it (Debian and Ubuntu: apt install wrk).", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    before, begin = os.getloadavg()[0], time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="doorward-bench-") as name,
        postgres.running() as server,
        targets.document_hosts(folder := Path(name)) as documents_port,
    ):
        programs, notes = _programs(server, folder, documents_port)
        bench = Bench(command, folder, seconds=options.seconds, only=options.only, postgres=server.pid)
        with ExitStack() as stack:
            ready = [prepare(program, stack.enter_context(program.running())[0]) for program, prepare in programs]
            first = time.monotonic()
            for number in range(options.rounds):
                spent = time.monotonic() - first
                if number and time.monotonic() - begin + spent / number > BUDGET_SECONDS:
                    notes.append(f"Only {number} of {options.rounds} rounds fitted into {BUDGET_SECONDS} s.")
                    break
                print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
                bench.round(ready)
        measured: list[starts.Start] = []
        if not options.only or "start" in options.only:
            measured = starts.measure([program for program, _ in programs[:-2]], min(STARTS, options.rounds))
    about = report.machine(server.version, (before, os.getloadavg()[0]), options.rounds, options.seconds)
    about["took"] = f"{time.monotonic() - begin:.0f} s"
    _write(about, list(bench.ordered()), measured, notes, partial=bool(options.only))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help=f"how often; at most {MOST_ROUNDS}")
    parser.add_argument("--seconds", type=float, default=1, help=f"how long each; 1 to {MOST_SECONDS:g}")
    parser.add_argument("--only", default="", help=f"comma list of {', '.join(WORKLOADS)}, start")
    options = parser.parse_args()
    options.only = [word for word in options.only.split(",") if word]
    if unknown := set(options.only) - {*WORKLOADS, "start"}:
        parser.error(f"unknown in --only: {', '.join(sorted(unknown))}")
    if not (1 <= options.rounds <= MOST_ROUNDS and 1 <= options.seconds <= MOST_SECONDS):
        parser.error("rounds or seconds are out of bounds")
    return options


Prepared = Callable[[targets.Program, int], targets.Target]


def _programs(
    server: postgres.Postgres, folder: Path, documents_port: int
) -> tuple[list[tuple[targets.Program, Prepared]], list[str]]:
    """What is compared, the gateway and the bare route last, and what has to be said about it."""
    doorward = partial(targets.doorward, documents_port=documents_port)
    found: list[tuple[targets.Program, Prepared]] = [
        (targets.doorward_program("sqlite", f"sqlite:///{folder / 'doorward.db'}", folder), doorward),
        (targets.doorward_program("postgresql", server.new_database("doorward"), folder), doorward),
    ]
    notes: list[str] = []
    peer = targets.peer_program(postgres.environment(server.new_database("peer")), folder)
    if isinstance(peer, str):
        notes.append(peer)
        print(peer, file=sys.stderr)
    else:
        found.append((peer, targets.peer))
    bare = targets.bare_program(folder)
    found += [(targets.gateway_program(folder, bare), targets.gateway), (bare, targets.bare)]
    return found, notes


def _write(
    about: dict[str, str], series: list[Series], measured: list[starts.Start], notes: list[str], *, partial: bool
) -> None:
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(report.as_json(about, series, measured), "utf-8")
    tables = report.as_markdown(about, series, measured, notes)
    print(tables)
    if partial:
        print("docs/performance.md is left as it is: this was a part of the workloads.", file=sys.stderr)
    else:
        report.write(ROOT / "docs" / "performance.md", tables)


if __name__ == "__main__":
    sys.exit(main())
