"""Which agent is behind a client: told by where its answers go and by its document, never by its name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from doorward.kit import urls
from doorward.oauth.uri_pattern import UriPattern


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """A Client ID Metadata Document of an agent, and what is known to stand in it."""

    url: UriPattern
    source: str = ""
    seen: date | None = None
    members: Mapping[str, object] = field(default_factory=dict[str, object])
    """The pinned members; empty when nothing of it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A program that people know by one name, whatever it registers as."""

    id: str
    vendor: str
    name: str
    about: str
    """Where it runs, in words for people."""
    addresses: tuple[UriPattern, ...] = ()
    """Redirect URIs on the vendor's own hosts: an answer there reaches the agent and nobody else."""
    relays: tuple[UriPattern, ...] = ()
    """Redirect URIs on the vendor's hosts that pass the answer on to a program on the person's computer."""
    schemes: tuple[UriPattern, ...] = ()
    """Redirect URIs with a private-use scheme, which a computer opens with whatever claims it (RFC 8252 §8.6)."""
    loopback: tuple[UriPattern, ...] = ()
    """Where it listens on the person's computer; any other program can do the same."""
    documents: tuple[KnownDocument, ...] = ()
    repair: tuple[str, ...] = ()
    """What a person does when it uses a registration that this server does not have; one sentence each."""
    quirks: tuple[str, ...] = ()
    """How it departs from what one would expect; one sentence each, for operators."""
    source: str
    seen: date
    """Where, and when, all this was read."""

    def owns(self, uri: str) -> bool:
        """Whether the redirect URI is this agent's and no other's."""
        return any(pattern.matches(uri) for pattern in (*self.addresses, *self.relays, *self.schemes))

    def is_reached_at(self, uri: str) -> bool:
        """Whether an answer there reaches it and nobody else."""
        return any(pattern.matches(uri) for pattern in self.addresses)

    def listens_at(self, uri: str) -> bool:
        """Whether it could be listening there."""
        return any(pattern.matches(uri) for pattern in self.loopback)

    def document(self, url: str) -> KnownDocument | None:
        """Its Client ID Metadata Document at that address."""
        found = [document for document in self.documents if document.url.matches(url)]
        return min(found, key=lambda document: not document.url.is_exact, default=None)


@dataclass(frozen=True, slots=True)
class Identity:
    """An agent that a client is, or looks like."""

    agent: Agent
    is_certain: bool
    """Whether the answer goes to the vendor's own address; else a program on the person's computer may pretend."""


def identify(
    agents: Iterable[Agent], *, client_id: str, redirect_uris: Iterable[str], redirect_uri: str
) -> Identity | None:
    """The agent behind a request of a client for an answer at `redirect_uri`, or None.

    Every redirect URI that is not on the person's computer must be that agent's: a client that could also be answered
    elsewhere is nobody's. A client id that is an address must be that agent's document, too.
    Loopback addresses alone tell nothing: any program can register them.
    """
    asked = (*redirect_uris, redirect_uri)
    elsewhere = [uri for uri in asked if not is_loopback(uri)]
    is_document = client_id_host(client_id) is not None
    if not elsewhere and not is_document:
        return None
    candidates = [_documented(agents, client_id)] if is_document else agents
    for agent in filter(None, candidates):
        if not all(agent.owns(uri) for uri in elsewhere):
            continue
        if is_document or agent.owns(redirect_uri) or agent.listens_at(redirect_uri):
            return Identity(agent, agent.is_reached_at(redirect_uri))
    return None


def candidates(agents: Iterable[Agent], *, client_id: str | None, redirect_uri: str | None) -> tuple[Agent, ...]:
    """Those that may have sent a request that cannot be trusted: to tell a person what to mend, and no more."""
    known = tuple(agents)
    if client_id is not None and (agent := _documented(known, client_id)) is not None:
        return (agent,)
    if redirect_uri is None:
        return ()
    owners = tuple(agent for agent in known if agent.owns(redirect_uri))
    return owners or tuple(agent for agent in known if agent.listens_at(redirect_uri))


def client_id_host(client_id: str) -> str | None:
    """The host of a client id that is the address of a Client ID Metadata Document, else None."""
    uri = urls.parse(client_id) if client_id.startswith("https://") else None
    return uri.host.lower() if uri is not None and uri.host and uri.path not in ("", "/") else None


def is_loopback(uri: str) -> bool:
    """Whether the redirect URI is an http address on the person's own computer."""
    parsed = urls.parse(uri)
    return parsed is not None and parsed.scheme == "http" and parsed.is_loopback


def _documented(agents: Iterable[Agent], client_id: str) -> Agent | None:
    """The agent whose document has that address; one that is named exactly before one that is meant by a pattern."""
    found = [(document.url.is_exact, agent) for agent in agents if (document := agent.document(client_id))]
    return max(found, key=lambda pair: pair[0], default=(False, None))[1]
