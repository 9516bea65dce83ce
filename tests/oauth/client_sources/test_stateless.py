"""Clients described by their own id."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit.bounded_cache import BoundedCache
from doorward.kit.keyring import Keyring
from doorward.oauth.client_sources.stateless import MAX_CLIENT_ID, StatelessClients
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.scope import Scope

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def sources(secret: bytes = b"s" * 32) -> StatelessClients:
    return StatelessClients(Keyring([secret]), BoundedCache(10))


def a_stateless_client(**changes: object) -> Client:
    fields: dict[str, object] = {
        "client_id": "",
        "origin": ClientOrigin.STATELESS,
        "redirect_uris": ("http://localhost:8787/callback", "cursor://anysphere.cursor-mcp/oauth/callback"),
        "client_name": "Cursor",
        "client_uri": "https://cursor.example",
        "scope": Scope(("mcp", "offline_access")),
        "application_type": "native",
        "created_at": NOW,
    }
    return Client(**{**fields, **changes})  # type: ignore[arg-type]


def test_an_id_tells_the_client_it_was_made_for_on_any_node() -> None:
    """T14: nothing is stored, so nothing can be forgotten."""
    client = sources().register(a_stateless_client(), NOW)

    assert client == sources().find(client.client_id, NOW)
    assert len(client.client_id) <= MAX_CLIENT_ID


def test_every_registration_has_an_id_of_its_own() -> None:
    """Claude registers twice within seconds and each must get its own id (clients-recorded)."""
    ids = {sources().register(a_stateless_client(), NOW).client_id for _ in range(20)}

    assert 20 == len(ids)


def test_every_changed_character_is_noticed() -> None:
    client_id = sources().register(a_stateless_client(), NOW).client_id
    for at in range(len(client_id)):
        changed = client_id[:at] + ("A" if client_id[at] != "A" else "B") + client_id[at + 1 :]
        assert sources().find(changed, NOW) is None


def test_an_id_of_another_server_is_unknown() -> None:
    client_id = sources(b"x" * 32).register(a_stateless_client(), NOW).client_id

    assert sources().find(client_id, NOW) is None


def test_the_longest_sensible_registration_fits_and_a_larger_one_is_refused() -> None:
    sources().register(a_stateless_client(client_name="n" * 100), NOW)
    endless = tuple(f"https://host{n:03}.example/{n * 7919}/callback" for n in range(200))
    with pytest.raises(InvalidClientMetadata):
        sources().register(a_stateless_client(redirect_uris=endless), NOW)


@given(st.text(max_size=1600))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert sources().find("dwp_" + text, NOW) is None
