"""Durations as an option of a command: `7d`, `12h`, `0`."""

from datetime import timedelta

import typer


def read_duration_option(text: str, *, name: str) -> timedelta:
    """The duration that was typed.

    Raises:
        UsageError: it is none.
    """
    from pydantic import TypeAdapter, ValidationError

    from doorward.settings.durations import EXAMPLES, Window

    try:
        duration: timedelta = TypeAdapter(Window).validate_python(text)
    except ValidationError:
        raise typer.BadParameter(f"{name} takes a duration such as {EXAMPLES}") from None
    return duration
