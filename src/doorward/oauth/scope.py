"""Scope: a set of scope tokens in the order they were asked for (RFC 6749 §3.3)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+\Z")


class MalformedScope(ValueError):
    """The text is not a list of scope tokens."""


@dataclass(frozen=True, slots=True)
class Scope:
    """An ordered set of scope tokens."""

    tokens: tuple[str, ...] = ()

    @classmethod
    def of(cls, tokens: Iterable[str]) -> "Scope":
        """Build a scope, dropping repetitions."""
        return cls(tuple(dict.fromkeys(tokens)))

    @classmethod
    def parse(cls, text: str) -> "Scope":
        """Read the wire form (RFC 6749 §3.3); the empty text is the empty scope.

        Raises:
            MalformedScope: a token has a character outside `%x21 / %x23-5B / %x5D-7E`.
        """
        tokens = [token for token in text.split(" ") if token]
        if not all(_SCOPE_TOKEN.match(token) for token in tokens):
            raise MalformedScope(text)
        return cls.of(tokens)

    def __str__(self) -> str:
        return " ".join(self.tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self.tokens

    def __bool__(self) -> bool:
        return bool(self.tokens)

    def covers(self, other: "Scope") -> bool:
        """Whether every token of `other` is in this scope."""
        return set(other.tokens) <= set(self.tokens)

    def beyond(self, seen: "Scope") -> "Scope":
        """What a person is not spared who saw the other scope: each token that was not in it.

        What a token includes does not count, for that is an operator's to change later, and nobody saw it.
        """
        return Scope(tuple(token for token in self.tokens if token not in seen))

    def within(self, allowed: "Scope") -> "Scope":
        """The tokens that `allowed` has too, in this scope's order."""
        return Scope(tuple(token for token in self.tokens if token in allowed))
