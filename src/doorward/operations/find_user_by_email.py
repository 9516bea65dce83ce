"""Look up an account by its address."""

from doorward.identity.email import InvalidEmail, canonical_email
from doorward.identity.records import User
from doorward.operations.ports import ServerDatabase


def find_user_by_email(database: ServerDatabase, *, email: str) -> User | None:
    """Return the user, however the address is spelt, or None."""
    try:
        canonical = canonical_email(email)
    except InvalidEmail:
        return None
    return database.read(lambda stores: stores.users.find_by_email(canonical))
