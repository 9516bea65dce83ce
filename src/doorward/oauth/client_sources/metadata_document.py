"""Clients described by a document at the address that is their id (draft-ietf-oauth-client-id-metadata-document-00).

A copy in memory serves in front of a row, and only clients that a person allowed have a row; so a restart and other
processes keep what stale-if-error needs, and strangers can make nothing grow but a bounded memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from doorward.audit import AuditEvent, AuditTag
from doorward.kit.bounded_cache import AgingCache
from doorward.kit.fetch_target import read_fetch_target
from doorward.oauth.copies import GONE_CHECK, Copies, Copy
from doorward.oauth.fetching import Fetch, Fetched, FetchKind, FetchOutcome
from doorward.oauth.look_ups import DocumentLookUpNeeded, LookUpNeeded, NoLookUps
from doorward.oauth.pinned_documents import PinnedDocuments
from doorward.oauth.ports import OAuthDatabase, OAuthStores
from doorward.oauth.records import Client, StoredDocument

GONE_LIFETIME = timedelta(hours=24)
"""Gone for so long, a document is taken for revoked, and what it was allowed ends."""
KEPT_AGAIN_AFTER = timedelta(days=1)
REVIEW_AFTER = timedelta(hours=6)
REVIEW_GONE_AFTER = timedelta(hours=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MetadataDocumentClients:
    """Reads copies, and says when one has to be fetched."""

    database: OAuthDatabase
    copies: Copies[Client]
    rows: AgingCache[str, bool]
    """Whether a client had a row when that was last looked up."""
    pinned: PinnedDocuments
    allow_loopback: bool = False

    @property
    def describes_elsewhere(self) -> bool:
        """Yes: that is what its ids are."""
        return True

    @property
    def metadata(self) -> Mapping[str, object]:
        """draft-ietf-oauth-client-id-metadata-document-00 §5."""
        return {"client_id_metadata_document_supported": True}

    def recognises(self, client_id: str) -> bool:
        """Whether it is an address, in the one spelling that is accepted, of a document that may be fetched."""
        return (
            client_id.startswith("https://")
            and read_fetch_target(client_id, allow_loopback=self.allow_loopback) is not None
        )

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client as its copy describes it, however stale within a week; then as its document was pinned.

        A pinned document serves where the live one cannot be had: it failed, or there was no room to ask for it, of
        which nothing is kept. It does not where the live one is gone or wrong.
        """
        copy = self._copy(client_id, now)
        if copy is None:
            return self.pinned.client(client_id)
        may_stand_in = not copy.is_refuted and copy.gone_since is None
        return copy.usable(now) or (self.pinned.client(client_id) if may_stand_in else None)

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """Its document where there is no copy that could serve, and with `renew` where the copy is stale."""
        copy = self._copy(client_id, now)
        serves = copy is not None and copy.usable(now) is not None and not renew
        is_due = copy is None or copy.is_due(now)
        if serves or not is_due:
            return ()
        return (Fetch(FetchKind.CLIENT_METADATA, client_id, is_known=self._is_known(client_id, copy, now)),)

    def may_connect(self, client_id: str, now: datetime) -> bool:
        """Not once its host said "gone" twice, ten minutes apart, or serves something else in its place."""
        copy = self._copy(client_id, now)
        if copy is None:
            return self.pinned.client(client_id) is not None
        return not copy.is_refuted and copy.gone_for() < GONE_CHECK

    def is_live(self, stores: OAuthStores, client: Client, user_id: str) -> bool:
        """Always: whether it may connect was asked before, of a copy that nobody deletes."""
        return True

    def connected(self, stores: OAuthStores, client: Client, now: datetime) -> None:
        """Keep its document from now on; a row that says so already is left alone, for many may connect at once."""
        copy = self.copies.find(client.client_id)
        document = _at_rest(client.client_id, copy, now) if copy is not None else None
        kept = stores.client_documents.find(client.client_id)
        is_kept = kept is not None and now < kept.kept_at + KEPT_AGAIN_AFTER
        if document is not None and not is_kept:
            stores.client_documents.keep(document)

    def without_look_ups(self) -> "MetadataDocumentClients":
        """The same, from memory alone."""
        return replace(self, database=NoLookUps())

    def accept(self, fetched: Fetched) -> None:
        """Take an answer in, and keep it where there is a row; blocks."""
        client_id, before = fetched.fetch.url, self._copy(fetched.fetch.url, fetched.at)
        copy = self.copies.accept(fetched)
        if before is not None and before.body != copy.body:
            log.info("client_document_changed", client_id=client_id)
        if fetched.outcome is FetchOutcome.FOUND and not copy.is_refuted:
            self.pinned.compare(client_id, copy.body, fetched.at)
        if copy.is_refuted:
            log.info("client_document_refused", client_id=client_id, reason=copy.refusal)
        if self.rows.get(client_id, fetched.at) and (document := _at_rest(client_id, copy, fetched.at)) is not None:
            self.database.write(lambda stores: _update(stores, document, copy, fetched.at))

    def _is_known(self, client_id: str, copy: Copy[Client] | None, now: datetime) -> bool:
        """Whether somebody allowed it, it is pinned, or it was fetched well before: no stranger can make such up."""
        was_read = copy is not None and copy.usable(now) is not None
        return was_read or self.rows.get(client_id, now) is True or self.pinned.knows(client_id)

    def _copy(self, client_id: str, now: datetime) -> Copy[Client] | None:
        """The copy in memory, or the row's where that is newer; the row is read every few seconds at the most."""
        if self.rows.get(client_id, now) is None:
            document = self._row(client_id, now)
            self.rows.put(client_id, document is not None, now)
            known = self.copies.find(client_id)
            if document is not None and (known is None or known.attempted_at < document.attempted_at):
                self.copies.restore(client_id, document)
        return self.copies.find(client_id)

    def _row(self, client_id: str, now: datetime) -> StoredDocument | None:
        try:
            return self.database.read(lambda stores: stores.client_documents.find(client_id))
        except LookUpNeeded:
            is_known = self._is_known(client_id, self.copies.find(client_id), now)
            raise DocumentLookUpNeeded(is_known=is_known) from None


def _at_rest(client_id: str, copy: Copy[Client], now: datetime) -> StoredDocument | None:
    if copy.fetched_at is None:
        return None
    return StoredDocument(
        client_id=client_id,
        body=copy.body,
        fetched_at=copy.fetched_at,
        fresh_until=copy.fresh_until,
        attempted_at=copy.attempted_at,
        gone_since=copy.gone_since,
        is_refuted=copy.is_refuted,
        kept_at=now,
        review_at=now + (REVIEW_AFTER if copy.gone_since is None else REVIEW_GONE_AFTER),
    )


def _update(stores: OAuthStores, document: StoredDocument, copy: Copy[Client], at: datetime) -> None:
    stores.client_documents.update(document)
    if copy.gone_for() < GONE_LIFETIME:
        return
    ended = stores.authorizations.revoke_of_client(document.client_id, at=at, reason="document_gone")
    if ended:
        event = AuditEvent(
            tag=AuditTag.CLIENT_WITHDRAWN, at=at, client_id=document.client_id, detail={"authorizations": ended}
        )
        stores.audit.add(event)
