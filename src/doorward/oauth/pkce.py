"""Proof Key for Code Exchange, S256 only (RFC 7636)."""

import hashlib
import re

from doorward.kit import b64
from doorward.oauth.errors import InvalidGrant, InvalidRequest
from doorward.oauth.params import Params

METHOD = "S256"
_CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")


def require_challenge(params: Params) -> str:
    """The code challenge of an authorization request (RFC 7636 §4.3).

    Raises:
        InvalidRequest: it is missing, malformed, or not S256; an absent method means `plain`, which does not exist.
    """
    challenge = params.get("code_challenge")
    if challenge is None:
        raise InvalidRequest("PKCE is required: code_challenge is missing")
    if params.get("code_challenge_method") != METHOD:
        raise InvalidRequest("code_challenge_method must be S256")
    if not _CODE_CHALLENGE.match(challenge):
        raise InvalidRequest("code_challenge is malformed")
    return challenge


def challenge_of(verifier: str | None) -> str:
    """The S256 challenge of the verifier in a token request (RFC 7636 §4.6).

    Raises:
        InvalidGrant: it is missing, and every code here was bound to a challenge.
        InvalidRequest: it is malformed.
    """
    if verifier is None:
        raise InvalidGrant(reason="code_verifier_missing")
    if not _CODE_VERIFIER.match(verifier):
        raise InvalidRequest("code_verifier is malformed")
    return b64.encode(hashlib.sha256(verifier.encode("ascii")).digest())
