"""Options that several commands share: the fields of a dataclass, which a command takes as one parameter."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import is_dataclass


def spread_groups(run: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of a dataclass, in the place of the parameter that takes it."""
    parameters = inspect.signature(run, eval_str=True).parameters
    groups = {name: each.annotation for name, each in parameters.items() if _is_group(each)}
    if not groups:
        return run
    options = {name: inspect.signature(group).parameters for name, group in groups.items()}

    @functools.wraps(run)
    def spread(**given: object) -> None:
        for name, group in groups.items():
            given[name] = group(**{option: given.pop(option) for option in options[name]})
        run(**given)

    spread.__signature__ = inspect.Signature(  # pyright: ignore[reportAttributeAccessIssue]
        [
            option
            for name, parameter in parameters.items()
            for option in (options[name].values() if name in options else (parameter,))
        ]
    )
    return spread


def _is_group(parameter: inspect.Parameter) -> bool:
    return is_dataclass(parameter.annotation)
