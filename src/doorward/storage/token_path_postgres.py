"""The token path on PostgreSQL: one statement each, prepared, in autocommit, past the query builder.

Verdict and values come from the UPDATE of the Authorization itself: that row is read again under its lock, while
everything else a statement reads is as old as its snapshot. Redemption locks that row first and consumes the code
second, so that a revocation that wins the race leaves the code as it was.
"""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

from psycopg.errors import UniqueViolation
from sqlalchemy import Connection

from doorward.audit import AuditTag
from doorward.kit.unit_of_work import Database
from doorward.oauth.ports import Claim, CodeClaim, Redeemed, RefreshClaim
from doorward.oauth.records import UsedAssertion
from doorward.storage.column_types import is_storable, to_microseconds
from doorward.storage.postgres_conflicts import retried
from doorward.storage.stores import SqlStores
from doorward.storage.token_path_rules import (
    ANSWER,
    Explanations,
    Row,
    Value,
    answer,
    assertion_parameters,
    code_parameters,
    refresh_parameters,
)

if TYPE_CHECKING:
    import psycopg

USE = b"""
INSERT INTO mcp.used_assertions (assertion_hash, expires_at)
VALUES (%(assertion_hash)s, %(assertion_expires_at)s)
ON CONFLICT DO NOTHING
RETURNING 1
"""


def _with_assertion(statement: bytes, accepted: str) -> bytes:
    """The same statement for a claim with an assertion: used before, it breaks the key and nothing has happened."""
    use = f"""), used AS (
    INSERT INTO mcp.used_assertions (assertion_hash, expires_at)
    SELECT %(assertion_hash)s, %(assertion_expires_at)s FROM {accepted}
), audited AS ("""  # noqa: S608 - constants
    return statement.replace(b"), audited AS (", use.encode())


REDEEM = f"""
WITH live AS (
    SELECT id FROM mcp.authorizations
    WHERE id = (SELECT authorization_id FROM mcp.oauth_codes WHERE code_hash = %(code_hash)s)
      AND revoked_at IS NULL
    FOR NO KEY UPDATE
), consumed AS (
    UPDATE mcp.oauth_codes
    SET consumed_at = %(now)s
    FROM live
    WHERE code_hash = %(code_hash)s
      AND authorization_id = live.id
      AND client_id = %(client_id)s
      AND (%(redirect_uri)s::text IS NULL OR redirect_uri = %(redirect_uri)s)
      AND code_challenge = %(code_challenge)s
      AND (%(resource)s::text IS NULL OR resource = %(resource)s)
      AND consumed_at IS NULL
      AND voided_at IS NULL
      AND expires_at > %(now)s
      AND failed_attempts < %(max_failures)s
    RETURNING authorization_id
), activated AS (
    UPDATE mcp.authorizations
    SET activated_at = %(now)s, last_used_at = %(now)s, rotated_at = %(now)s,
        refresh_current = 1, refresh_predecessor = NULL
    FROM consumed
    WHERE id = consumed.authorization_id AND revoked_at IS NULL
    RETURNING {ANSWER}
), audited AS (
    INSERT INTO mcp.audit_events (at, tag, user_id, client_id, public_id, address, request_id, detail)
    SELECT %(now)s, '{AuditTag.CODE_REDEEMED.value}', user_id, client_id, public_id, %(address)s, %(request_id)s, '{{}}'
    FROM activated
)
SELECT {ANSWER} FROM activated
""".encode()  # noqa: S608 - constants
REDEEM_ONCE = _with_assertion(REDEEM, "activated")

ROTATE = f"""
WITH moved AS (
    UPDATE mcp.authorizations
    SET last_used_at = %(now)s,
        refresh_current = CASE
            WHEN refresh_current = %(generation)s THEN refresh_current + 1
            WHEN refresh_predecessor = %(generation)s AND rotated_at > %(rotated_after)s THEN refresh_current
            WHEN refresh_predecessor = %(generation)s THEN refresh_current + 1
            ELSE %(generation)s::bigint + 1 END,
        refresh_predecessor = %(generation)s,
        rotated_at = CASE
            WHEN refresh_predecessor = %(generation)s AND rotated_at > %(rotated_after)s THEN rotated_at
            ELSE %(now)s END,
        restored = restored AND %(generation)s <= refresh_current
    WHERE id = %(id)s
      AND client_id = %(client_id)s
      AND (%(resource)s::text IS NULL OR resource = %(resource)s)
      AND (%(scope)s::text IS NULL OR scope = %(scope)s)
      AND revoked_at IS NULL
      AND activated_at IS NOT NULL
      AND expires_at > %(now)s
      AND last_used_at > %(used_after)s
      AND (%(generation)s IN (refresh_current, refresh_predecessor)
           OR (restored AND %(generation)s > refresh_current))
    RETURNING {ANSWER}
), audited AS (
    INSERT INTO mcp.audit_events (at, tag, user_id, client_id, public_id, address, request_id, detail)
    SELECT %(now)s, '{AuditTag.REFRESH_TOKEN_ROTATED.value}', user_id, client_id, public_id,
        %(address)s, %(request_id)s, '{{"generation":' || refresh_current || '}}'
    FROM moved
)
SELECT {ANSWER} FROM moved
""".encode()  # noqa: S608 - constants
ROTATE_ONCE = _with_assertion(ROTATE, "moved")


_IS_LIVE = b"""
SELECT true FROM mcp.authorizations
WHERE public_id = %(public_id)s AND revoked_at IS NULL AND activated_at IS NOT NULL AND expires_at > %(now)s
"""


class _Connections(Database[SqlStores], Protocol):
    def connection(self) -> AbstractContextManager[Connection]: ...


def statement_for(claim: Claim) -> bytes:
    """Return the one statement that decides a claim."""
    plain, once = (REDEEM, REDEEM_ONCE) if isinstance(claim, CodeClaim) else (ROTATE, ROTATE_ONCE)
    return plain if claim.assertion is None else once


class PostgresTokenPath(Explanations):
    """The hot verbs; each is one round trip."""

    def __init__(self, database: _Connections) -> None:
        super().__init__(database)
        self._connections = database

    def redeem_code(self, claim: CodeClaim, now: datetime) -> Redeemed | None:
        parameters = code_parameters(claim, now)
        return None if parameters is None else self.run(statement_for(claim), parameters)

    def rotate_refresh_token(self, claim: RefreshClaim, now: datetime) -> Redeemed | None:
        parameters = refresh_parameters(claim, now)
        return None if parameters is None else self.run(statement_for(claim), parameters)

    def use_assertion(self, assertion: UsedAssertion) -> bool:
        return retried(lambda: self._ask(USE, assertion_parameters(assertion))) is not None

    def is_live(self, public_id: str, now: datetime) -> bool:
        if not is_storable(public_id):
            return False
        parameters: dict[str, Value] = {"public_id": public_id, "now": to_microseconds(now)}
        return retried(lambda: self._ask(_IS_LIVE, parameters)) is not None

    def run(self, statement: bytes, parameters: dict[str, Value]) -> Redeemed | None:
        """Send a statement of the token path; what others got in the way of is sent again."""
        try:
            row = retried(lambda: self._ask(statement, parameters))
        except UniqueViolation:
            if parameters["assertion_hash"] is None:
                raise
            return None
        return None if row is None else answer(cast("Row", row))

    def _ask(self, statement: bytes, parameters: dict[str, Value]) -> tuple[object, ...] | None:
        with self._connections.connection() as connection:
            raw = cast("psycopg.Connection[tuple[object, ...]]", connection.connection.driver_connection)
            return raw.execute(statement, parameters, prepare=True).fetchone()
