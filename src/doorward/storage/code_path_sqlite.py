"""The code path on SQLite: one unit past the query builder; nothing else writes meanwhile."""

import json
import sqlite3
from datetime import datetime

from doorward.audit import AuditTag
from doorward.identity.records import SessionKind
from doorward.oauth.ports import RememberedClaim
from doorward.oauth.records import EVERYBODY, ClientOrigin, Verdict
from doorward.storage.code_path_rules import Value, parameters_of
from doorward.storage.group_commit import GroupCommit
from doorward.storage.loop_commit import LoopCommit
from doorward.storage.sqlite_errors import telling_unavailable

_GRANT = f"""
INSERT INTO authorizations (
    id, public_id, interaction_id, user_id, client_id, client_name, redirect_uri, redirect_host, scope, resource,
    auth_time, created_at, expires_at, refresh_current, restored, agent)
SELECT :id, :public_id, :interaction_id, s.user_id, c.client_id, :client_name, :redirect_uri, :redirect_host, :scope,
    :resource, s.authenticated_at, :now, :expires_at, 0, 0, :agent
FROM sessions s
JOIN users u ON u.id = s.user_id
JOIN consents k ON k.user_id = s.user_id AND k.client_id = :client_id
    AND k.redirect_host = :consent_host AND k.resource = :resource
JOIN oauth_clients c ON c.client_id = k.client_id
WHERE s.token_hash = :session_hash
  AND s.kind = '{SessionKind.BROWSER.value}'
  AND s.expires_at > :now
  AND s.authenticated_at >= :since
  AND u.disabled_at IS NULL
  AND c.origin = '{ClientOrigin.OPERATOR.value}'
  AND c.trusted
  AND c.client_name IS :client_name
  AND c.redirect_uris = :client_redirect_uris
  AND c.scope IS :client_scope
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:scope_tokens) t WHERE instr(' ' || k.scope || ' ', ' ' || t.value || ' ') = 0
  )
  AND '{Verdict.ALLOW.value}' = COALESCE((
    SELECT r.verdict
    FROM client_rules r
    WHERE r.subject IN (SELECT value FROM json_each(:restricting))
      AND r.user_id IN ('{EVERYBODY}', s.user_id)
      AND (r.verdict <> '{Verdict.ALLOW.value}' OR r.subject IN (SELECT value FROM json_each(:allowing)))
    ORDER BY r.verdict = '{Verdict.DENY.value}' DESC, r.user_id = '{EVERYBODY}', r.verdict = '{Verdict.ASK.value}'
    LIMIT 1
  ), '{Verdict.ALLOW.value}')
ON CONFLICT DO NOTHING
RETURNING user_id
"""  # noqa: S608 - a constant

_CODE = """
INSERT INTO oauth_codes (
    code_hash, authorization_id, client_id, redirect_uri, code_challenge, resource, created_at, expires_at,
    failed_attempts)
VALUES (:code_hash, :id, :client_id, :redirect_uri, :code_challenge, :resource, :now, :code_expires_at, 0)
"""

_TOUCH = """
UPDATE oauth_clients
SET last_used_at = :now
WHERE client_id = :client_id AND (last_used_at IS NULL OR last_used_at <= :touched_before)
"""

_AUDIT = f"""
INSERT INTO audit_events (at, tag, user_id, client_id, public_id, address, request_id, detail)
VALUES (:now, '{AuditTag.AUTHORIZATION_GRANTED.value}', :user_id, :client_id, :public_id, :address, :request_id,
    :detail)
"""  # noqa: S608 - a constant


class SqliteCodePath:
    """The hot verb of the authorization endpoint; it answers after its commit."""

    def __init__(self, writer: GroupCommit, loop: LoopCommit | None) -> None:
        self._writer = writer
        self._run_awaited = writer.run_awaited if loop is None else loop.run

    def issue_remembered(self, claim: RememberedClaim, now: datetime) -> bool:
        parameters = _parameters(claim, now)
        with telling_unavailable():
            return self._writer.run(lambda connection: _issue(connection, parameters))

    async def issue(self, claim: RememberedClaim, now: datetime) -> bool:
        """The same for a coroutine."""
        parameters = _parameters(claim, now)
        with telling_unavailable():
            return await self._run_awaited(lambda connection: _issue(connection, parameters))


def _parameters(claim: RememberedClaim, now: datetime) -> dict[str, Value]:
    lists = {
        "scope_tokens": json.dumps(claim.scope.tokens),
        "restricting": json.dumps(sorted(claim.restricting_subjects)),
        "allowing": json.dumps(sorted(claim.allowing_subjects)),
    }
    return {**parameters_of(claim, now), **lists}


def _issue(connection: sqlite3.Connection, parameters: dict[str, Value]) -> bool:
    granted = connection.execute(_GRANT, parameters).fetchall()
    if not granted:
        return False
    ((user_id,),) = granted
    connection.execute(_CODE, parameters)
    connection.execute(_TOUCH, parameters)
    connection.execute(_AUDIT, {**parameters, "user_id": user_id})
    return True
