"""Where the time of the token endpoint goes: py-spy's samples of the thread that holds the GIL, by share.

`python -m bench.shares` prints a table for each database; py-spy must be on PATH, or named by PY_SPY.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench import postgres, targets, wrk
from bench.processes import LOAD_CORE
from bench.targets import Program

SECONDS = 10
CODES = 1000
AREAS = (
    (
        "statements: driver and database",
        r"psycopg|sqlite3|token_path_(sqlite|postgres)|(group|loop)_commit|postgres_lines?",
    ),
    ("storage around the statements", r"doorward/storage|sqlalchemy"),
    ("signing and tokens", r"doorward/(jose|oauth/tokens)|cryptography|joserfc"),
    ("checking the request, grants", r"doorward/oauth"),
    ("threads and their hand-over", r"anyio|concurrent/futures|threading\.py|asyncio/(futures|base_events)"),
    ("endpoint, middleware, audit, kit", r"doorward/"),
    ("HTTP: uvicorn, Starlette", r"uvicorn|starlette|fastapi"),
)
"""An area of a stack is the first that matches one of its frames, from the innermost outwards."""


def main() -> int:
    """Print the tables; the exit status."""
    command = wrk.find()
    if command is None:
        print("The load generator wrk is missing.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="doorward-shares-") as name, postgres.running() as server:
        folder = Path(name)
        urls = {"sqlite": f"sqlite:///{folder / 'doorward.db'}", "postgresql": server.new_database("doorward")}
        for dialect, url in urls.items():
            program = targets.doorward_program(dialect, url, folder)
            counts = _sampled(program, command, folder)
            total = sum(counts.values())
            print(f"| {program.name}, refresh ({total} samples) | share |\n| --- | ---: |")
            for area, count in counts.most_common():
                print(f"| {area} | {count / total:.0%} |")
            print()
    return 0


def _sampled(program: Program, command: list[str], folder: Path) -> Counter[str]:
    codes, tokens, stacks = folder / "codes", folder / "tokens", folder / "stacks"
    with program.running() as (pid, _):
        steps, port = targets.doorward(program, pid).steps, program.port
        wrk.run(command, folder, port, wrk.Load((steps["authorize"],), output=codes, enough=CODES), SECONDS)
        wrk.run(command, folder, port, wrk.Load((steps["exchange"],), codes, tokens, enough=CODES // 2), SECONDS)
        spy = ["taskset", "-c", str(LOAD_CORE), os.environ.get("PY_SPY", "py-spy"), "record", "--format", "raw"]
        spy += ["--gil", "--nonblocking", "--rate", "200", "--duration", str(SECONDS - 2)]
        spy += ["--output", str(stacks), "--pid", str(pid)]
        with subprocess.Popen(spy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sampling:
            wrk.run(command, folder, port, wrk.Load((steps["refresh"],), tokens, repeats=True), SECONDS)
            sampling.wait(60)
    counts = Counter[str]()
    for line in stacks.read_text("utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        if count.isdigit():  # a sample taken while Python moved on can hold anything
            counts[_area(stack)] += int(count)
    return counts


def _area(stack: str) -> str:
    for frame in reversed(stack.split(";")):
        for area, pattern in AREAS:
            if re.search(pattern, frame):
                return area
    return "the event loop and the rest of Python"


if __name__ == "__main__":
    sys.exit(main())
