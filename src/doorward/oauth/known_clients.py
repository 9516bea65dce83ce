"""The known clients: facts about other people's programs, from a file that an operator can add to (interop R12)."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from itertools import combinations
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from doorward.oauth.agents import Agent, Identity, KnownDocument, candidates, identify
from doorward.oauth.records import Client
from doorward.oauth.uri_pattern import MalformedPattern, UriPattern

FORMAT = 1
"""The format of the file that this version reads."""
MAX_BYTES = 256 * 1024
_NEVER_AN_APPLICATIONS = frozenset(
    [
        "about",
        "blob",
        "data",
        "file",
        "filesystem",
        "ftp",
        "http",
        "https",
        "javascript",
        "livescript",
        "mailto",
        "mhtml",
        "ms-msdt",
        "search-ms",
        "sms",
        "tel",
        "vbscript",
        "view-source",
        "ws",
        "wss",
    ]
)
"""Schemes that a browser or a system does something else with than to open the application that asked."""
SHOWN_CANDIDATES = 4
"""More agents than that which could have sent a request are no help to a person."""


class KnownClientsError(ValueError):
    """The file cannot be used; the message is one clause with the place and the mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClients:
    """The agents that exist, and what holds for all of them."""

    version: date
    agents: tuple[Agent, ...]
    redirect_schemes: frozenset[str]
    """Private-use schemes of vendors that are not reverse domain names."""
    forget_and_connect: tuple[str, ...]
    """What a person does when a client nobody recognises uses a registration this server does not have."""

    def agent(self, agent_id: str | None) -> Agent | None:
        """The agent of that id."""
        return next((agent for agent in self.agents if agent.id == agent_id), None)

    def identify(self, client: Client, redirect_uri: str) -> Identity | None:
        """The agent behind a client that is to be answered there, or None."""
        uris = client.redirect_uris
        return identify(self.agents, client_id=client.client_id, redirect_uris=uris, redirect_uri=redirect_uri)

    def repair_steps(self, *, client_id: str | None, redirect_uri: str | None) -> tuple[str, ...]:
        """What the person in front of a client that is not known here can do, as exactly as can be told (R2)."""
        found = candidates(self.agents, client_id=client_id, redirect_uri=redirect_uri)
        if not 1 <= len(found) <= SHOWN_CANDIDATES:
            return self.forget_and_connect
        return tuple(f"{agent.name}: {step}" for agent in found for step in agent.repair) or self.forget_and_connect


def read_known_clients(text: str, *, over: KnownClients | None = None) -> KnownClients:
    """Read a file; with `over`, what it says is added to that, and its agents take the place of those they name.

    Raises:
        KnownClientsError: it is no file of this format, or contradicts itself.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnownClientsError(f"it is not TOML ({error})") from None
    if document.get("format") != FORMAT:
        raise KnownClientsError(f"its format must be {FORMAT}")
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise KnownClientsError(_clause(error)) from None
    known = KnownClients(
        version=file.version,
        agents=tuple(entry.agent() for entry in file.agents),
        redirect_schemes=frozenset(file.redirect_schemes),
        forget_and_connect=tuple(file.forget_and_connect),
    )
    merged = known if over is None else _merge(over, known)
    _check(merged)
    return merged


def _merge(under: KnownClients, top: KnownClients) -> KnownClients:
    named = {agent.id for agent in top.agents}
    return replace(
        top,
        agents=(*(agent for agent in under.agents if agent.id not in named), *top.agents),
        redirect_schemes=under.redirect_schemes | top.redirect_schemes,
        forget_and_connect=top.forget_and_connect or under.forget_and_connect,
    )


def _check(known: KnownClients) -> None:
    """No two agents may claim the same address, or an identity would depend on the order of the file."""
    _refuse_doubles([agent.id for agent in known.agents])
    for left, right in combinations(known.agents, 2):
        _refuse_overlap(left, right, lambda agent: (*agent.addresses, *agent.relays, *agent.schemes))
        _refuse_overlap(left, right, lambda agent: tuple(d.url for d in agent.documents), same_kind=True)
    for agent in known.agents:
        _refuse_doubles([str(document.url) for document in agent.documents])


def _refuse_doubles(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise KnownClientsError(f"{name} stands in it twice")


def _refuse_overlap(
    left: Agent, right: Agent, of: Callable[[Agent], Iterable[UriPattern]], *, same_kind: bool = False
) -> None:
    for one in of(left):
        for other in of(right):
            if one.overlaps(other) and (not same_kind or one.is_exact == other.is_exact):
                raise KnownClientsError(f"{left.id} and {right.id} both claim {other}")


def _pattern(value: object) -> UriPattern:
    if isinstance(value, UriPattern):
        return value
    if not isinstance(value, str):
        raise MalformedPattern("must be text")
    return UriPattern.parse(value)


def _https(value: object) -> UriPattern:
    pattern = _pattern(value)
    if not pattern.is_https:
        raise MalformedPattern("must be https")
    return pattern


def _loopback(value: object) -> UriPattern:
    pattern = _pattern(value)
    if not pattern.is_loopback:
        raise MalformedPattern("must be http on a loopback host")
    return pattern


def _private(value: object) -> UriPattern:
    pattern = _pattern(value)
    if pattern.is_https or pattern.is_loopback:
        raise MalformedPattern("must have a scheme of the application's own")
    return pattern


def _scheme(value: str) -> str:
    if value in _NEVER_AN_APPLICATIONS:
        raise MalformedPattern("must be a scheme of an application's own")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


_Https = Annotated[UriPattern, BeforeValidator(_https)]
_Loopback = Annotated[UriPattern, BeforeValidator(_loopback)]
_Private = Annotated[UriPattern, BeforeValidator(_private)]
_Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f<>]+$")]
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Scheme = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+-]{1,39}$"), AfterValidator(_scheme)]


class _Members(_Strict):
    redirect_uris: tuple[_Line, ...] = ()
    token_endpoint_auth_method: _Line | None = None
    token_endpoint_auth_signing_alg: _Line | None = None
    jwks_uri: _Line | None = None
    application_type: _Line | None = None


class _Document(_Strict):
    url: _Https
    source: _Line
    seen: date
    members: _Members = _Members()

    def known(self) -> KnownDocument:
        members: dict[str, Any] = self.members.model_dump(exclude_defaults=True)  # Any: members of JSON
        if members and not self.url.is_exact:
            raise KnownClientsError(f"{self.url} stands for several documents, so nothing can be pinned to it")
        return KnownDocument(url=self.url, source=self.source, seen=self.seen, members=members)


class _Agent(_Strict):
    id: _Id
    vendor: _Line
    name: _Line
    about: _Line
    source: _Line
    seen: date
    addresses: tuple[_Https, ...] = ()
    relays: tuple[_Https, ...] = ()
    schemes: tuple[_Private, ...] = ()
    loopback: tuple[_Loopback, ...] = ()
    documents: tuple[_Document, ...] = ()
    repair: tuple[_Line, ...] = ()
    quirks: tuple[_Line, ...] = ()

    def agent(self) -> Agent:
        """The entry as a record; the redirect URIs of its pinned documents must be its own."""
        documents = tuple(document.known() for document in self.documents)
        members: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}  # Any: each its type
        members["documents"] = documents
        agent = Agent(**members)
        for document in self.documents:
            for uri in document.members.redirect_uris:
                if not (agent.owns(uri) or agent.listens_at(uri)):
                    raise KnownClientsError(f"{self.id} pins {uri}, which is none of its redirect URIs")
        return agent


class _File(_Strict):
    format: int
    version: date
    redirect_schemes: tuple[_Scheme, ...] = ()
    forget_and_connect: tuple[_Line, ...] = ()
    agents: Annotated[tuple[_Agent, ...], Field(max_length=200)] = ()


def _clause(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    reason = first.get("ctx", {}).get("error") or first["msg"]
    return f"{place} {reason}" if isinstance(reason, ValueError) else f"{place}: {reason}"


KNOWN_CLIENTS = read_known_clients(files("doorward.oauth").joinpath("known_clients.toml").read_text("utf-8"))
"""The file that this version of Doorward brings."""
