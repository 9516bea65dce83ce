"""What a command is: its words, and the function that runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command; its help is the function's docstring, its options are the parameters.

    A parameter whose type is a dataclass stands for an option for each of its fields.
    """

    words: tuple[str, ...]
    """`("users", "create")` for `doorward users create`."""
    run: Callable[..., None]
