"""The keys that a client registers: the JWK Set itself, or where it is published (RFC 7591 §2)."""

from dataclasses import dataclass

from doorward.jose.client_keys import UnusableKeySet, read_client_keys, to_text
from doorward.kit import urls
from doorward.oauth.errors import InvalidClientMetadata

MAX_URI = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKeys:
    """One of the two, or neither."""

    jwks: str | None = None
    """The JWK Set, as it is kept."""
    jwks_uri: str | None = None


NO_KEYS = ClientKeys()


def read_keys(*, jwks: object, jwks_uri: str | None) -> ClientKeys:
    """The keys of a client that signs.

    Raises:
        InvalidClientMetadata: there are none, both were given (RFC 7591 §2), the set is not one of public signing
            keys, or the address not one that can be fetched.
    """
    if (jwks is None) == (jwks_uri is None):
        raise InvalidClientMetadata("a client that signs needs its public keys, as jwks or at jwks_uri, not both")
    if jwks_uri is not None:
        return ClientKeys(jwks_uri=_checked_uri(jwks_uri))
    try:
        return ClientKeys(jwks=to_text(read_client_keys(jwks)))
    except UnusableKeySet as error:
        raise InvalidClientMetadata(str(error)) from None


def _checked_uri(text: str) -> str:
    uri = urls.parse(text)
    if uri is None or uri.scheme != "https" or not uri.host or uri.has_fragment or len(text) > MAX_URI:
        raise InvalidClientMetadata("jwks_uri must be an https address without a fragment")
    return text
