"""`doorward audit tail`: the newest events, the oldest first, without control characters."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import doorward
from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.cli import audit_tail

pytestmark = pytest.mark.usefixtures("heeding_ctrl_c")

A_PASSWORD = "zebra fjord pickle lantern"


def test_nothing_yet_is_an_empty_list(cli):
    assert [] == json.loads(cli.succeed("audit", "tail", "--json"))


def test_the_newest_events_come_last(cli):
    for name in ("one", "two", "three"):
        _ = cli.succeed("users", "create", f"{name}@example.org", "--password-stdin", stdin=A_PASSWORD)

    everything = json.loads(cli.succeed("audit", "tail", "--json"))
    newest = json.loads(cli.succeed("audit", "tail", "--json", "-n", "2"))

    assert ["user.created"] * 3 == [event["event"] for event in everything]
    assert everything[1:] == newest
    assert sorted(event["id"] for event in everything) == [event["id"] for event in everything]


def test_the_text_is_one_event_a_line_when_piped(cli):
    _ = cli.succeed("users", "create", "ada@example.org", "--password-stdin", stdin=A_PASSWORD)

    header, line = cli.succeed("audit", "tail").splitlines()

    assert "EVENT" == header.split("\t")[2]
    assert "user.created" == line.split("\t")[2]


@pytest.mark.parametrize("limit", ["0", "-1", "10001", "many"])
def test_a_wrong_limit_is_a_usage_error(offline, limit):
    assert "--limit" in offline.fail("audit", "tail", "--limit", limit, exit_code=2)


def test_what_strangers_said_cannot_drive_the_terminal():
    """Client names and reasons come from requests (S54)."""
    event = AuditEvent(
        tag=AuditTag.CLIENT_REGISTERED,
        at=datetime(2026, 1, 15, tzinfo=UTC),
        context=RequestContext(address="192.0.2.7"),
        detail={"name": "a\x1b[2J\nb"},
    )

    described = json.dumps(audit_tail.describe_event((1, event)))

    assert "\x1b" not in described
    assert "192.0.2.7" in described


class Trail:
    """A trail in which an event with a lower id is committed later."""

    def __init__(self, *batches: list[int]) -> None:
        self.batches = list(batches)
        self.visible: set[int] = set()

    def commit(self) -> None:
        if not self.batches:
            raise KeyboardInterrupt
        self.visible |= set(self.batches.pop(0))


def test_following_misses_no_event_that_was_committed_late(monkeypatch):
    """On PostgreSQL a lower id can become visible after a higher one."""
    trail = Trail([2], [5], [4, 6], [3])
    at = datetime(2026, 1, 15, tzinfo=UTC)

    def entries(after: int) -> list[tuple[int, AuditEvent]]:
        return [(n, AuditEvent(tag=AuditTag.SIGNED_IN, at=at)) for n in sorted(trail.visible) if n > after]

    trail.commit()
    monkeypatch.setattr(audit_tail.time, "sleep", lambda _: trail.commit())
    monkeypatch.setattr(
        "doorward.operations.tail_audit.tail_audit", lambda _, *, limit, after_id=None: entries(after_id or 0)[:limit]
    )
    seen: list[int] = []
    with contextlib.suppress(KeyboardInterrupt):
        for number, _ in audit_tail.follow(None, entries(0)):  # pyright: ignore[reportArgumentType]
            seen.append(number)

    assert [2, 5, 4, 6, 3] == seen


def test_following_prints_what_happens_until_ctrl_c(sqlite_cli):
    """One JSON object a line, then a clean end."""
    environ = {**os.environ, **sqlite_cli.environ, "PYTHONPATH": str(Path(doorward.__file__).parents[1])}
    _ = sqlite_cli.succeed("db", "upgrade")
    with subprocess.Popen(
        [sys.executable, "-m", "doorward", "audit", "tail", "--follow", "--json"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _ = sqlite_cli.succeed("users", "create", "ada@example.org", "--password-stdin", stdin=A_PASSWORD)
            assert process.stdout is not None
            line = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()

    assert "user.created" == json.loads(line)["event"]
    assert (0, "") == (process.returncode, errors)
