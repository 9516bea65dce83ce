"""Make an account, as an operator."""

from datetime import datetime

from doorward.audit import RequestContext
from doorward.identity.passwords import Passwords
from doorward.identity.records import User
from doorward.identity.users import new_user, prepare_credentials
from doorward.operations.new_account import add_account
from doorward.operations.ports import ServerDatabase


def create_user(
    database: ServerDatabase,
    passwords: Passwords,
    *,
    email: str,
    password: str,
    is_administrator: bool = False,
    now: datetime,
    context: RequestContext,
) -> User:
    """Make the account; the first administrator made here voids the setup link.

    Raises:
        InvalidEmail, WeakPassword, EmailTaken: nothing was made.
    """
    password_hash = prepare_credentials(passwords, email=email, password=password)
    user = new_user(email=email, password_hash=password_hash, is_administrator=is_administrator, now=now)

    return database.write(lambda stores: add_account(stores, user, by="operator", now=now, context=context))
