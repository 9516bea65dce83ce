"""Making an account."""

import secrets
from datetime import datetime

from doorward.identity.email import canonical_email, display_email
from doorward.identity.passwords import Passwords
from doorward.identity.records import User


def new_user(*, email: str, password_hash: str, is_administrator: bool = False, now: datetime) -> User:
    """Build an account with a fresh opaque id; nobody has proved the address yet (OIDC Core §2, §5.1)."""
    return User(
        id=secrets.token_hex(16),
        email=display_email(email),
        email_canonical=canonical_email(email),
        password_hash=password_hash,
        created_at=now,
        is_administrator=is_administrator,
    )


def prepare_credentials(passwords: Passwords, *, email: str, password: str) -> str:
    """Check an address and a new password and return the password's hash; slow, so outside a unit of work.

    Raises:
        InvalidEmail, WeakPassword: one of them is refused.
    """
    passwords.check_strength(password, email=canonical_email(email))
    return passwords.hash(password)
