"""The compact serialization of a JWS, read strictly: one spelling of each token, one meaning of each member."""

from dataclasses import dataclass

from doorward.jose.errors import InvalidToken
from doorward.kit import b64, strict_json

MAX_TOKEN_LENGTH = 8192


@dataclass(frozen=True, slots=True)
class CompactJws:
    """The parts of a token, decoded but not believed (RFC 7515 §7.1)."""

    header: dict[str, object]
    payload: dict[str, object]
    signing_input: bytes
    signature: bytes


def parse(token: str) -> CompactJws:
    """Take a token apart.

    Raises:
        InvalidToken: too long, not three canonical base64url parts, not JSON objects, or repeated members
            (RFC 7515 §4, RFC 7519 §4).
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidToken("too_long")
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken("malformed")
    decoded = [b64.decode(part) for part in parts]
    header, payload, signature = decoded
    if header is None or payload is None or signature is None:
        raise InvalidToken("malformed")
    signing_input = token[: -len(parts[2]) - 1].encode("ascii")
    return CompactJws(_json_object(header), _json_object(payload), signing_input, signature)


def _json_object(data: bytes) -> dict[str, object]:
    try:
        return strict_json.read_object(data)
    except strict_json.MalformedJson:
        raise InvalidToken("malformed") from None
