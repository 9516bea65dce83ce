"""Links between the pages lead somewhere."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, all_pages, anchors, links, name_of

LOCAL = [
    (page, target)
    for page in all_pages()
    for target in links(page)
    if not target.startswith(("http://", "https://", "mailto:"))
]


@pytest.mark.parametrize(
    ("page", "target"), [pytest.param(page, target, id=f"{name_of(page)}:{target}") for page, target in LOCAL]
)
def test_a_link_leads_to_a_file_and_a_heading_that_exist(page: Path, target: str):
    path, _, anchor = target.partition("#")
    base = ROOT if page.parent.name == "changelog.d" else page.parent  # a fragment becomes a part of CHANGELOG.md
    destination = (base / path).resolve() if path else page

    assert destination.exists(), f"{name_of(page)} links {target}"
    assert destination.is_relative_to(ROOT)
    assert not anchor or anchor in anchors(destination)


def test_every_page_of_the_documentation_can_be_reached_from_its_index():
    reached, waiting = set[Path](), [ROOT / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        local = (target.partition("#")[0] for target in links(page) if "://" not in target)
        waiting += [found for target in local if (found := (page.parent / target).resolve()).suffix == ".md"]

    assert set[Path]() == set((ROOT / "docs").rglob("*.md")) - reached
