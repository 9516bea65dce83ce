"""What the code path's statements mean on both engines: their parameters."""

import json
from datetime import datetime

from doorward.oauth.ports import TOUCH_INTERVAL, RememberedClaim
from doorward.storage.column_types import clean, duration_microseconds, text_of_strings, to_microseconds

Value = str | bytes | int | None
_ANY_TIME = -(2**62)


def parameters_of(claim: RememberedClaim, now: datetime) -> dict[str, Value]:
    """Return what the statements are asked with."""
    moment, since = to_microseconds(now), claim.authenticated_since
    detail = {"scope": str(claim.scope), "resource": claim.resource}
    detail |= {"agent": claim.agent} if claim.agent is not None else {}
    return {
        "now": moment,
        "touched_before": moment - duration_microseconds(TOUCH_INTERVAL),
        "session_hash": claim.session_hash,
        "since": _ANY_TIME if since is None else to_microseconds(since),
        "id": claim.authorization_id,
        "public_id": claim.public_id,
        "interaction_id": claim.interaction_id,
        "client_id": claim.client_id,
        "client_name": claim.client_name,
        "client_redirect_uris": text_of_strings(claim.client_redirect_uris),
        "client_scope": None if claim.client_scope is None else str(claim.client_scope),
        "redirect_uri": claim.redirect_uri,
        "consent_host": claim.redirect_host,
        "redirect_host": claim.redirect_host.lower(),
        "scope": str(claim.scope),
        "resource": claim.resource,
        "expires_at": to_microseconds(claim.expires_at),
        "code_hash": claim.code_hash,
        "code_challenge": claim.code_challenge,
        "code_expires_at": to_microseconds(claim.code_expires_at),
        "address": clean(claim.context.address),
        "request_id": clean(claim.context.request_id),
        "agent": claim.agent,
        "detail": json.dumps(detail, separators=(",", ":")),
    }
