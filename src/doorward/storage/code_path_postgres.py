"""The code path on PostgreSQL: one round trip, prepared, past the query builder.

The lock comes before the statement and in a message of its own, because what a statement reads is as old as its
snapshot: one that took the lock itself would not see the rule that it had waited for. Both travel in one pipeline,
which is one transaction. The user's row is read again under its lock.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy import Connection

from doorward.audit import AuditTag
from doorward.identity.records import SessionKind
from doorward.oauth.ports import RememberedClaim
from doorward.oauth.records import EVERYBODY, ClientOrigin, Verdict
from doorward.storage.clients import HOLD
from doorward.storage.code_path_rules import Value, parameters_of
from doorward.storage.postgres_conflicts import retried

if TYPE_CHECKING:
    import psycopg

_HOLD = f"SELECT pg_advisory_xact_lock_shared({HOLD})".encode()
_ISSUE = f"""
WITH asking AS (
    SELECT s.user_id, s.authenticated_at
    FROM mcp.sessions s
    JOIN mcp.users u ON u.id = s.user_id
    JOIN mcp.consents k ON k.user_id = s.user_id AND k.client_id = %(client_id)s
        AND k.redirect_host = %(consent_host)s AND k.resource = %(resource)s
    JOIN mcp.oauth_clients c ON c.client_id = k.client_id
    WHERE s.token_hash = %(session_hash)s
      AND s.kind = '{SessionKind.BROWSER.value}'
      AND s.expires_at > %(now)s
      AND s.authenticated_at >= %(since)s
      AND u.disabled_at IS NULL
      AND c.origin = '{ClientOrigin.OPERATOR.value}'
      AND c.trusted
      AND c.client_name IS NOT DISTINCT FROM %(client_name)s
      AND c.redirect_uris = %(client_redirect_uris)s
      AND c.scope IS NOT DISTINCT FROM %(client_scope)s
      AND string_to_array(k.scope, ' ') @> string_to_array(%(scope)s, ' ')
      AND '{Verdict.ALLOW.value}' = COALESCE((
        SELECT r.verdict
        FROM mcp.client_rules r
        WHERE r.subject = ANY(%(restricting)s::text[])
          AND r.user_id IN ('{EVERYBODY}', s.user_id)
          AND (r.verdict <> '{Verdict.ALLOW.value}' OR r.subject = ANY(%(allowing)s::text[]))
        ORDER BY r.verdict = '{Verdict.DENY.value}' DESC, r.user_id = '{EVERYBODY}', r.verdict = '{Verdict.ASK.value}'
        LIMIT 1
      ), '{Verdict.ALLOW.value}')
    FOR SHARE OF u
), granted AS (
    INSERT INTO mcp.authorizations (
        id, public_id, interaction_id, user_id, client_id, client_name, redirect_uri, redirect_host, scope, resource,
        auth_time, created_at, expires_at, refresh_current, restored, agent)
    SELECT %(id)s, %(public_id)s, %(interaction_id)s, user_id, %(client_id)s, %(client_name)s, %(redirect_uri)s,
        %(redirect_host)s, %(scope)s, %(resource)s, authenticated_at, %(now)s, %(expires_at)s, 0, FALSE,
        %(agent)s
    FROM asking
    ON CONFLICT DO NOTHING
    RETURNING id, user_id
), coded AS (
    INSERT INTO mcp.oauth_codes (
        code_hash, authorization_id, client_id, redirect_uri, code_challenge, resource, created_at, expires_at,
        failed_attempts)
    SELECT %(code_hash)s, id, %(client_id)s, %(redirect_uri)s, %(code_challenge)s, %(resource)s, %(now)s,
        %(code_expires_at)s, 0
    FROM granted
), touched AS (
    UPDATE mcp.oauth_clients
    SET last_used_at = %(now)s
    FROM granted
    WHERE client_id = %(client_id)s AND (last_used_at IS NULL OR last_used_at <= %(touched_before)s)
), audited AS (
    INSERT INTO mcp.audit_events (at, tag, user_id, client_id, public_id, address, request_id, detail)
    SELECT %(now)s, '{AuditTag.AUTHORIZATION_GRANTED.value}', user_id, %(client_id)s, %(public_id)s, %(address)s,
        %(request_id)s, %(detail)s
    FROM granted
)
SELECT user_id FROM granted
""".encode()  # noqa: S608 - constants


class _Connections(Protocol):
    def connection(self) -> AbstractContextManager[Connection]: ...


class PostgresCodePath:
    """The hot verb of the authorization endpoint."""

    def __init__(self, database: _Connections) -> None:
        self._connections = database

    def issue_remembered(self, claim: RememberedClaim, now: datetime) -> bool:
        lists = {"restricting": _array(claim.restricting_subjects), "allowing": _array(claim.allowing_subjects)}
        parameters = {**parameters_of(claim, now), **lists}
        return retried(lambda: self._run_once(parameters))

    def _run_once(self, parameters: dict[str, Value]) -> bool:
        with self._connections.connection() as connection:
            raw = cast("psycopg.Connection[tuple[str]]", connection.connection.driver_connection)
            with raw.pipeline():
                raw.execute(_HOLD, prepare=True)
                cursor = raw.execute(_ISSUE, parameters, prepare=True)
            return cursor.fetchone() is not None


def _array(texts: Iterable[str]) -> str:
    """Return texts as PostgreSQL writes an array; the driver asks each element for its type, which takes longer."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
