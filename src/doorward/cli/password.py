"""Passwords for commands: typed twice and unseen, or one line on standard input; never an argument."""

import sys

import typer

_MAX_BYTES = 4_096


def read_password(*, from_stdin: bool) -> str:
    """Ask for a password, or read it.

    Raises:
        UsageError: there is no terminal to ask on, or standard input does not hold one line of text.
    """
    if from_stdin:
        return _one_line(sys.stdin.buffer.read(_MAX_BYTES + 1))
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask for the password on; pipe it to --password-stdin")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return answer


def _one_line(data: bytes) -> str:
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    if len(data) > _MAX_BYTES or b"\n" in line or b"\0" in line:
        raise typer.BadParameter("--password-stdin takes one line of text")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise typer.BadParameter("--password-stdin takes text in UTF-8") from None
