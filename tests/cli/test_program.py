"""The program: one explicit tuple of commands, help for each, and a start that loads nothing heavy."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

import doorward
from doorward.cli import program

SOURCES = Path(doorward.__file__).parent
WORDS = [command.words for command in program.COMMANDS]


def run_python(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    return subprocess.run(
        [sys.executable, *arguments],
        env={**clean, "PYTHONPATH": str(SOURCES.parent), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_command_explains_itself(offline, words):
    text = offline.succeed(*words, "--help")

    assert "Usage:" in text


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_help_shows_every_text_as_it_is_written(offline, words):
    """What stands in brackets is no markup."""
    root = typer.main.get_command(program.create_program())
    for word in words:
        assert isinstance(root, TyperGroup)
        root = root.commands[word]
    shown = "".join(offline.succeed(*words, "--help").replace("│", "").split())

    for written in (
        text for each in root.params for text in re.findall(r"\[[^]]*\]", getattr(each, "help", None) or "")
    ):
        assert "".join(written.split()) in shown


@pytest.mark.parametrize("words", [(), *((noun,) for noun in program.NOUNS), *WORDS], ids=" ".join)
def test_help_fits_into_80_columns_and_leaves_nothing_out(offline, words):
    """No name of a value is a type, nothing is cut off, and only what is optional is in brackets."""
    text = offline.succeed(*words, "--help")

    assert 80 >= max(map(len, text.splitlines()))
    assert not [sign for sign in ("…", "<str>", "<bool>", "<=", "{") if sign in text]


def test_a_list_of_commands_says_all_of_each(offline):
    said = " ".join(offline.succeed("clients", "--help").split())

    for command in program.COMMANDS:
        if command.words[0] == "clients":
            first = (command.run.__doc__ or "").partition("\n\n")[0]
            assert " ".join(first.split()) in said


def test_every_command_file_is_in_the_tuple():
    """One command a file, one line in COMMANDS."""
    files = {path.stem for path in (SOURCES / "cli").glob("*.py") if "COMMAND = " in path.read_text()}

    assert files == {"_".join(words).replace("-", "_") for words in WORDS}
    assert len(set(WORDS)) == len(WORDS)


def test_every_noun_has_words():
    assert set(program.NOUNS) == {words[0] for words in WORDS if len(words) > 1}


def test_the_version_is_that_of_the_package(offline):
    pyproject = tomllib.loads((SOURCES.parents[1] / "pyproject.toml").read_text())

    assert f"doorward {pyproject['project']['version']}\n" == offline.succeed("--version")


def test_the_module_runs_as_the_command():
    """`python -m doorward` is the same program."""
    result = run_python("-m", "doorward", "--version")

    assert (0, f"doorward {doorward.__version__}\n", "") == (result.returncode, result.stdout, result.stderr)


def test_nothing_given_prints_the_help(offline):
    result = offline()

    assert "Commands" in result.output
    assert 2 == result.exit_code


def test_an_unknown_option_is_a_usage_error(offline):
    assert "--bogus" in offline.fail("users", "list", "--bogus", exit_code=2)
    assert "bogus" in offline.fail("bogus", exit_code=2)


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("users", "create", "--help")], ids=" ".join)
def test_help_and_version_load_nothing_heavy(words):
    """The libraries of the server are imported by the commands that need them."""
    heavy = "fastapi starlette sqlalchemy alembic mcp uvicorn argon2 cryptography psycopg pydantic_settings structlog"
    script = (
        "import sys\nfrom doorward.cli import main\n"
        f"sys.argv = ['doorward', *{list(words)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', *sorted(set({heavy.split()!r}) & set(sys.modules)))"
    )

    assert "LOADED" == run_python("-c", script).stdout.splitlines()[-1]


def test_importing_the_package_loads_nothing():
    """The public names are imported when they are first used (PEP 562)."""
    script = "import sys; before = set(sys.modules); import doorward; print(sorted(set(sys.modules) - before))"

    loaded = run_python("-c", script).stdout

    assert "doorward.settings" not in loaded
    assert "pydantic" not in loaded


@pytest.mark.parametrize("name", doorward.__all__)
def test_every_public_name_can_be_imported(name):
    assert getattr(doorward, name)
    assert name in dir(doorward)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Doorwards"):
        _ = doorward.Doorwards  # pyright: ignore[reportAttributeAccessIssue]


def test_a_wrong_setting_stops_every_command_with_exit_code_1(offline):
    """The same sentence for all, before anything is opened."""
    for words in (("serve",), ("users", "list"), ("db", "upgrade"), ("config", "show"), ("audit", "tail")):
        assert "Error: DOORWARD_SIGN_UP must be closed, invite or open.\n" == offline.fail(*words, sign_up="canary")


def test_an_unknown_setting_stops_every_command(offline):
    assert "did you mean DOORWARD_SIGN_UP?" in offline.fail("users", "list", signup="open")
