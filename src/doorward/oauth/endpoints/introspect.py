"""The introspection endpoint (RFC 7662): resource servers elsewhere ask what a token of theirs is worth."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from doorward.audit import RequestContext
from doorward.kit.secrets import TokenPrefix
from doorward.oauth.client_authentication import Credentials, authenticate_client
from doorward.oauth.endpoints.token import record_refusal
from doorward.oauth.errors import InvalidClient, OAuthError
from doorward.oauth.params import Params
from doorward.oauth.records import Client
from doorward.oauth.server import Server

INACTIVE: Mapping[str, object] = {"active": False}
"""The same for a token that is over, forged, of another kind or another resource's (§2.2, §4)."""
_SHOWN = ("scope", "client_id", "sub", "aud", "iss", "exp", "iat", "auth_time", "jti")

FindApiKey = Callable[[str, datetime], Mapping[str, object] | None]
"""What a live API key is worth, in the same members; blocks."""


def introspect(
    server: Server,
    find_api_key: FindApiKey,
    params: Params,
    headers: Iterable[tuple[bytes, bytes]],
    *,
    now: datetime,
    context: RequestContext,
) -> dict[str, object]:
    """The members of the introspection response (§2.2); blocks.

    Only a client that an operator made a resource server of a resource learns about tokens for it.

    Raises:
        OAuthError: the caller is nobody, or names no token.
    """
    try:
        caller = _authenticated(server, params, headers, now)
    except OAuthError as error:
        record_refusal(server, error, params, now=now, context=context)
        raise
    params.refuse_repeated()
    claims = _read(server, find_api_key, params.require("token"), caller, now)
    if claims is None:
        return dict(INACTIVE)
    shown = {name: claims[name] for name in _SHOWN if name in claims}
    return {"active": True, "token_type": "Bearer", **shown}


def _authenticated(server: Server, params: Params, headers: Iterable[tuple[bytes, bytes]], now: datetime) -> Client:
    """The caller, who must have proved who they are (§2.1)."""
    credentials = Credentials.read(params, headers)
    caller = authenticate_client(server.client_auth_methods, credentials, server.clients, now)
    if not caller.is_confidential:
        raise InvalidClient(reason="client_not_confidential", challenge=bool(credentials.authorization))
    return caller


def _read(
    server: Server, find_api_key: FindApiKey, token: str, caller: Client, now: datetime
) -> Mapping[str, object] | None:
    theirs = {r.identifier for r in server.policy.resources if caller.client_id in r.introspected_by}
    if not theirs:
        return None
    if token.startswith(TokenPrefix.API_KEY):
        found = find_api_key(token, now)
        return found if found is not None and found["aud"] in theirs else None
    claims = server.access_tokens.read(token, now)
    if claims is None or claims.get("aud") not in theirs:
        return None
    return claims if server.grant_tools.token_path.is_live(str(claims["gid"]), now) else None
