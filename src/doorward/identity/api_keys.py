"""Making MCP API keys: shown once, hashed at rest."""

import secrets
from datetime import datetime

from doorward.identity.records import ApiKey
from doorward.kit.names import one_line
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token

MAX_API_KEYS = 100
"""Live keys of one user, so that nobody can fill the table."""
_MAX_NAME_LENGTH = 80


class ApiKeyRefused(ValueError):
    """The key cannot be made; the message is for people."""


def clean_name(name: str) -> str:
    """Return the name as it is kept: on one line, without what cannot be seen.

    Raises:
        ApiKeyRefused: it is empty or too long.
    """
    cleaned = one_line(name)
    if not 1 <= len(cleaned) <= _MAX_NAME_LENGTH:
        raise ApiKeyRefused(f"Give the key a name of 1 to {_MAX_NAME_LENGTH} characters.")
    return cleaned


def new_api_key(*, user_id: str, name: str, scope: str, resource: str, now: datetime) -> tuple[Secret, ApiKey]:
    """Build a key with a fresh secret."""
    key = new_token(TokenPrefix.API_KEY)
    record = ApiKey(
        public_id=secrets.token_hex(16),
        key_hash=digest(key.reveal()),
        hint=key.reveal()[-4:],
        user_id=user_id,
        name=clean_name(name),
        scope=scope,
        resource=resource,
        created_at=now,
    )
    return key, record
