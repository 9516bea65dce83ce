"""The load generator: wrk, one thread, and how busy it was."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from bench.processes import LOAD_CORE

CONNECTIONS = 16
LONGEST_RUN = 12
"""Seconds after which a run that counts requests ends, whatever it has counted."""
SCRIPT = Path(__file__).with_name("load.lua")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doorward-bench"
PACKAGES = ("wrk", "libluajit-5.1-2", "libluajit-5.1-common")


class Unusable(Exception):
    """A measurement that must not be counted."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request, with `@@` in its body where the answer before goes, and what its own answer gives."""

    method: str
    path: str
    expect: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    take: str | None = None
    source: str = "body"


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: steps, the file their first values come from, and when it is enough."""

    steps: tuple[Step, ...]
    given: Path | None = None
    output: Path | None = None
    repeats: bool = False
    enough: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    rate: float
    p50: float
    p99: float
    generator: float
    """Share of its core that the generator was busy."""
    seconds: float


def find() -> list[str] | None:
    """The command; taken from PATH, or unpacked from Debian's packages into the cache."""
    if on_path := shutil.which("wrk"):
        return [on_path]
    unpacked = CACHE / "wrk"
    program = unpacked / "usr" / "bin" / "wrk"
    if not program.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        unpacked.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["apt-get", "download", *PACKAGES], cwd=unpacked, capture_output=True, check=False)
        if done.returncode == 0:
            for package in unpacked.glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", str(package), str(unpacked)], check=True)
    if not program.exists():
        return None
    libraries = ":".join(str(path.parent) for path in unpacked.rglob("libluajit-5.1.so.2"))
    return ["env", f"LD_LIBRARY_PATH={libraries}", str(program)]


def run(command: list[str], folder: Path, port: int, load: Load, seconds: float) -> Measured:
    """Send for so many seconds, or until it is enough; refuse a run with over 1 % errors."""
    plain = len(load.steps) == 1 and load.steps[0].take is None
    spec, result = folder / "load.spec.lua", folder / "load.result.json"
    spec.write_text("return " + _lua(_spec(load, plain=plain)), "utf-8")
    result.unlink(missing_ok=True)
    duration = LONGEST_RUN if load.enough else max(1, round(seconds))
    options = ["-t", "1", "-c", str(CONNECTIONS), "-d", f"{duration}s", "--timeout", "10s", "-s", str(SCRIPT)]
    before = os.times()
    subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), *command, *options, f"http://127.0.0.1:{port}", "--", str(spec)],
        env={**os.environ, "BENCH_RESULT": str(result)},
        capture_output=True,
        timeout=LONGEST_RUN + 30,
        check=True,
    )
    after = os.times()
    said = json.loads(result.read_text("utf-8"))
    good, bad = said["good"], said["bad"]
    if plain:
        refused = load.steps[0].expect >= 400
        good = said["refused"] if refused else said["requests"] - said["refused"]
        bad = said["requests"] - good
    if good == 0 or (bad + said["broken"]) * 100 > good:
        raise Unusable(f"{bad + said['broken']} errors beside {good} good answers; the last: {said['sample']}")
    busy = (after.children_user + after.children_system - before.children_user - before.children_system) / said[
        "seconds"
    ]
    return Measured(good / said["seconds"], said["p50"], said["p99"], busy, said["seconds"])


def _spec(load: Load, *, plain: bool) -> dict[str, object]:
    steps = [
        {
            "method": step.method,
            "path": step.path,
            "headers": step.headers,
            "body": step.body,
            "expect": step.expect,
            "take": step.take,
            "from": step.source,
        }
        for step in load.steps
    ]
    return {
        "steps": steps,
        "input": load.given and str(load.given),
        "output": load.output and str(load.output),
        "loop": load.repeats,
        "enough": load.enough,
        "plain": plain,
        "filler": "/.well-known/openid-configuration",
    }


def _lua(value: object) -> str:
    """A value as Lua writes it; texts are ASCII without control characters."""
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value)
        case dict():
            value = cast("dict[str, object]", value)
            return "{" + ",".join(f"[{_lua(name)}]={_lua(item)}" for name, item in value.items()) + "}"
        case list():
            value = cast("list[object]", value)
            return "{" + ",".join(map(_lua, value)) + "}"
        case _:
            return str(value)
