"""The introspection endpoint (RFC 7662): resource servers elsewhere ask what a token of theirs is worth."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from doorward.audit import RequestContext
from doorward.kit.secrets import TokenPrefix
from doorward.oauth.client_authentication import AuthenticatedClient, authenticate_client
from doorward.oauth.endpoints.token import refusal
from doorward.oauth.errors import InvalidClient, OAuthError
from doorward.oauth.params import Params
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
        theirs = {r.identifier for r in server.policy.resources if caller.client.client_id in r.introspected_by}
        _use_up(server, caller, now, is_resource_server=bool(theirs))
    except OAuthError as error:
        raise refusal(server, error, params, now=now, context=context) from None
    params.refuse_repeated()
    token = params.require("token")
    claims = _read(server, find_api_key, token, theirs, now) if theirs else None
    if claims is None:
        return dict(INACTIVE)
    shown = {name: claims[name] for name in _SHOWN if name in claims}
    return {"active": True, "token_type": "Bearer", **shown}


def _authenticated(
    server: Server, params: Params, headers: Iterable[tuple[bytes, bytes]], now: datetime
) -> AuthenticatedClient:
    """The caller, who must have proved who they are (§2.1)."""
    credentials = server.credentials(params, headers, now)
    caller = authenticate_client(server.client_auth_methods, credentials, server.clients)
    if not caller.client.is_confidential:
        raise InvalidClient(reason="client_not_confidential", challenge=bool(credentials.authorization))
    return caller


def _use_up(server: Server, caller: AuthenticatedClient, now: datetime, *, is_resource_server: bool) -> None:
    """An assertion works once here as well; as many as they like use up those alone whom an operator chose."""
    assertion = caller.assertion
    if assertion is None:
        return
    try:
        if not is_resource_server:
            server.refused_assertions.use_up(assertion, now)
        elif not server.grant_tools.token_path.use_assertion(assertion):
            raise InvalidClient(reason="assertion_used_before")
    except OAuthError as error:
        error.client_id = caller.client.client_id
        raise


def _read(
    server: Server, find_api_key: FindApiKey, token: str, theirs: AbstractSet[str], now: datetime
) -> Mapping[str, object] | None:
    if token.startswith(TokenPrefix.API_KEY):
        found = find_api_key(token, now)
        return found if found is not None and found["aud"] in theirs else None
    claims = server.access_tokens.read(token, now)
    if claims is None or claims.get("aud") not in theirs:
        return None
    return claims if server.grant_tools.token_path.is_live(str(claims["gid"]), now) else None
