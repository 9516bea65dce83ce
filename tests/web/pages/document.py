"""Reads a page as a browser without JavaScript would: its text, its forms, its links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


@dataclass
class Element:
    """An element with its attributes and everything inside it."""

    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, white space collapsed."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> list[str]:
        return [t for child in self.children for t in ([child] if isinstance(child, str) else child._texts())]

    def all(self, tag: str, **attributes: str) -> list["Element"]:
        """The elements of that name with those attributes, in document order; `class_` is one class among others."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and child.has(attributes):
                    found.append(child)
                found += child.all(tag, **attributes)
        return found

    def one(self, tag: str, **attributes: str) -> "Element":
        """The only such element."""
        (element,) = self.all(tag, **attributes)
        return element

    def has(self, attributes: dict[str, str]) -> bool:
        """Whether it has all of these attributes."""
        return all(
            value in self.attributes.get("class", "").split()
            if name == "class_"
            else self.attributes.get(name) == value
            for name, value in attributes.items()
        )

    @property
    def fields(self) -> dict[str, str]:
        """What a form would send, buttons aside."""
        return {
            field.attributes["name"]: field.attributes.get("value", "")
            for field in self.all("input")
            if "name" in field.attributes
        }


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(html: str) -> Element:
    """Read a document; unbalanced tags fail the test."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], "an element is never closed"
    return reader.root
