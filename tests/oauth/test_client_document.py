"""Every rule about what a Client ID Metadata Document says, as a table."""

import json
from dataclasses import dataclass

import pytest

from doorward.jose.client_keys import from_text
from doorward.jose.jwk import generate_key
from doorward.oauth.client_auth import CLIENT_AUTH_METHODS
from doorward.oauth.client_auth.none import NoAuthentication
from doorward.oauth.client_document import ClientDocumentReader
from doorward.oauth.copies import Unreadable
from doorward.oauth.grants import GRANTS
from doorward.oauth.records import Client, ClientOrigin

URL = "https://app.example/oauth/client.json"
KEY = {**generate_key().public.jwk, "kid": "2026-01"}
LOOPBACK = ["http://localhost/callback", "http://127.0.0.1/callback"]


def a_document(**members: object) -> bytes:
    document = {"client_id": URL, "client_name": "App", "redirect_uris": LOOPBACK, **members}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def read(body: bytes, *, methods: tuple[NoAuthentication, ...] = CLIENT_AUTH_METHODS) -> Client:  # type: ignore[assignment]
    return ClientDocumentReader(methods=methods, grants=GRANTS).read(URL, body)


def method_of(*, methods: object = CLIENT_AUTH_METHODS, **members: object) -> str:
    return read(a_document(**members), methods=methods).token_endpoint_auth_method  # type: ignore[arg-type]


def test_a_client_is_what_its_document_says() -> None:
    client = read(a_document(client_uri="https://app.example/", application_type="native", logo_uri="https://x/y"))

    assert (URL, ClientOrigin.DOCUMENT, "App") == (client.client_id, client.origin, client.client_name)
    assert tuple(LOOPBACK) == client.redirect_uris
    assert ("https://app.example/", "native", "none") == (
        client.client_uri,
        client.application_type,
        client.token_endpoint_auth_method,
    )
    assert "app.example" == client.document_host


def test_scope_and_grants_are_the_servers_policy() -> None:
    """R13: Claude's document lists jwt-bearer, VS Code's device_code; neither is refused nor granted."""
    client = read(a_document(scope="admin everything", grant_types=["client_credentials", "implicit"]))

    assert client.scope is None
    assert ("authorization_code", "refresh_token") == client.grant_types


@dataclass(frozen=True)
class Refusal:
    body: bytes
    why: str


REFUSED = {
    "nothing": Refusal(b"", "not_one_json_object"),
    "a page": Refusal(b"<!doctype html>", "not_one_json_object"),
    "a list": Refusal(b"[]", "not_one_json_object"),
    "a member twice": Refusal(b'{"client_id":"%s","client_id":"x"}' % URL.encode(), "not_one_json_object"),
    "another encoding": Refusal(a_document().decode().encode("utf-16"), "not_one_json_object"),
    "no client_id": Refusal(a_document(client_id=None), "another_client_id"),
    "another client_id": Refusal(a_document(client_id="https://app.example/oauth/other.json"), "another_client_id"),
    "its client_id in other words": Refusal(a_document(client_id=URL.replace("app", "APP")), "another_client_id"),
    "its client_id and a slash": Refusal(a_document(client_id=URL + "/"), "another_client_id"),
    "a client_id that is no text": Refusal(a_document(client_id=[URL]), "another_client_id"),
    "no name": Refusal(a_document(client_name=None), "no_client_name"),
    "an invisible name": Refusal(a_document(client_name="\u200b \u202e"), "no_client_name"),
    "a name that is no text": Refusal(a_document(client_name={"en": "App"}), "invalid_client_metadata"),
    "no redirect URIs": Refusal(a_document(redirect_uris=None), "invalid_redirect_uri"),
    "an empty list of them": Refusal(a_document(redirect_uris=[]), "invalid_redirect_uri"),
    "one that is no list": Refusal(a_document(redirect_uris="https://app.example/cb"), "invalid_redirect_uri"),
    "only unacceptable ones": Refusal(
        a_document(redirect_uris=["http://app.example/", "data:,"]), "invalid_redirect_uri"
    ),
    "a secret": Refusal(a_document(client_secret="x"), "shared_secret"),
    "the end of a secret": Refusal(a_document(client_secret_expires_at=0), "shared_secret"),
    "client_secret_basic": Refusal(a_document(token_endpoint_auth_method="client_secret_basic"), "shared_secret"),
    "client_secret_post": Refusal(a_document(token_endpoint_auth_method="client_secret_post"), "shared_secret"),
    "client_secret_jwt": Refusal(a_document(token_endpoint_auth_method="client_secret_jwt"), "shared_secret"),
    "a method nobody knows": Refusal(a_document(token_endpoint_auth_method="magic"), "no_shared_auth_method"),
    "a method we do not have": Refusal(
        a_document(token_endpoint_auth_method="tls_client_auth", jwks_uri="https://app.example/jwks.json"),
        "no_shared_auth_method",
    ),
    "signatures without keys": Refusal(
        a_document(token_endpoint_auth_method="private_key_jwt"), "no_shared_auth_method"
    ),
    "signatures with keys of no use": Refusal(
        a_document(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [{"kty": "OKP"}]}),
        "no_shared_auth_method",
    ),
    "only secrets to choose from": Refusal(
        a_document(token_endpoint_auth_methods_supported=["client_secret_basic"]), "no_shared_auth_method"
    ),
    "keys in two places": Refusal(
        a_document(jwks={"keys": [KEY]}, jwks_uri="https://app.example/jwks.json"), "keys_twice"
    ),
    "keys that are none": Refusal(a_document(jwks={"keys": "x"}), "keys_malformed"),
    "the private half of a key": Refusal(a_document(jwks={"keys": [{**KEY, "d": "x"}]}), "keys_malformed"),
    "a symmetric key": Refusal(a_document(jwks={"keys": [{"kty": "oct", "k": "x"}]}), "keys_malformed"),
}


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(refusal: Refusal) -> None:
    """draft-ietf-oauth-client-id-metadata-document-00 §4.1, MCP 2026-07-28 client registration, RFC 7591 §2."""
    with pytest.raises(Unreadable) as unreadable:
        read(refusal.body)

    assert refusal.why == str(unreadable.value)


def test_unacceptable_redirect_uris_are_dropped() -> None:
    """R10: one of them does not refuse the others."""
    client = read(a_document(redirect_uris=["javascript:alert(1)", *LOOPBACK, "https://app.example/cb#x"]))

    assert tuple(LOOPBACK) == client.redirect_uris


def test_redirect_uris_of_other_hosts_are_no_reason_to_refuse() -> None:
    """R15: the page says so instead."""
    assert ("https://other.example/cb",) == read(a_document(redirect_uris=["https://other.example/cb"])).redirect_uris


@pytest.mark.parametrize(
    ("members", "chosen"),
    [
        ({}, "none"),
        ({"token_endpoint_auth_method": "none"}, "none"),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/j"}, "private_key_jwt"),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY]}}, "private_key_jwt"),
        (
            {
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
            },
            "private_key_jwt",
        ),
        (
            {
                "token_endpoint_auth_method": "none",
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "jwks_uri": "https://app.example/j",
            },
            "none",
        ),
        (
            {
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "jwks_uri": "https://app.example/j",
            },
            "private_key_jwt",
        ),
        (
            {
                "token_endpoint_auth_method": "tls_client_auth",
                "token_endpoint_auth_methods_supported": ["tls_client_auth", "none", "private_key_jwt"],
                "jwks": {"keys": [KEY]},
            },
            "private_key_jwt",
        ),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]}, "none"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt", "none"], "jwks": {"keys": []}}, "none"),
        (
            {
                "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
                "jwks_uri": "https://10.0.0.1/jwks.json",
            },
            "none",
        ),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic", "none"]}, "none"),
        ({"jwks_uri": "https://app.example/j"}, "none"),
    ],
)
def test_the_method_is_the_preferred_or_else_the_strongest_that_both_have(
    members: dict[str, object], chosen: str
) -> None:
    """R13, OpenID Connect RP Metadata Choices 1.0 §4: nobody tells the client, so its preference is what it uses."""
    assert chosen == method_of(**members)


def test_the_keys_of_a_client_that_signs_are_kept() -> None:
    """Public members alone; a client that does not sign has none."""
    signs = {"token_endpoint_auth_method": "private_key_jwt"}
    inline = read(a_document(**signs, jwks={"keys": [{"kty": "OKP"}, {**KEY, "x5t": "x"}]}))
    published = read(a_document(**signs, jwks_uri="https://app.example/j"))
    public = read(a_document(jwks={"keys": [KEY]}))

    assert ["2026-01"] == [key.kid for key in from_text(inline.jwks or "")]
    assert "x5t" not in (inline.jwks or "")
    assert (None, "https://app.example/j") == (published.jwks, published.jwks_uri)
    assert (None, None) == (public.jwks, public.jwks_uri)


def test_a_server_that_cannot_use_keys_falls_back_where_the_document_allows() -> None:
    """As ChatGPT's document does."""
    members = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
    }

    assert "none" == method_of(methods=(NoAuthentication(),), **members)
