"""Removes what is over, in small batches."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select, tuple_, update

from doorward.oauth.access_requests import ACCESS_REQUEST_LIFETIME
from doorward.storage import schema
from doorward.storage.client_documents import has_live_authorization
from doorward.storage.statements import delete_some

CODE_TOMBSTONE_LIFETIME = timedelta(days=1)
"""How long after its end a code is still recognised, so that a replay is."""
AUTHORIZATION_TOMBSTONE_LIFETIME = timedelta(days=30)
CLIENT_DOCUMENT_LIFETIME = timedelta(days=30)
"""Since a person last allowed the client, and while nobody is connected to it."""
MAX_CLIENT_DOCUMENTS = 10_000
API_KEY_TOMBSTONE_LIFETIME = timedelta(days=30)
"""Both are longer than any access token lives, so that the revocation feed misses none."""
INITIAL_ACCESS_TOKEN_TOMBSTONE_LIFETIME = timedelta(days=30)
"""How long after its end an initial access token is still listed."""
USED_ASSERTION_TOMBSTONE_LIFETIME = timedelta(minutes=5)
"""Longer than the clocks of two processes on one database differ."""


class SqlSweeper:
    """The sweeper; every pass deletes at most `limit` rows of each kind."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sweep(self, now: datetime, *, audit_retention: timedelta, limit: int) -> int:
        gone = self._sweep_codes(now - CODE_TOMBSTONE_LIFETIME, limit)
        for column, until in (
            (schema.sessions.c.expires_at, now),
            (schema.invitations.c.expires_at, now),
            (schema.throttle.c.free_at, now),
            (schema.access_requests.c.created_at, now - ACCESS_REQUEST_LIFETIME),
            (schema.api_keys.c.revoked_at, now - API_KEY_TOMBSTONE_LIFETIME),
            (schema.used_assertions.c.expires_at, now - USED_ASSERTION_TOMBSTONE_LIFETIME),
            (schema.audit_events.c.at, now - audit_retention),
        ):
            gone += len(delete_some(self._connection, column.table, column <= until, order_by=column, limit=limit))
        gone += self._forget_old_secrets(now, limit)
        gone += self._sweep_initial_access_tokens(now - INITIAL_ACCESS_TOKEN_TOMBSTONE_LIFETIME, limit)
        gone += self._sweep_documents(now, limit)
        gone += self._sweep_declined_scopes(now, limit)
        return gone + self._sweep_authorizations(now - AUTHORIZATION_TOMBSTONE_LIFETIME, limit)

    def _forget_old_secrets(self, now: datetime, limit: int) -> int:
        """Forget replaced client secrets whose time is over; they count for nothing since then."""
        clients = schema.clients
        over = clients.c.old_secrets_expire_at <= now
        picked = select(clients.c.client_id).where(over).order_by(clients.c.old_secrets_expire_at).limit(limit)
        if self._connection.dialect.name == "postgresql":
            picked = picked.with_for_update(skip_locked=True)
        forgotten = update(clients).where(clients.c.client_id.in_(picked), over)
        return self._connection.execute(forgotten.values(old_secret_hashes=None, old_secrets_expire_at=None)).rowcount

    def _sweep_initial_access_tokens(self, ended_before: datetime, limit: int) -> int:
        """Delete those that ended long ago; operators make them, so there are few."""
        tokens = schema.initial_access_tokens
        used_up = (tokens.c.uses_left == 0) & (tokens.c.last_used_at <= ended_before)
        over = (tokens.c.expires_at <= ended_before) | (tokens.c.revoked_at <= ended_before) | used_up
        return len(delete_some(self._connection, tokens, over, order_by=tokens.c.created_at, limit=limit))

    def _sweep_documents(self, now: datetime, limit: int) -> int:
        """Delete the documents of clients that nobody is connected to any more, and the oldest above the cap."""
        documents = schema.client_documents
        unused = (documents.c.kept_at <= now - CLIENT_DOCUMENT_LIFETIME) & ~has_live_authorization(now)
        gone = len(delete_some(self._connection, documents, unused, order_by=documents.c.kept_at, limit=limit))
        newest = select(documents.c.kept_at).order_by(documents.c.kept_at.desc())
        first_above = self._connection.scalar(newest.offset(MAX_CLIENT_DOCUMENTS).limit(1))
        if first_above is None:
            return gone
        above = documents.c.kept_at <= first_above
        return gone + len(delete_some(self._connection, documents, above, order_by=documents.c.kept_at, limit=limit))

    def _sweep_codes(self, ended_before: datetime, limit: int) -> int:
        """Delete dead codes, and with its last code an Authorization that was never opened."""
        codes, authorizations = schema.codes, schema.authorizations
        over = codes.c.expires_at <= ended_before
        owners = delete_some(
            self._connection, codes, over, order_by=codes.c.expires_at, limit=limit, returning=codes.c.authorization_id
        )
        if not owners:
            return 0
        orphaned = ~exists().where(codes.c.authorization_id == authorizations.c.id)
        never_opened = authorizations.c.activated_at.is_(None) & (authorizations.c.created_at <= ended_before)
        unopened = delete(authorizations).where(authorizations.c.id.in_(set(owners)), never_opened, orphaned)
        return len(owners) + self._connection.execute(unopened).rowcount

    def _sweep_declined_scopes(self, ended_before: datetime, limit: int) -> int:
        table = schema.declined_scopes
        key = tuple_(*table.primary_key.columns)
        over = select(*table.primary_key.columns).where(table.c.expires_at <= ended_before)
        picked = over.order_by(table.c.expires_at).limit(limit)
        return self._connection.execute(delete(table).where(key.in_(picked))).rowcount

    def _sweep_authorizations(self, ended_before: datetime, limit: int) -> int:
        gone = 0
        for column in (schema.authorizations.c.expires_at, schema.authorizations.c.revoked_at):
            over = column <= ended_before
            gone += len(delete_some(self._connection, schema.authorizations, over, order_by=column, limit=limit - gone))
        return gone
