"""Output: tables on a terminal, tab-separated text elsewhere, control characters nowhere."""

import json
import sys

import pytest

from doorward.cli import output

ROWS = [("ada", "a\x1b[31mred\u202e\tx\ny"), ("[bold]eve[/bold]", "plain")]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")


def test_piped_rows_are_separated_by_tabs(capsys):
    """A tab or a line break inside a value is written as an escape, so that the columns hold."""
    output.show_table(("NAME", "TEXT"), ROWS, empty="nobody")

    lines = capsys.readouterr().out.splitlines()
    assert ["NAME\tTEXT", r"ada" + "\t" + r"a\x1b[31mred\u202e\tx\ny", "[bold]eve[/bold]\tplain"] == lines


@pytest.mark.usefixtures("terminal")
def test_a_table_on_a_terminal_shows_every_value_whole(capsys):
    """Nothing is cut, and what looks like markup is shown as it is."""
    output.show_table(("NAME", "TEXT"), [*ROWS, ("long", "x" * 200)], empty="nobody")

    shown = capsys.readouterr().out
    assert 200 == shown.count("x" * 1) - shown.count(r"\x") - shown.count(r"\tx")
    assert "[bold]eve[/bold]" in shown
    assert "\u202e" not in shown


@pytest.mark.usefixtures("terminal")
def test_an_empty_table_on_a_terminal_is_a_sentence(capsys):
    output.show_table(("NAME",), [], empty="nobody")

    assert "nobody\n" == capsys.readouterr().out


def test_an_empty_table_when_piped_is_its_header(capsys):
    output.show_table(("NAME",), [], empty="nobody")

    assert "NAME\n" == capsys.readouterr().out


def test_json_is_ascii(capsys):
    output.show_json([{"name": "Ünï\u202e\x1b"}])

    printed = capsys.readouterr().out
    assert printed.isascii()
    assert [{"name": "Ünï\u202e\x1b"}] == json.loads(printed)
    assert "\x1b" not in printed


def test_a_terminal_is_told_by_standard_output(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert output.is_terminal()
