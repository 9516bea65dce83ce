"""The definition of a resource as JSON or TOML has it: read strictly, and written back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from doorward.kit import urls
from doorward.kit.closure import Circular, closures
from doorward.kit.durations import LONGEST, parse_duration, write_duration
from doorward.kit.names import is_visible, one_line
from doorward.oauth.policy import OFFLINE_ACCESS
from doorward.oauth.protected_resource import Resource, ScopeToken, TokenFormat
from doorward.oauth.scope import MalformedScope, Scope

MAX_NAME = 80
MAX_WORDS = 200
MAX_ITEMS = 100
MAX_TEXT = 2000
DEFAULT_SCOPES = (ScopeToken("mcp", "Use the tools of this MCP server as you"),)
MEMBERS = (
    "identifier",
    "name",
    "aliases",
    "documentation",
    "scopes",
    "default_scope",
    "token_format",
    "access_token_lifetime",
    "authorization_lifetime",
    "tool_scopes",
    "method_scopes",
)


class InvalidDefinition(ValueError):
    """A definition is wrong; the message is a clause that names the member and the mend, and never a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionLimits:
    """What no definition may exceed."""

    access_token_lifetime: timedelta = timedelta(days=7)
    """Nothing that remembers revocations or retired keys remembers them for longer."""


def read_definition(document: Mapping[str, object], limits: DefinitionLimits) -> Resource:
    """The resource that a definition describes.

    Raises:
        InvalidDefinition: a member is missing, unknown, of a wrong type, or makes no sense.
    """
    if unknown := sorted(set(document) - set(MEMBERS)):
        raise InvalidDefinition("has a member that is not known: " + _shown(unknown[0]))
    scopes = _scopes(document)
    known = Scope.of(token.name for token in scopes)
    default_scope = _scope(document, "default_scope", known) or Scope((scopes[0].name,))
    return Resource(
        identifier=_address(_text(document, "identifier", required=True), "identifier", canonical=True),
        name=_name(_text(document, "name", required=True), "name", MAX_NAME),
        aliases=tuple(
            dict.fromkeys(_address(alias, "aliases") for alias in _texts(document.get("aliases"), "aliases"))
        ),
        documentation=_page(document),
        scopes=scopes,
        default_scope=default_scope,
        token_format=_token_format(document),
        access_token_lifetime=_lifetime(document, "access_token_lifetime", limits.access_token_lifetime),
        authorization_lifetime=_lifetime(document, "authorization_lifetime", LONGEST),
        tool_scopes=_scope_map(document, "tool_scopes", known),
        method_scopes=_scope_map(document, "method_scopes", known),
    )


def write_definition(resource: Resource) -> dict[str, object]:
    """The definition that `read_definition` gives the resource back from."""
    return {
        "identifier": resource.identifier,
        "name": resource.name,
        "aliases": list(resource.aliases),
        "documentation": resource.documentation,
        "scopes": [{"name": t.name, "words": t.words, "includes": list(t.includes)} for t in resource.scopes],
        "default_scope": str(resource.default_scope),
        "token_format": str(resource.token_format),
        "access_token_lifetime": _written(resource.access_token_lifetime),
        "authorization_lifetime": _written(resource.authorization_lifetime),
        "tool_scopes": {name: str(scope) for name, scope in resource.tool_scopes},
        "method_scopes": {name: str(scope) for name, scope in resource.method_scopes},
    }


def _written(lifetime: timedelta | None) -> str | None:
    return write_duration(lifetime) if lifetime is not None else None


def _text(document: Mapping[str, object], name: str, *, required: bool = False) -> str:
    value = document.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT or (required and not value):
        raise InvalidDefinition(f"needs {name}, a text" if required else f"has {name}, which must be a text")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    items = cast("list[object]", value) if isinstance(value, list) else []
    texts = tuple(item for item in items if isinstance(item, str) and 0 < len(item) <= MAX_TEXT)
    if not isinstance(value, list) or len(texts) != len(items) or len(texts) > MAX_ITEMS:
        raise InvalidDefinition(f"has {name}, which must be a list of at most {MAX_ITEMS} texts")
    return texts


def _address(text: str, name: str, *, canonical: bool = False) -> str:
    """An https address, or http on this machine; the canonical one in the one spelling that tokens carry."""
    uri = urls.parse(text)
    if uri is None or not uri.host or uri.has_fragment or uri.query is not None:
        raise InvalidDefinition(f"has {name} that is not an address such as https://mcp.example.com/mcp")
    if uri.scheme != "https" and not (uri.scheme == "http" and uri.is_loopback):
        raise InvalidDefinition(f"has {name} that does not start with https://, or http:// on this machine")
    if canonical and (
        text.endswith("/")
        or uri.host != uri.host.lower()
        or uri.port == urls.DEFAULT_PORTS[uri.scheme]
        or not text.startswith(uri.scheme)
    ):
        raise InvalidDefinition(
            f"has {name} in a spelling that would be compared in vain: write scheme and host in lower case, and "
            "leave out the default port and the slash at the end"
        )
    return text


def _name(text: str, member: str, longest: int) -> str:
    cleaned = one_line(text)
    if not cleaned or not is_visible(text) or len(cleaned) > longest:
        raise InvalidDefinition(f"has {member} that is not one line of 1 to {longest} visible characters")
    return cleaned


def _page(document: Mapping[str, object]) -> str | None:
    text = _text(document, "documentation")
    uri = urls.parse(text) if text else None
    if text and (uri is None or uri.scheme not in urls.DEFAULT_PORTS or not uri.host):
        raise InvalidDefinition("has documentation that is not the address of a page")
    return text or None


def _token_format(document: Mapping[str, object]) -> TokenFormat:
    text = _text(document, "token_format") or TokenFormat.JWT.value
    if text not in {known.value for known in TokenFormat}:
        raise InvalidDefinition("has token_format that is neither jwt nor opaque")
    return TokenFormat(text)


def _scopes(document: Mapping[str, object]) -> tuple[ScopeToken, ...]:
    value = document.get("scopes")
    if value is None:
        return DEFAULT_SCOPES
    if not isinstance(value, list) or not 1 <= len(cast("list[object]", value)) <= MAX_ITEMS:
        raise InvalidDefinition(f"has scopes, which must be a list of 1 to {MAX_ITEMS} scope tokens with their words")
    scopes = tuple(_scope_token(item) for item in cast("list[object]", value))
    names = {token.name for token in scopes}
    if len(names) != len(scopes) or OFFLINE_ACCESS.name in names:
        raise InvalidDefinition("has a scope token that is repeated or is offline_access, which is not a resource's")
    if any(other not in names for token in scopes for other in token.includes):
        raise InvalidDefinition("has a scope token that includes one which is not among its scopes")
    try:
        closures({token.name: token.includes for token in scopes})
    except Circular:
        raise InvalidDefinition("has scope tokens that include each other in a circle") from None
    return scopes


def _scope_token(item: object) -> ScopeToken:
    if not isinstance(item, dict):
        raise InvalidDefinition("has scopes, whose items need a name and words")
    members = cast("dict[str, object]", item)
    if set(members) - {"name", "words", "includes"}:
        raise InvalidDefinition("has a scope token with a member other than name, words and includes")
    if not {"name", "words"} <= set(members):
        raise InvalidDefinition("has scopes, whose items need a name and words")
    name = _text(members, "name", required=True)
    if len(_parsed(name, "scopes")) != 1 or len(name) > MAX_NAME:
        raise InvalidDefinition("has a scope token whose name is not one word (RFC 6749 section 3.3)")
    words = _name(_text(members, "words", required=True), "words", MAX_WORDS)
    return ScopeToken(name, words, _texts(members.get("includes"), "includes"))


def _parsed(text: str, member: str) -> tuple[str, ...]:
    try:
        return Scope.parse(text).tokens
    except MalformedScope:
        raise InvalidDefinition(f"has {member} with a scope that is malformed") from None


def _scope(document: Mapping[str, object], member: str, known: Scope) -> Scope:
    return _known(_text(document, member), member, known)


def _known(text: str, member: str, known: Scope) -> Scope:
    scope = Scope(_parsed(text, member))
    if not known.covers(scope):
        raise InvalidDefinition(f"has {member} with a scope token that is not among its scopes")
    return scope


def _scope_map(document: Mapping[str, object], member: str, known: Scope) -> tuple[tuple[str, Scope], ...]:
    value = document.get(member)
    if value is None:
        return ()
    if not isinstance(value, dict) or len(cast("dict[str, object]", value)) > 10 * MAX_ITEMS:
        raise InvalidDefinition(f"has {member}, which must map names to scopes")
    found: list[tuple[str, Scope]] = []
    for name, scope in cast("dict[str, object]", value).items():
        if not name or len(name) > MAX_TEXT or not isinstance(scope, str) or not scope.strip():
            raise InvalidDefinition(f"has {member}, which must map names to scopes")
        found.append((name, _known(scope, member, known)))
    return tuple(found)


def _lifetime(document: Mapping[str, object], member: str, longest: timedelta) -> timedelta | None:
    value = document.get(member)
    if value is None:
        return None
    lifetime = None
    if isinstance(value, str):
        lifetime = parse_duration(value.strip())
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST.total_seconds():
        lifetime = timedelta(seconds=value)
    if lifetime is None or not timedelta(0) < lifetime <= longest:
        raise InvalidDefinition(
            f"has {member} that is not a duration such as 15m, longer than nothing "
            f"and at most {write_duration(longest)}"
        )
    return lifetime


def _shown(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char == "_") else "?" for char in name[:40])
