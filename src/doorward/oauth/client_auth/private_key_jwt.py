"""A JWT signed with the client's own key, instead of a shared secret (RFC 7523 §2.2, OIDC Core §9)."""

from collections.abc import Callable
from datetime import timedelta

from doorward.jose import client_keys, jwt
from doorward.jose.errors import InvalidToken
from doorward.jose.jwk import PublicKey
from doorward.oauth.client_assertion import ASSERTION_TYPE, TYPES, check_claims, claimed_client
from doorward.oauth.client_authentication import Credentials
from doorward.oauth.fetching import Fetch, FetchKind
from doorward.oauth.records import Client, UsedAssertion

UNKNOWN_KEY_INTERVAL = timedelta(minutes=1)
"""How often an assertion of an unknown key may have the published keys fetched again."""
MOST_AGE = timedelta(hours=24)
"""So old the published keys are asked for again, so that one that was taken out ends within a day."""


class PrivateKeyJwt:
    """`private_key_jwt`; the assertion names the client, and a client_id in the form must be the same one."""

    name = "private_key_jwt"
    has_secret = False
    signing_algorithms: tuple[str, ...] = client_keys.ALGORITHMS

    def presented(self, credentials: Credentials) -> bool:
        return credentials.params.get("client_assertion") is not None

    def client_id(self, credentials: Credentials) -> str | None:
        if credentials.params.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidToken("type_parameter")
        claimed = claimed_client(credentials.assertion.payload)
        return claimed if credentials.params.get("client_id") in (None, claimed) else None

    def needs(self, credentials: Credentials, find: Callable[[], Client | None]) -> tuple[Fetch, ...]:
        client, now = find(), credentials.now
        if client is None or client.token_endpoint_auth_method != self.name or client.jwks_uri is None:
            return ()
        copy = credentials.jwk_sets.find(client.jwks_uri)
        is_known = copy is not None and copy.usable(now) is not None
        wanted = (Fetch(FetchKind.JWK_SET, client.jwks_uri, is_known=is_known),)
        if copy is None:
            return wanted
        keys = copy.usable(now)
        if keys is None or copy.fetched_at is None or now >= copy.fetched_at + MOST_AGE:
            return wanted if copy.is_due(now) else ()
        named = jwt.has_candidate(credentials.assertion, keys)
        return () if named or now < copy.attempted_at + UNKNOWN_KEY_INTERVAL else wanted

    def verify(self, credentials: Credentials, client: Client) -> bool:
        keys = _keys(credentials, client)
        jwt.verify_with_any(credentials.assertion, keys, types=TYPES, algorithms=self.signing_algorithms)
        _ = self.used_up(credentials, client)
        return True

    def used_up(self, credentials: Credentials, client: Client) -> UsedAssertion | None:
        return check_claims(
            credentials.assertion.payload,
            client_id=client.client_id,
            audiences=credentials.audiences,
            now=credentials.now,
        )


def _keys(credentials: Credentials, client: Client) -> tuple[PublicKey, ...]:
    if client.jwks is not None:
        return client_keys.from_text(client.jwks)
    copy = credentials.jwk_sets.find(client.jwks_uri) if client.jwks_uri is not None else None
    keys = copy.usable(credentials.now) if copy is not None else None
    if keys is None:
        raise InvalidToken("keys_not_available")
    return keys
