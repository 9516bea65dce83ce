"""JWK Sets of clients, as they were fetched (RFC 7517 §5)."""

from collections.abc import Mapping
from typing import cast

from doorward.kit.strict_json import MalformedJson, read_object
from doorward.oauth.copies import Unreadable

JwkSet = Mapping[str, object]


def read_jwk_set(url: str, body: bytes) -> JwkSet:
    """The JSON object with a list `keys`; what the keys are worth is for whoever uses them.

    Raises:
        Unreadable: it is none.
    """
    try:
        members = read_object(body)
    except MalformedJson:
        raise Unreadable("not one JSON object") from None
    keys = members.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in cast("list[object]", keys)):
        raise Unreadable("no list of keys")
    return members
