"""The reference of the command line."""

from collections.abc import Iterator, Sequence

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from dev.reference.markdown import page
from doorward.cli.program import create_program

PROGRAM = "doorward"


def cli_page() -> str:
    """Every command with its arguments and options."""
    sections = (_section(words, command) for words, command in commands())
    return page(
        "Commands",
        "`doorward` is the command; `python -m doorward` is the same.\n"
        "Settings come from [environment variables](settings.md).\n"
        'In a checkout, `make doorward ARGS="users list"` runs a command on the data that `make serve` uses.\n'
        "Every command ends with 0 when it did what it says, and otherwise with another number and one sentence "
        "on standard error.",
        "`doorward --version` prints the version, and `--help` after any command tells about it.",
        *sections,
    )


def commands() -> Iterator[tuple[Sequence[str], TyperCommand]]:
    """Every command with its words."""
    yield from _below((PROGRAM,), typer.main.get_command(create_program()))


def _below(words: tuple[str, ...], command: object) -> Iterator[tuple[Sequence[str], TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from _below((*words, name), each)
    elif isinstance(command, TyperCommand):
        yield words, command


def _section(words: Sequence[str], command: TyperCommand) -> str:
    name = " ".join(words)
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption) and not each.hidden]
    usage = [name, *(["[OPTIONS]"] if options else []), *(_metavar(argument) for argument in arguments)]
    lines = [f"- `{_metavar(argument)}`: {_plain(argument.help)}" for argument in arguments]
    lines += [f"- `{_spelling(option)}`: {_plain(option.help)}{_default(option)}" for option in options]
    parts = [f"## {name}", _paragraphs(command.help), "```\n" + " ".join(usage) + "\n```", "\n".join(lines)]
    return "\n\n".join(part for part in parts if part)


def _metavar(argument: TyperArgument) -> str:
    return argument.metavar or (argument.name or "").upper()


def _spelling(option: TyperOption) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    return names if option.is_flag else f"{names} {option.metavar or 'VALUE'}"


def _default(option: TyperOption) -> str:
    shown = isinstance(option.default, int | str) and not isinstance(option.default, bool) and option.default != ""
    return f" Default: `{option.default}`." if shown else ""


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(_plain(paragraph) for paragraph in (text or "").split("\n\n"))


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())
