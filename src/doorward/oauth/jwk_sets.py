"""JWK Sets of clients, as they were fetched (RFC 7517 §5)."""

from doorward.jose.client_keys import UnusableKeySet, read_published_keys
from doorward.jose.jwk import PublicKey
from doorward.kit.strict_json import MalformedJson, read_object
from doorward.oauth.copies import Unreadable

JwkSet = tuple[PublicKey, ...]


def read_jwk_set(url: str, body: bytes) -> JwkSet:
    """The keys of a published set that can be used here.

    Raises:
        Unreadable: it is no JWK Set, a key of it is private, or none can be used.
    """
    try:
        return read_published_keys(read_object(body))
    except MalformedJson:
        raise Unreadable("not one JSON object") from None
    except UnusableKeySet as error:
        raise Unreadable(str(error)) from None
