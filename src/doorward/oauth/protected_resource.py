"""A protected MCP server, as its authorization server knows it (RFC 9728 §2)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from doorward.kit import urls
from doorward.kit.closure import closures
from doorward.oauth.scope import Scope

Key = tuple[str, str, int | None, str, str | None]


@dataclass(frozen=True, slots=True)
class ScopeToken:
    """A scope token, what it means in words a person understands, and which others it includes."""

    name: str
    words: str
    includes: tuple[str, ...] = ()


class TokenFormat(StrEnum):
    """What the access tokens of a resource look like to everybody but this server."""

    JWT = "jwt"
    """Signed and readable (RFC 9068), for resource servers that verify by themselves."""
    OPAQUE = "opaque"
    """Sealed, for resource servers that introspect (RFC 7662), and for this server's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A protected MCP server (RFC 9728 §2)."""

    identifier: str
    """Its canonical identifier: what people type, without a trailing slash; the `aud` of its tokens."""
    name: str
    scopes: tuple[ScopeToken, ...]
    default_scope: Scope
    """What a client gets that asks for nothing, and what every request needs."""
    aliases: tuple[str, ...] = ()
    documentation: str | None = None
    token_format: TokenFormat = TokenFormat.JWT
    access_token_lifetime: timedelta | None = None
    """None means the policy's."""
    authorization_lifetime: timedelta | None = None
    """None means the policy's."""
    tool_scopes: tuple[tuple[str, Scope], ...] = ()
    """What calling a tool needs besides, by its name; `*` stands for the tools that are not named."""
    method_scopes: tuple[tuple[str, Scope], ...] = ()
    """The same for other methods of MCP, such as `resources/read`."""
    introspected_by: frozenset[str] = frozenset()
    """The client ids of the resource servers that may introspect its tokens (RFC 7662 §2.1)."""
    keys: frozenset[Key] = field(init=False, repr=False, compare=False)
    """Every spelling of its identifier and aliases."""
    included: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    """Each scope token with all that it includes."""

    def __post_init__(self) -> None:
        keys = (comparison_key(name) for name in (self.identifier, *self.aliases))
        object.__setattr__(self, "keys", frozenset(key for key in keys if key is not None))
        object.__setattr__(self, "included", closures({token.name: token.includes for token in self.scopes}))

    @property
    def id(self) -> str:
        """A short name for addresses and commands, always the same for one identifier."""
        return "res_" + hashlib.sha256(self.identifier.encode()).hexdigest()[:16]

    def is_named(self, text: str) -> bool:
        """Whether `text` is a tolerated spelling of its identifier or of an alias (interop R7)."""
        return comparison_key(text) in self.keys

    @property
    def known_scope(self) -> Scope:
        """Every scope token it has."""
        return Scope.of(token.name for token in self.scopes)

    def expand(self, scope: Iterable[str]) -> frozenset[str]:
        """The scope tokens, and all that they include."""
        return frozenset[str]().union(*(self.included.get(token, frozenset({token})) for token in scope))

    def covers(self, granted: Iterable[str], wanted: Iterable[str]) -> bool:
        """Whether everything wanted is granted, or included in what is."""
        return self.expand(granted).issuperset(wanted)


def comparison_key(text: str) -> Key | None:
    """What two spellings of one resource have in common: host in any case, default port, one trailing slash."""
    uri = urls.parse(text)
    if uri is None or uri.host is None or uri.has_fragment or uri.scheme not in urls.DEFAULT_PORTS:
        return None
    port = uri.port if uri.port is not None else urls.DEFAULT_PORTS[uri.scheme]
    return uri.scheme, uri.host.lower(), port, uri.path.removesuffix("/"), uri.query
