"""The pages keep their form: one sentence a line, whole decisions, known kinds of change."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, all_pages, name_of, prose

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "References"]
WRITTEN = [page for page in all_pages() if page.parent.name != "reference"]
_SECOND_SENTENCE = re.compile(r"[a-z)`*\"]{2}[.!?] +[A-Z]")


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_a_line_holds_one_sentence(page: Path):
    """So that a change of one sentence is a change of one line."""
    lines = [line for line in prose(page).splitlines() if not line.startswith(("|", "#", "!["))]

    assert [] == [line for line in lines if _SECOND_SENTENCE.search(line)]


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_has_its_sections_and_fits_on_a_page(page: Path):
    text = page.read_text("utf-8")

    assert SECTIONS == re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert re.match(rf"# {page.name[:4]}: .+\n\n(Accepted|Superseded by .+) \d{{4}}-\d{{2}}-\d{{2}}\.\n", text)
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_gaps_and_listed():
    index = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")

    assert [f"{number:04}" for number in range(1, len(DECISIONS) + 1)] == [page.name[:4] for page in DECISIONS]
    assert [] == [page.name for page in DECISIONS if page.name not in index]


def test_a_changelog_fragment_has_a_known_kind():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
    kinds = {kind["directory"] for kind in config["type"]}
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.name != ".gitignore"]

    assert [] == [
        path.name for path in fragments if not re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(kinds)})\.md", path.name)
    ]
