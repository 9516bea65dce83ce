"""Passwords are typed twice and unseen, on a real terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import doorward

A_PASSWORD = "zebra fjord pickle lantern"


def on_a_terminal(environ: dict[str, str], *answers: str) -> tuple[int, str]:
    """Run `users create` with a pseudo terminal and type the answers when asked."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "doorward", "users", "create", "ada@example.org"],
        env={**os.environ, **environ, "PYTHONPATH": str(Path(doorward.__file__).parents[1]), "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 - makes it the controlling one
    )
    os.close(theirs)
    seen, pending, until = "", list(answers), time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(ours, 4096)
            except OSError:
                break
            if not data:
                break
            seen += data.decode()
            if pending and seen.rstrip().endswith(":"):
                time.sleep(0.3)
                os.write(ours, f"{pending.pop(0)}\n".encode())
        code = process.wait(timeout=20)
    finally:
        process.kill()
        os.close(ours)
    return code, seen


def test_a_password_is_asked_for_twice_and_not_shown(sqlite_cli):
    code, seen = on_a_terminal(sqlite_cli.environ, A_PASSWORD, A_PASSWORD)

    assert 0 == code, seen
    assert "Created the account ada@example.org." in seen
    assert A_PASSWORD not in seen


def test_two_different_answers_are_asked_for_again(sqlite_cli):
    code, seen = on_a_terminal(sqlite_cli.environ, A_PASSWORD, "something else", A_PASSWORD, A_PASSWORD)

    assert 0 == code, seen
    assert 2 == seen.count("Password:")
