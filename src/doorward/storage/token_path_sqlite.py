"""The token path on SQLite: one unit on the writer thread or the event loop's, past the query builder."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial

from doorward.audit import AuditTag
from doorward.kit.unit_of_work import Database
from doorward.oauth.ports import Claim, CodeClaim, Redeemed, RefreshClaim
from doorward.oauth.records import UsedAssertion
from doorward.storage.column_types import is_storable, to_microseconds
from doorward.storage.group_commit import GroupCommit
from doorward.storage.loop_commit import LoopCommit
from doorward.storage.sqlite_errors import telling_unavailable
from doorward.storage.stores import SqlStores
from doorward.storage.token_path_rules import (
    ANSWER,
    Explanations,
    Value,
    answer,
    assertion_parameters,
    code_parameters,
    refresh_parameters,
)

_ACTIVATE = f"""
UPDATE authorizations
SET activated_at = :now, last_used_at = :now, rotated_at = :now, refresh_current = 1, refresh_predecessor = NULL
WHERE id = :id AND revoked_at IS NULL
RETURNING {ANSWER}
"""  # noqa: S608 - a constant

_CONSUME = """
UPDATE oauth_codes
SET consumed_at = :now
WHERE code_hash = :code_hash
  AND client_id = :client_id
  AND (:redirect_uri IS NULL OR redirect_uri = :redirect_uri)
  AND code_challenge = :code_challenge
  AND (:resource IS NULL OR resource = :resource)
  AND consumed_at IS NULL
  AND voided_at IS NULL
  AND expires_at > :now
  AND failed_attempts < :max_failures
  AND EXISTS (SELECT 1 FROM authorizations a WHERE a.id = authorization_id AND a.revoked_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM used_assertions u WHERE u.assertion_hash = :assertion_hash)
RETURNING authorization_id
"""

_ROTATE = f"""
UPDATE authorizations
SET last_used_at = :now,
    refresh_current = CASE
        WHEN refresh_current = :generation THEN refresh_current + 1
        WHEN refresh_predecessor = :generation AND rotated_at > :rotated_after THEN refresh_current
        WHEN refresh_predecessor = :generation THEN refresh_current + 1
        ELSE :generation + 1 END,
    refresh_predecessor = :generation,
    rotated_at = CASE
        WHEN refresh_predecessor = :generation AND rotated_at > :rotated_after THEN rotated_at
        ELSE :now END,
    restored = CASE WHEN :generation > refresh_current THEN 0 ELSE restored END
WHERE id = :id
  AND client_id = :client_id
  AND (:resource IS NULL OR resource = :resource)
  AND (:scope IS NULL OR scope = :scope)
  AND revoked_at IS NULL
  AND activated_at IS NOT NULL
  AND expires_at > :now
  AND last_used_at > :used_after
  AND (:generation IN (refresh_current, refresh_predecessor) OR (restored AND :generation > refresh_current))
  AND NOT EXISTS (SELECT 1 FROM used_assertions u WHERE u.assertion_hash = :assertion_hash)
RETURNING {ANSWER}
"""  # noqa: S608 - a constant

_IS_LIVE = """
SELECT 1 FROM authorizations
WHERE public_id = ? AND revoked_at IS NULL AND activated_at IS NOT NULL AND expires_at > ?
"""

_USE = """
INSERT INTO used_assertions (assertion_hash, expires_at) VALUES (:assertion_hash, :assertion_expires_at)
"""
_USE_IF_NEW = f"{_USE} ON CONFLICT DO NOTHING"

_AUDIT = """
INSERT INTO audit_events (at, tag, user_id, client_id, public_id, address, request_id, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


class SqliteTokenPath(Explanations):
    """The hot verbs; each answers after its commit."""

    def __init__(self, writer: GroupCommit, loop: LoopCommit | None, database: Database[SqlStores]) -> None:
        super().__init__(database)
        self._writer = writer
        self._run_awaited = loop.run if loop is not None else writer.run_awaited

    def redeem_code(self, claim: CodeClaim, now: datetime) -> Redeemed | None:
        parameters = code_parameters(claim, now)
        return None if parameters is None else self._run(lambda connection: _redeem(connection, parameters))

    def rotate_refresh_token(self, claim: RefreshClaim, now: datetime) -> Redeemed | None:
        parameters = refresh_parameters(claim, now)
        return None if parameters is None else self._run(lambda connection: _rotate(connection, parameters))

    def is_live(self, public_id: str, now: datetime) -> bool:
        if not is_storable(public_id):
            return False
        parameters = (public_id, to_microseconds(now))
        return self._database.read(
            lambda stores: stores.connection.exec_driver_sql(_IS_LIVE, parameters).first() is not None
        )

    def use_assertion(self, assertion: UsedAssertion) -> bool:
        parameters = assertion_parameters(assertion)
        with telling_unavailable():
            return self._writer.run(lambda connection: connection.execute(_USE_IF_NEW, parameters).rowcount > 0)

    async def present(self, claim: Claim, now: datetime) -> Redeemed | None:
        """Redeem or rotate for a coroutine."""
        with telling_unavailable():
            if isinstance(claim, CodeClaim):
                verb, parameters = _redeem, code_parameters(claim, now)
            else:
                verb, parameters = _rotate, refresh_parameters(claim, now)
            if parameters is None:
                return None
            return await self._run_awaited(partial(verb, parameters=parameters))

    def release(self) -> None:
        """Let go of the running loop: nothing here holds on to it."""

    def _run(self, unit: Callable[[sqlite3.Connection], Redeemed | None]) -> Redeemed | None:
        with telling_unavailable():
            return self._writer.run(unit)


def _redeem(connection: sqlite3.Connection, parameters: dict[str, Value]) -> Redeemed | None:
    consumed = connection.execute(_CONSUME, parameters).fetchall()
    if not consumed:
        return None
    ((authorization_id,),) = consumed
    (row,) = connection.execute(_ACTIVATE, {"now": parameters["now"], "id": authorization_id}).fetchall()
    return _audited(connection, AuditTag.CODE_REDEEMED, answer(row), parameters, "{}")


def _rotate(connection: sqlite3.Connection, parameters: dict[str, Value]) -> Redeemed | None:
    rows = connection.execute(_ROTATE, parameters).fetchall()
    if not rows:
        return None
    redeemed = answer(rows[0])
    detail = f'{{"generation":{redeemed.generation}}}'
    return _audited(connection, AuditTag.REFRESH_TOKEN_ROTATED, redeemed, parameters, detail)


def _audited(
    connection: sqlite3.Connection, tag: AuditTag, redeemed: Redeemed, parameters: dict[str, Value], detail: str
) -> Redeemed:
    where = (parameters["address"], parameters["request_id"])
    who = (redeemed.user_id, redeemed.client_id, redeemed.public_id)
    connection.execute(_AUDIT, (parameters["now"], tag.value, *who, *where, detail))
    if parameters["assertion_hash"] is not None:  # nobody else writes meanwhile, and it was new when this began
        connection.execute(_USE, parameters)
    return redeemed
