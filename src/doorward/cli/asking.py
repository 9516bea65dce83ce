"""Asking the operator before something ends."""

import sys

import typer


def has_terminal() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty()


def confirm(question: str) -> None:
    """Go on after a yes; anything else leaves the command, and nothing has changed."""
    _ = typer.confirm(question, abort=True)
