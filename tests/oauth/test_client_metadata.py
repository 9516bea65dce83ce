"""Client metadata from strangers."""

import pytest

from doorward.jose.client_keys import to_text
from doorward.oauth.client_auth import CLIENT_AUTH_METHODS
from doorward.oauth.client_metadata import ClientMetadata, clean_name, read_client_metadata
from doorward.oauth.errors import InvalidClientMetadata, InvalidRedirectUri, OAuthError
from doorward.oauth.grants import GRANTS
from doorward.oauth.scope import Scope
from tests.signing_clients import Signer

URIS = ["https://claude.ai/api/mcp/auth_callback"]


def read(**members: object) -> ClientMetadata:
    document = {"redirect_uris": URIS, **members}
    return read_client_metadata(
        document, grants=GRANTS, methods=CLIENT_AUTH_METHODS, scopes=Scope(("mcp", "offline_access"))
    )


def test_only_redirect_uris_are_needed() -> None:
    """The seed's contract: a public client; refresh tokens keep it connected (R6)."""
    metadata = read()

    assert "none" == metadata.token_endpoint_auth_method
    assert ("authorization_code", "refresh_token") == metadata.grant_types


def test_unknown_values_are_dropped_and_never_refused() -> None:
    """R24: clamp instead of refuse; VS Code names the device grant, older Claude asks for scope=claudeai."""
    metadata = read(
        grant_types=["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        scope="claudeai",
        token_endpoint_auth_method="tls_client_auth",
        software_id="x",
        contacts=["a@b.example"],
        application_type="watch",
        client_uri="http://insecure.example",
        jwks={"keys": []},
    )

    assert ("authorization_code", "refresh_token") == metadata.grant_types
    assert (None, "none", None, None) == (
        metadata.scope,
        metadata.token_endpoint_auth_method,
        metadata.application_type,
        metadata.client_uri,
    )


def test_machine_grants_are_never_self_assigned() -> None:
    assert ("authorization_code",) == read(grant_types=["client_credentials"]).grant_types


def test_an_empty_scope_counts_as_absent() -> None:
    """Gemini CLI registers with `scope: ""` (clients-recorded)."""
    assert read(scope="").scope is None


def test_one_bad_redirect_uri_does_not_refuse_the_others() -> None:
    """R10: Cursor registers three at once."""
    metadata = read(redirect_uris=["javascript:alert(1)", *URIS, "http://example.com/cb", *URIS])

    assert tuple(URIS) == metadata.redirect_uris


@pytest.mark.parametrize(
    "uris", [None, [], "javascript:alert(1)", ["http://evil.example/#f", "*"], {"a": 1}, [1], [[]]]
)
def test_no_acceptable_redirect_uri_is_an_error_of_its_own(uris: object) -> None:
    """RFC 7591 §3.2.2 (S50)."""
    with pytest.raises(InvalidRedirectUri):
        read(redirect_uris=uris)


@pytest.mark.parametrize(
    "members",
    [
        {"client_name": {"a": 1}},
        {"client_name": 5},
        {"grant_types": "authorization_code"},
        {"grant_types": [1]},
        {"response_types": {}},
        {"scope": ["mcp"]},
        {"scope": 'a"b'},
        {"token_endpoint_auth_method": True},
        {"client_uri": []},
        {"client_name": "\ud800"},
    ],
)
def test_wrong_json_types_are_refused(members: dict[str, object]) -> None:
    """RFC 7591 §3.2.2 (S51, S56)."""
    with pytest.raises(InvalidClientMetadata) as caught:
        read(**members)

    assert isinstance(caught.value, OAuthError)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Claude", "Claude"),
        ("  Cl\u202eaude\x1b[31m \n x ", "Claude[31m x"),
        ("e\u0301", "é"),
        ("\u200b\u2066", None),
        ("n" * 500, "n" * 100),
        ("a\u2028b", "a b"),
    ],
)
def test_names_are_cleaned_for_people(given: str, shown: str | None) -> None:
    """No control or bidirectional characters on a consent page or in a log (S54, S56)."""
    assert shown == clean_name(given)


@pytest.mark.parametrize("given", ["\u3164\u2800", "\u115f\u1160\uffa0", "\u034f\ufe0f"])
def test_a_name_that_shows_nothing_is_no_name(given: str) -> None:
    """An invisible name would leave the page to say that nobody asks (S56, R29)."""
    assert clean_name(given) is None


def test_only_clients_that_sign_have_keys() -> None:
    """RFC 7591 §2: the keys, or where they are published."""
    signer = Signer.new("https://mcp.example")
    inline = read(token_endpoint_auth_method="private_key_jwt", jwks=signer.jwks)
    published = read(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example/jwks.json")

    assert (to_text([signer.key.public]), None) == (inline.jwks, inline.jwks_uri)
    assert (None, "https://app.example/jwks.json") == (published.jwks, published.jwks_uri)
    for method in ("none", "client_secret_basic", "client_secret_post", "tls_client_auth"):
        without = read(token_endpoint_auth_method=method, jwks=signer.jwks, jwks_uri="?")
        assert (None, None) == (without.jwks, without.jwks_uri)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"jwks": {}, "jwks_uri": "https://app.example/jwks.json"},
        {"jwks": []},
        {"jwks_uri": ["https://app.example/jwks.json"]},
        {"jwks_uri": ""},
        {"jwks_uri": "https://app.example/" + "x" * 1_000},
        {"jwks_uri": "https:///jwks.json"},
        {"jwks_uri": "ftp://app.example/jwks.json"},
    ],
)
def test_a_client_that_signs_brings_keys_of_one_kind(keys: dict[str, object]) -> None:
    """RFC 7591 §2: `jwks` and `jwks_uri` MUST NOT both be present."""
    with pytest.raises(InvalidClientMetadata):
        read(token_endpoint_auth_method="private_key_jwt", **keys)
