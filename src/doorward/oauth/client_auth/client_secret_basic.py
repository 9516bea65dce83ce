"""The client secret in the Authorization header (RFC 6749 §2.3.1, RFC 7617)."""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import unquote_plus

from doorward.kit.secrets import digest, same
from doorward.oauth.client_authentication import Credentials
from doorward.oauth.fetching import Fetch
from doorward.oauth.records import Client, UsedAssertion


class ClientSecretBasic:
    """`client_secret_basic`; a client_id in the form as well must be the same one."""

    name = "client_secret_basic"
    has_secret = True
    signing_algorithms: tuple[str, ...] = ()

    def presented(self, credentials: Credentials) -> bool:
        return bool(credentials.authorization)

    def client_id(self, credentials: Credentials) -> str | None:
        pair = _decode(credentials.authorization[0])
        if pair is None or credentials.params.get("client_id") not in (None, pair[0]):
            return None
        return pair[0]

    def verify(self, credentials: Credentials, client: Client) -> bool:
        pair = _decode(credentials.authorization[0])
        if pair is None:
            return False
        presented = digest(pair[1])
        return any(same(presented, stored) for stored in client.client_secret_hashes)

    def needs(self, credentials: Credentials, find: Callable[[], Client | None]) -> tuple[Fetch, ...]:
        return ()

    def used_up(self, credentials: Credentials, client: Client) -> UsedAssertion | None:
        return None


def _decode(header: str) -> tuple[str, str] | None:
    """Id and secret, percent-decoded; ours are unreserved characters only, so both spellings are equal."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(" "), validate=True).decode("utf-8")
        client_id, colon, secret = text.partition(":")
        pair = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):
        return None
    return pair if colon and all(pair) and "\0" not in pair[0] else None
