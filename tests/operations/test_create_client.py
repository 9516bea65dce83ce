"""Clients that an operator registers, deletes and blocks."""

import re

import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import digest
from doorward.oauth.errors import InvalidClientMetadata, InvalidRedirectUri
from doorward.oauth.records import ClientOrigin
from doorward.oauth.scope import Scope
from doorward.operations.delete_client import delete_client
from doorward.operations.list_clients import list_clients
from doorward.operations.list_connections import list_connections
from tests.builders import HERE, NOW, audited, given_a_client_and_secret, given_a_user, given_an_authorization

CALLBACK = "https://client.example/callback"


@pytest.mark.parametrize("auth_method", ["client_secret_basic", "client_secret_post"])
def test_a_confidential_client_gets_a_secret_that_is_kept_as_a_hash(database, auth_method):
    """Shown once (RFC 7591 §3.2.1)."""
    client, secret = given_a_client_and_secret(database, auth_method=auth_method)

    assert secret is not None
    assert (digest(secret.reveal()),) == client.client_secret_hashes
    assert secret.reveal().startswith("dws_")
    assert client.is_confidential
    assert [client] == list(list_clients(database))
    assert client == database.read(lambda stores: stores.clients.find(client.client_id))
    (event,) = audited(database, AuditTag.CLIENT_REGISTERED)
    assert client.client_id == event.client_id
    assert secret.reveal() not in repr([event, client])


def test_a_public_client_has_no_secret(database):
    """Client authentication method `none`."""
    client, secret = given_a_client_and_secret(database, auth_method="none", trusted=True, scope="mcp offline_access")

    assert secret is None
    assert () == client.client_secret_hashes
    assert client.trusted
    assert Scope.of(["mcp", "offline_access"]) == client.scope
    assert ClientOrigin.OPERATOR == client.origin


def test_the_id_is_neutral_and_needs_no_encoding(database):
    """Nobody's brand, no URL, only unreserved characters (S57, RFC 3986 §2.3)."""
    ids = {given_a_client_and_secret(database)[0].client_id for _ in range(5)}

    assert 5 == len(ids)
    assert all(re.fullmatch(r"dwd_[A-Za-z0-9._~-]+", client_id) for client_id in ids)


@pytest.mark.parametrize(
    "redirect_uris",
    [[], ["javascript:alert(1)"], ["http://evil.example/cb"], [CALLBACK, "https://client.example/#f"], ["*"], [""]],
)
def test_an_unacceptable_redirect_uri_makes_no_client(database, redirect_uris):
    """Operators get no exception from the rules (S50)."""
    with pytest.raises(InvalidRedirectUri):
        given_a_client_and_secret(database, redirect_uris=redirect_uris)
    assert [] == list(list_clients(database))


@pytest.mark.parametrize(
    "given",
    [
        {"auth_method": "private_key_jwt"},
        {"auth_method": ""},
        {"grant_types": ["password"]},
        {"grant_types": []},
        {"grant_types": ["refresh_token"]},
        {"name": "x" * 101},
        {"name": "evil\u202ename"},
        {"name": "evil\x1b[31m"},
        {"scope": 'a"b'},
    ],
)
def test_invalid_metadata_makes_no_client(database, given):
    """Unknown methods and grant types are refused, not dropped: an operator should notice (RFC 7591 §3.2.2)."""
    with pytest.raises(InvalidClientMetadata):
        given_a_client_and_secret(database, **given)
    assert [] == list(list_clients(database))


@pytest.mark.parametrize(
    "uri", [CALLBACK, "http://localhost:3000/cb", "http://127.0.0.1/cb", "http://[::1]:1/cb", "com.example.app:/cb"]
)
def test_hosts_loopback_addresses_and_private_schemes_are_accepted_as_written(database, uri):
    """RFC 8252 §7; the characters are kept (S02)."""
    assert (uri,) == given_a_client_and_secret(database, redirect_uris=[uri, uri])[0].redirect_uris


def test_deleting_a_client_revokes_what_it_holds(database):
    """In the same transaction."""
    user = given_a_user(database)
    client, _ = given_a_client_and_secret(database)
    doomed = given_an_authorization(database, user, client_id=client.client_id)
    spared = given_an_authorization(database, user)

    assert delete_client(database, client_id=client.client_id, now=NOW, context=HERE)

    assert [] == list(list_clients(database))
    assert [spared.public_id] == [a.public_id for a in list_connections(database, user_id=user.id, now=NOW)]
    assert [doomed.public_id] == [r.public_id for r in database.revocations.revoked_after(NOW)]
    (event,) = audited(database, AuditTag.CLIENT_DELETED)
    assert (client.client_id, 1) == (event.client_id, event.detail["authorizations"])
    assert not delete_client(database, client_id=client.client_id, now=NOW, context=HERE)


def test_a_scope_the_server_does_not_know_makes_no_client(database):
    """It could never be granted; the known ones are named."""
    supported = Scope.of(["mcp", "offline_access"])

    with pytest.raises(InvalidClientMetadata, match="mcp and offline_access"):
        given_a_client_and_secret(database, scope="mcp foo", scopes_supported=supported)
    assert [] == list(list_clients(database))
    client, _ = given_a_client_and_secret(database, scope="mcp", scopes_supported=supported)
    assert Scope.of(["mcp"]) == client.scope


@pytest.mark.parametrize(
    ("uri", "name"),
    [(CALLBACK, "client.example"), ("http://[::1]:1/cb", "[::1]"), ("com.example.app:/cb", "com.example.app")],
)
@pytest.mark.parametrize("given", [None, " "])
def test_a_client_without_a_name_is_called_by_where_answers_go(database, given, uri, name):
    """So that people read something they can check."""
    assert name == given_a_client_and_secret(database, name=given, redirect_uris=[uri])[0].client_name
