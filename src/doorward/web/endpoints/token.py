"""The token endpoint over HTTP (RFC 6749 §3.2)."""

from datetime import datetime

from starlette.types import Scope

from doorward.oauth.endpoints.token import exchange, prepare, refusal, refuse, settle
from doorward.oauth.errors import InvalidRequest, OAuthError
from doorward.oauth.fetching import Fetch
from doorward.oauth.look_ups import LookUpNeeded
from doorward.oauth.needs import token_needs
from doorward.oauth.params import Params
from doorward.oauth.ports import AwaitableTokenPath
from doorward.oauth.server import Server
from doorward.web.context import Web
from doorward.web.endpoints.oauth_endpoint import Answer, Handler, OAuthEndpoint
from doorward.web.fetching import fetch_needed
from doorward.web.http import media_type
from doorward.web.observation import note_grant_type

FORM = "application/x-www-form-urlencoded"


def token_endpoint(web: Web, awaitable: AwaitableTokenPath | None) -> OAuthEndpoint:
    """Urlencoded forms only; parameters in the query are ignored (RFC 6749 §2.3.1).

    With an awaitable token path a request that goes well never leaves the event loop.
    """
    return OAuthEndpoint(_on_a_thread(web) if awaitable is None else _on_the_loop(web, awaitable))


def _on_a_thread(web: Web) -> Handler:
    async def handle(scope: Scope, body: bytes) -> Answer:
        params, headers, context = _read(scope, body), scope["headers"], web.context_of(scope)

        def needs(server: Server, now: datetime) -> tuple[Fetch, ...]:
            return token_needs(server, params, headers, now)

        await fetch_needed(web, needs)
        return 200, await web.run(exchange, web.server, params, headers, now=web.clock.now(), context=context)

    return handle


def _on_the_loop(web: Web, awaitable: AwaitableTokenPath) -> Handler:
    server, warm, on_a_thread = web.server, web.warm_server, _on_a_thread(web)

    async def handle(scope: Scope, body: bytes) -> Answer:
        params, headers, context, now = _read(scope, body), scope["headers"], web.context_of(scope), web.clock.now()
        try:
            if token_needs(warm, params, headers, now):
                return await on_a_thread(scope, body)
            prepared = prepare(warm, params, headers, now=now, context=context)
        except LookUpNeeded:
            return await on_a_thread(scope, body)
        except OAuthError as error:
            raise await web.run(refusal, server, error, params, now=now, context=context) from None
        redeemed = await awaitable.present(prepared.claim, now)
        if redeemed is None:
            return 200, await web.run(refuse, server, prepared)
        return 200, settle(server, prepared, redeemed)

    return handle


def read_form(scope: Scope, body: bytes) -> Params:
    """The parameters of a form; nothing else is read (RFC 6749 §3.2)."""
    if media_type(scope) != FORM:
        raise InvalidRequest(f"the body must be {FORM}")
    return Params.parse(body)


def _read(scope: Scope, body: bytes) -> Params:
    params = read_form(scope, body)
    note_grant_type(scope, params.get("grant_type"))
    return params
