"""URI patterns of the known clients: literal, but for `{id}` as a path segment and the port of a loopback host."""

import re
from dataclasses import dataclass

from doorward.kit import urls

ID = "{id}"
MAX_LENGTH = 500
_ID_SEGMENT = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")


class MalformedPattern(ValueError):
    """The text is no pattern; the message is one clause that says what would be right."""


@dataclass(frozen=True, slots=True)
class UriPattern:
    """A pattern, compared segment by segment in time linear in the length of what is compared.

    `{id}` stands for one segment of letters, digits, `_` and `-`: neither a dot nor an escape can stand in it, so
    that no pattern leads anywhere above or below itself.
    On `http` loopback hosts the port is free (RFC 8252 §7.3) unless the pattern names one.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "UriPattern":
        """Read a pattern.

        Raises:
            MalformedPattern: it is relative, has a query, a fragment or a port that it must not have, or `{id}` stands
                anywhere else than as a whole segment of the path.
        """
        uri = urls.parse(text.replace(ID, "id")) if len(text) <= MAX_LENGTH else None
        if uri is None or uri.query is not None or uri.has_fragment or "*" in text:
            raise MalformedPattern("must be an absolute URI without query, fragment and star")
        head, path = _split(text)
        if ID in head or any(ID in segment and segment != ID for segment in path):
            raise MalformedPattern("may have {id} as a whole segment of the path only")
        if {".", ".."} & set(path):
            raise MalformedPattern("must not have a segment of dots")
        if head != head.lower():
            raise MalformedPattern("must have its scheme and host in lower case")
        if uri.scheme == "https" and (not uri.host or uri.port is not None or not path):
            raise MalformedPattern("must name a host without a port, and a path, where it is https")
        if uri.scheme == "http" and not uri.is_loopback:
            raise MalformedPattern("must be on a loopback host where it is http")
        if not uri.host and not any(path):
            raise MalformedPattern("must name more than a scheme")
        return cls(text)

    def __str__(self) -> str:
        return self.text

    @property
    def is_exact(self) -> bool:
        """Whether only the very same text matches."""
        return ID not in self.text and not self.is_loopback

    @property
    def is_https(self) -> bool:
        """Whether it is an address on the network, which nobody but the owner of its host can take over."""
        return self.text.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Whether it is an address on the person's own computer."""
        return self.text.startswith("http://")

    def matches(self, uri: str) -> bool:
        """Whether the URI, as it was received, is one of those that are meant."""
        (head, path), (other_head, other_path) = _split(self.text), _split(uri)
        if len(path) != len(other_path) or not all(_same(*pair) for pair in zip(path, other_path, strict=True)):
            return False
        return head == other_head or (self.is_loopback and head == _without_port(other_head, uri))

    def overlaps(self, other: "UriPattern") -> bool:
        """Whether some URI matches both."""
        (head, path), (other_head, other_path) = _split(self.text), _split(other.text)
        return (
            head == other_head
            and len(path) == len(other_path)
            and all(ID in pair or pair[0] == pair[1] for pair in zip(path, other_path, strict=True))
        )


def _split(text: str) -> tuple[str, list[str]]:
    """What comes before the path, and the segments of the path with everything after it."""
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, _, rest = text.partition(":")
        return f"{scheme}:", rest.split("/")
    authority, *path = rest.split("/")
    return f"{scheme}://{authority}", path


def _same(segment: str, presented: str) -> bool:
    return _ID_SEGMENT.match(presented) is not None if segment == ID else segment == presented


def _without_port(head: str, uri: str) -> str | None:
    """The head of a loopback address without its port; None when the whole is no URI at all."""
    parsed = urls.parse(uri)
    return None if parsed is None or parsed.port is None else head.rpartition(":")[0]
