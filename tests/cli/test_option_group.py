"""Options that commands share: a dataclass on this side, an option for each of its fields on the other."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from doorward.cli.option_group import spread_groups


@dataclass(frozen=True, kw_only=True)
class Paint:
    """How it looks."""

    colour: Annotated[str, typer.Option(help="Its colour.")] = "red"
    coat: Annotated[list[int] | None, typer.Option("--layer")] = None


def paint(thing: str, *, how: Paint, twice: bool = False) -> None:
    """Paint it."""
    typer.echo(f"{thing} {how} {twice}")


def run(*words: str) -> str:
    program = typer.Typer()
    program.command()(spread_groups(paint))
    result = CliRunner().invoke(program, words)
    assert 0 == result.exit_code, result.output
    return result.stdout


def test_each_field_is_an_option_and_the_command_gets_them_as_one():
    given = run("door", "--layer", "1", "--layer", "2", "--colour", "blue", "--twice")

    assert f"door {Paint(colour='blue', coat=[1, 2])} True\n" == given


def test_what_is_not_given_is_as_the_dataclass_says():
    assert f"door {Paint()} False\n" == run("door")


def test_the_options_stand_where_the_parameter_stood():
    """The order of the help."""
    assert ["thing", "colour", "coat", "twice"] == list(inspect.signature(spread_groups(paint)).parameters)


def test_a_command_without_a_group_is_left_alone():
    def plain(*, colour: str) -> None:
        typer.echo(colour)

    assert plain is spread_groups(plain)


def test_two_options_of_one_name_are_refused():
    def painted(*, colour: str, how: Paint) -> None:
        paint(colour, how=how)

    with pytest.raises(ValueError, match="colour"):
        spread_groups(painted)
