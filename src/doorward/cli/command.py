"""What a command is: its words, and the function that runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command; its help is the function's docstring, its options are the parameters."""

    words: tuple[str, ...]
    """`("users", "create")` for `doorward users create`."""
    run: Callable[..., None]
