"""What each endpoint needs fetched before it runs: pure questions that the adapters ask until nothing is left."""

from collections.abc import Iterable
from datetime import datetime

from doorward.jose.errors import InvalidToken
from doorward.oauth.errors import InvalidRequest
from doorward.oauth.fetching import Fetch, Fetched, FetchOutcome
from doorward.oauth.params import Params
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.sealed_interaction import Purpose, unseal
from doorward.oauth.server import Server


def authorization_needs(server: Server, params: Params, now: datetime) -> tuple[Fetch, ...]:
    """What an authorization request needs: its client, as it describes itself today."""
    client_id = params.get("client_id")
    if client_id is None or params.is_repeated("client_id"):
        return ()
    return server.clients.needs(client_id, now, renew=True)


def query_needs(server: Server, query: bytes, now: datetime) -> tuple[Fetch, ...]:
    """What the authorization request of a raw query needs; one that cannot be read needs nothing."""
    try:
        return authorization_needs(server, Params.parse(query), now)
    except InvalidRequest:
        return ()


def form_needs(server: Server, purpose: Purpose, interaction: str, now: datetime) -> tuple[Fetch, ...]:
    """What the answer to a form needs: that of the request in it."""
    pending = unseal(server.keyring, purpose, interaction, server.policy, now)
    return () if pending is None else query_needs(server, pending.query, now)


def token_needs(
    server: Server, params: Params, headers: Iterable[tuple[bytes, bytes]], now: datetime
) -> tuple[Fetch, ...]:
    """What a token request needs: its client where there is no copy at all, then what its method needs.

    Cached copies win here: nothing that is merely stale is asked for again. Where nothing is fetched for strangers,
    neither are the keys of clients that registered themselves before.
    """
    credentials = server.credentials(params, headers, now)
    presented = [method for method in server.client_auth_methods if method.presented(credentials)]
    if len(presented) != 1:
        return ()
    try:
        client_id = presented[0].client_id(credentials)
        if client_id is None:
            return ()
        wanted = server.clients.needs(client_id, now, renew=False)
        return wanted or presented[0].needs(credentials, lambda: _client_to_ask(server, client_id, now))
    except InvalidToken:
        return ()  # there is nothing to wait for: the request will be refused


def _client_to_ask(server: Server, client_id: str, now: datetime) -> Client | None:
    client = server.clients.find(client_id, now)
    if client is None or server.policy.fetches_for_strangers or client.origin is ClientOrigin.OPERATOR:
        return client
    return None


def accept(server: Server, fetched: Fetched) -> None:
    """Take an answer in; blocks. Where nobody was asked there is none."""
    if fetched.outcome is FetchOutcome.NOT_ASKED:
        return
    server.acceptors[fetched.fetch.kind](fetched)
