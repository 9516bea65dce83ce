"""What a person saw of a client and relied on, kept in few bytes, and told in words when it is different later."""

import json
from hashlib import sha256

from doorward.oauth.ports import OAuthDatabase
from doorward.oauth.records import Authorization, Client, ClientOrigin

_SENTENCES = {
    "redirect_uris": "The addresses that may receive its answers are different.",
    "auth_method": "It proves in another way that it is the same app.",
    "keys": "The keys with which it proves that it is the same app are different.",
}


def facts_of(client: Client) -> str | None:
    """What stands with an Authorization beside the name and the redirect URI; None where the client cannot change."""
    return _text(_facts(client)) if client.origin is ClientOrigin.DOCUMENT else None


def digest_of_what_is_shown(client: Client) -> str:
    """A digest of everything that a form says about a client, so that a yes is for what the person saw."""
    return _digest(_text({**_facts(client), "name": client.client_name or "", "grants": " ".join(client.grant_types)}))


def changes_since_allowed(database: OAuthDatabase, user_id: str, client: Client) -> tuple[str, ...]:
    """What is different since this user last allowed this client, one sentence each."""
    if client.origin is not ClientOrigin.DOCUMENT:
        return ()
    before = database.read(lambda stores: stores.authorizations.find_latest(user_id, client.client_id))
    return () if before is None else _changes(before, client)


def _changes(before: Authorization, client: Client) -> tuple[str, ...]:
    sentences: list[str] = []
    if before.client_name != client.client_name:
        sentences.append(f"It called itself {before.client_name}.")
    then: dict[str, str] = json.loads(before.shown_client or "{}")
    now = _facts(client)
    in_both = then.keys() & now.keys()
    sentences += [text for name, text in _SENTENCES.items() if name in in_both and then[name] != now[name]]
    return tuple(sentences)


def _facts(client: Client) -> dict[str, str]:
    facts = {
        "redirect_uris": _digest(" ".join(sorted(client.redirect_uris))),
        "auth_method": client.token_endpoint_auth_method,
    }
    keys = client.jwks or client.jwks_uri
    return facts if keys is None else {**facts, "keys": _digest(keys)}


def _text(facts: dict[str, str]) -> str:
    return json.dumps(facts, separators=(",", ":"))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
