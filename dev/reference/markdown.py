"""The little Markdown that the reference pages are made of."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `make reference` from the code. -->\n"


def page(title: str, *paragraphs: str) -> str:
    """A page: a title and paragraphs, with a notice that nobody edits it by hand."""
    return "\n\n".join([NOTICE.strip(), f"# {title}", *(text.strip() for text in paragraphs)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are on one line each."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(text: str) -> str:
    """Text as code, or nothing."""
    return f"`{text}`" if text else ""


def first_sentence(docstring: str | None) -> str:
    """The first line of a docstring."""
    return (docstring or "").strip().partition("\n")[0]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
