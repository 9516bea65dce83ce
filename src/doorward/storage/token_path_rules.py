"""What the token path's statements mean on both engines: their parameters, and their answers."""

from datetime import datetime

from doorward.kit.unit_of_work import Database
from doorward.oauth.ports import MAX_FAILED_REDEMPTIONS, Claim, CodeClaim, Redeemed, RefreshClaim
from doorward.oauth.records import Authorization, AuthorizationCode, UsedAssertion
from doorward.oauth.scope import Scope
from doorward.storage.column_types import (
    clean,
    duration_microseconds,
    from_microseconds,
    is_storable,
    to_microseconds,
)
from doorward.storage.stores import SqlStores

Value = str | bytes | int | None
Row = tuple[bytes, str, str, str, str, str, int, int, int]
ANSWER = "id, public_id, user_id, client_id, scope, resource, auth_time, expires_at, refresh_current"
"""What a statement returns, in the order in which `answer` reads it."""
MAX_GENERATION = 2**62
"""Above it no generation was ever issued, and a column could not hold it."""


def code_parameters(claim: CodeClaim, now: datetime) -> dict[str, Value] | None:
    """Return what redemption is asked with; None when no stored code can be meant."""
    texts = (claim.client_id, claim.redirect_uri or "", claim.code_challenge, claim.resource or "")
    if not all(map(is_storable, texts)):
        return None
    return {
        "now": to_microseconds(now),
        "code_hash": claim.code_hash,
        "client_id": claim.client_id,
        "redirect_uri": claim.redirect_uri,
        "code_challenge": claim.code_challenge,
        "resource": claim.resource,
        "max_failures": MAX_FAILED_REDEMPTIONS,
        **_of_request(claim),
    }


def refresh_parameters(claim: RefreshClaim, now: datetime) -> dict[str, Value] | None:
    """Return what a rotation is asked with; None when no stored Authorization can be meant."""
    texts = (claim.client_id, claim.resource or "")
    if not all(map(is_storable, texts)) or not 0 <= claim.generation < MAX_GENERATION:
        return None
    moment = to_microseconds(now)
    return {
        "now": moment,
        "id": claim.authorization_id,
        "generation": claim.generation,
        "client_id": claim.client_id,
        "resource": claim.resource,
        "scope": None if claim.scope is None else str(claim.scope),
        "rotated_after": moment - duration_microseconds(claim.retry_window),
        "used_after": moment - duration_microseconds(claim.idle_lifetime),
        **_of_request(claim),
    }


def _of_request(claim: Claim) -> dict[str, Value]:
    context = {"address": clean(claim.context.address), "request_id": clean(claim.context.request_id)}
    return {**context, **assertion_parameters(claim.assertion)}


def assertion_parameters(assertion: UsedAssertion | None) -> dict[str, Value]:
    """Return what an assertion is remembered by."""
    return {
        "assertion_hash": assertion.assertion_hash if assertion is not None else None,
        "assertion_expires_at": to_microseconds(assertion.expires_at) if assertion is not None else None,
    }


def answer(row: Row) -> Redeemed:
    """Read the row of an accepted claim."""
    authorization_id, public_id, user_id, client_id, scope, resource, auth_time, expires_at, generation = row
    return Redeemed(
        authorization_id=bytes(authorization_id),
        public_id=public_id,
        user_id=user_id,
        client_id=client_id,
        scope=Scope.parse(scope),
        resource=resource,
        auth_time=from_microseconds(auth_time),
        expires_at=from_microseconds(expires_at),
        generation=generation,
    )


class Explanations:
    """The reading half of the token path: what there is, to name why a claim was refused."""

    def __init__(self, database: Database[SqlStores]) -> None:
        self._database = database

    def explain_code(self, code_hash: bytes) -> tuple[AuthorizationCode, Authorization] | None:
        def unit(stores: SqlStores) -> tuple[AuthorizationCode, Authorization] | None:
            code = stores.codes.find(code_hash)
            authorization = stores.authorizations.find(code.authorization_id) if code else None
            return (code, authorization) if code and authorization else None

        return self._database.read(unit)

    def explain_refresh_token(self, authorization_id: bytes) -> Authorization | None:
        return self._database.read(lambda stores: stores.authorizations.find(authorization_id))
