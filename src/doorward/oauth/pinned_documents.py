"""Pinned Client ID Metadata Documents: what stands in for one that cannot be fetched, and how one differs (R15)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag
from doorward.kit.bounded_cache import BoundedCache
from doorward.kit.strict_json import read_object
from doorward.oauth.bounded_audit import BoundedAudit
from doorward.oauth.copies import Unreadable
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.oauth.records import Client


def pinned_document(url: str, known: KnownClients = KNOWN_CLIENTS) -> dict[str, object] | None:
    """The document that may stand in while the one at `url` cannot be fetched; None when too little of it is known.

    Its name is the one this server knows the agent by; nothing else is in it but what was pinned.
    """
    for agent in known.agents:
        document = agent.document(url)
        if document is not None and document.url.is_exact and document.members.get("redirect_uris"):
            return {"client_id": url, "client_name": agent.name, **_as_json(document.members)}
    return None


def differs_from_pin(url: str, document: Mapping[str, object], known: KnownClients = KNOWN_CLIENTS) -> tuple[str, ...]:
    """The names of the pinned members that a live document has otherwise, sorted; empty when nothing is pinned.

    The order of a list means nothing, and members that are not pinned are nobody's business.
    """
    for agent in known.agents:
        pinned = agent.document(url)
        if pinned is not None and pinned.url.is_exact:
            members = _as_json(pinned.members)
            return tuple(sorted(name for name in members if _plain(document.get(name)) != _plain(members[name])))
    return ()


class PinAlerts:
    """Remembers which differences were told, so that each change is told once and not at every fetch."""

    def __init__(self, known: KnownClients = KNOWN_CLIENTS, *, size: int = 1_000) -> None:
        self._known = known
        self._told: BoundedCache[str, str] = BoundedCache(size)

    def news(self, url: str, document: Mapping[str, object]) -> tuple[str, ...]:
        """The names of the pinned members that differ, if they do so in another way than when last asked; else none."""
        names = differs_from_pin(url, document, self._known)
        seen = repr([_plain(document.get(name)) for name in names])
        if names and self._told.get(url) != seen:
            self._told.put(url, seen)
            return names
        return ()


class PinnedDocuments:
    """The documents that are known beforehand; `read` makes a client of one or raises Unreadable."""

    def __init__(self, known: KnownClients, read: Callable[[str, bytes], Client], audit: BoundedAudit) -> None:
        self._known = known
        self._read = read
        self._audit = audit
        self._alerts = PinAlerts(known)

    def knows(self, url: str) -> bool:
        """Whether exactly that address is one of them."""
        found = (agent.document(url) for agent in self._known.agents)
        return any(document is not None and document.url.is_exact for document in found)

    def client(self, url: str) -> Client | None:
        """The client that the pinned document at that address describes, by today's rules."""
        pinned = pinned_document(url, self._known)
        try:
            return self._read(url, json.dumps(pinned).encode()) if pinned is not None else None
        except Unreadable:
            return None

    def compare(self, url: str, body: bytes, at: datetime) -> None:
        """Tell operators, once for each change, that a live document is not as it was pinned; blocks."""
        changed = self._alerts.news(url, read_object(body))
        if changed:
            detail = {"changed": " ".join(changed)}
            event = AuditEvent(tag=AuditTag.CLIENT_DOCUMENT_CHANGED, at=at, client_id=url, detail=detail)
            self._audit.record(event)


def _as_json(members: Mapping[str, object]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in members.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _plain(value: object) -> object:
    return sorted(map(repr, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType]
