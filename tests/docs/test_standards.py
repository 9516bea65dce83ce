"""The table of standards cites modules and tests that exist."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

HEADS = tuple(f"| {first} | status | module | test |" for first in ("section", "requirement", "suite"))
ROWS = [line for line in (ROOT / "docs" / "standards.md").read_text("utf-8").splitlines() if line.startswith("| ")]
CELLS = [[cell.strip() for cell in line.strip("|").split("|")] for line in ROWS if line not in HEADS]


def cited(column: int, below: str) -> list[Path]:
    return [ROOT / below / path for cells in CELLS for path in re.findall(r"`([^`]+)`", cells[column])]


def test_the_table_is_read():
    assert len(CELLS) > 40
    assert {4} == {len(cells) for cells in CELLS}


@pytest.mark.parametrize("path", cited(2, "src/doorward"), ids=str)
def test_a_cited_module_exists(path: Path):
    assert path.is_file()


@pytest.mark.parametrize("path", cited(3, "tests"), ids=str)
def test_a_cited_test_file_exists_and_tests(path: Path):
    assert "def test_" in path.read_text("utf-8")


@pytest.mark.parametrize("cells", CELLS, ids=lambda cells: cells[0])
def test_what_is_implemented_has_a_module_and_a_test(cells: list[str]):
    _, status, module, test = cells

    assert status.startswith(("yes", "part", "no", "other"))
    assert (module and test) or status.startswith("no")
