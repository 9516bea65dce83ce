"""Interleaved rounds: every workload on every server in turn, so that a noisy minute meets all of them."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from bench import steady, wrk
from bench.processes import SERVER_CORE, cpu_seconds, python_environment
from bench.targets import BARE, Target

CODES_A_SECOND = 2000
"""How many codes an exchange run is given for each second it may last."""
WORKLOADS = {
    "exchange": "code exchange",
    "refresh": "refresh",
    "discovery": "discovery",
    "registration": "registration",
    "bearer_check": "bearer check at `/http`, good token (the demo then answers 405 to a GET)",
    "bearer_ping": "POST at `/http`, good token, MCP `ping` answered by the mcp SDK",
    "bearer_proxied": "POST at `/http`, good token, passed on to the bare route on the same core",
    "bearer_none": "POST at `/http` without a token: 401",
    "bearer_forged": "POST at `/http` with a forged token: 401",
    "flow": "browser flow: authorize, then redeem",
    "document_flow": "authorize by the JSON call, then redeem; the client described by a cached document",
    "document_page": "authorization page of a client described by a cached document",
    "steady_page": "the same at a steady 50 a second",
    "steady_page_in_a_storm": "the same at a steady 50 a second, while 200 hosts of other documents hang",
    "get": "GET",
    "post": "POST of a token request's size",
}
IN_A_STORM = "steady_page_in_a_storm"
STEADY = ("steady_page", IN_A_STORM)
BARE_STATEMENTS = {"sqlite": "same statements, sqlite3 loop", "postgresql": "same statements, psycopg loop"}


@dataclass
class Series:
    """What was measured of one workload on one target."""

    workload: str
    target: str
    rates: list[float] = field(default_factory=list[float])
    p50: list[float] = field(default_factory=list[float])
    p99: list[float] = field(default_factory=list[float])
    generator: list[float] = field(default_factory=list[float])
    server: list[float] = field(default_factory=list[float])
    database: list[float] = field(default_factory=list[float])
    refused: list[str] = field(default_factory=list[str])


class Bench:
    """The servers, the generator, and what they gave so far."""

    def __init__(self, command: list[str], folder: Path, *, seconds: float, only: Sequence[str], postgres: int) -> None:
        self._command = command
        self._folder = folder
        self._seconds = seconds
        self._only = only
        self._postgres = postgres
        self.series: dict[tuple[str, str], Series] = {}

    def round(self, targets: Sequence[Target]) -> None:
        """Every workload once on every target."""
        for workload in WORKLOADS:
            if self._only and workload not in self._only and workload not in ("get", "post"):
                continue
            for target in targets:
                if workload in STEADY and "document_page" in target.steps:
                    self._measure_steady(workload, target, target.steps["document_page"])
                elif load := self._load(workload, target):
                    self._measure_load(workload, target, load)
        for target in targets:
            if target.database and (not self._only or {"exchange", "refresh"} & set(self._only)):
                self._statements(target, target.database)

    def _load(self, workload: str, target: Target) -> wrk.Load | None:
        steps, name = target.steps, target.program.name
        codes, tokens = self._folder / f"{name}.codes", self._folder / f"{name}.tokens"
        if workload == "flow" and "authorize" in steps:
            return wrk.Load((steps["authorize"], steps["exchange"]))
        if workload == "document_flow" and "document_authorize" in steps:
            return wrk.Load((steps["document_authorize"], steps["document_exchange"]))
        if workload not in steps:
            return None
        if workload == "exchange":
            count = self._mint(target, codes)
            return wrk.Load((steps["exchange"],), given=codes, output=tokens, enough=count - 1)
        if workload == "refresh":
            if not tokens.exists():
                self._send(target, self._load("exchange", target))
            return wrk.Load((steps["refresh"],), given=tokens, output=tokens.with_suffix(".next"), repeats=True)
        return wrk.Load((steps[workload],))

    def _mint(self, target: Target, codes: Path) -> int:
        """Get codes from the authorization endpoint, and how many."""
        count = round(CODES_A_SECOND * self._seconds)
        self._send(target, wrk.Load((target.steps["authorize"],), output=codes, enough=count))
        return len(codes.read_text("utf-8").splitlines())

    def _send(self, target: Target, load: wrk.Load | None) -> wrk.Measured:
        if load is None:
            raise RuntimeError(f"{target.program.name} has no such step")
        return wrk.run(self._command, self._folder, target.program.port, load, self._seconds)

    def _measure_load(self, workload: str, target: Target, load: wrk.Load) -> None:
        self._measure(workload, target, lambda: self._send(target, load))
        if load.repeats and load.given:
            load.given.unlink(missing_ok=True)  # those tokens are spent

    def _measure_steady(self, workload: str, target: Target, step: wrk.Step) -> None:
        with target.storm() if workload == IN_A_STORM and target.storm else nullcontext():
            self._measure(workload, target, lambda: steady.run(self._folder, target.program.port, step))

    def _measure(self, workload: str, target: Target, send: Callable[[], wrk.Measured]) -> None:
        series = self._of(workload, target.program.name)
        server, database = cpu_seconds(target.pid), cpu_seconds(self._postgres)
        try:
            measured = send()
        except wrk.Unusable as void:
            series.refused.append(str(void))
            print(f"  {workload} on {target.program.name} does not count: {void}", file=sys.stderr)
            return
        series.rates.append(measured.rate)
        series.p50.append(measured.p50)
        series.p99.append(measured.p99)
        series.generator.append(measured.generator)
        series.server.append((cpu_seconds(target.pid) - server) / measured.seconds)
        series.database.append((cpu_seconds(self._postgres) - database) / measured.seconds)
        found = f"{measured.rate:,.0f}/s, p99 {measured.p99:.1f} ms"
        print(f"  {workload} on {target.program.name}: {found}", file=sys.stderr, flush=True)

    def _statements(self, target: Target, url: str) -> None:
        """The limit that the database sets: the statements of the token path without a server around them."""
        dialect = "sqlite" if url.startswith("sqlite:") else "postgresql"
        self._mint(target, self._folder / "unused.codes")
        done = subprocess.run(
            ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.statements", url],
            env=python_environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-2000:])
        rates: Mapping[str, float] = json.loads(done.stdout)
        for workload, rate in rates.items():
            self._of(workload, BARE_STATEMENTS[dialect]).rates.append(rate)

    def _of(self, workload: str, target: str) -> Series:
        return self.series.setdefault((workload, target), Series(workload, target))

    def ordered(self) -> Iterator[Series]:
        """By workload, the bare limits at their side."""
        for workload in WORKLOADS:
            yield from (one for one in self.series.values() if one.workload == workload and one.target != BARE)
        yield from (one for one in self.series.values() if one.target == BARE)
