"""Builders: what tests are made of, with safe defaults, so that a test states only what it is about."""

from datetime import UTC, datetime
from typing import Any

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.passwords import HashCost, Passwords
from doorward.identity.records import SessionKind, SignedIn, User
from doorward.kit.secrets import Secret
from doorward.oauth.records import Authorization
from doorward.oauth.scope import Scope
from doorward.operations.create_user import create_user
from doorward.operations.ports import ServerDatabase

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HERE = RequestContext(address="192.0.2.7", request_id="request-1")
A_PASSWORD = "zebra fjord pickle lantern"
AN_EMAIL = "ada@example.org"


def fast_passwords(**cost: int) -> Passwords:
    """Passwords hashed at next to no cost."""
    return Passwords(cost=HashCost(**{"memory_kib": 8, "passes": 1, **cost}))


def given_a_user(
    database: ServerDatabase,
    *,
    email: str = AN_EMAIL,
    password: str = A_PASSWORD,
    is_administrator: bool = False,
    now: datetime = NOW,
) -> User:
    """An account in the database."""
    return create_user(
        database,
        fast_passwords(),
        email=email,
        password=password,
        is_administrator=is_administrator,
        now=now,
        context=HERE,
    )


def audited(database: ServerDatabase, tag: AuditTag) -> list[AuditEvent]:
    """The events of one kind, oldest first."""
    trail = database.read(lambda stores: stores.audit.tail(limit=1000))
    return [event for _, event in trail if event.tag is tag]
