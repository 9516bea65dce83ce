"""Builders: what tests are made of, with safe defaults, so that a test states only what it is about."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.login import SessionLifetimes, SignInLimits
from doorward.identity.passwords import HashCost, Passwords
from doorward.identity.records import SessionKind, SignedIn, User
from doorward.kit.secrets import Secret
from doorward.oauth.records import Authorization, Client
from doorward.oauth.scope import Scope
from doorward.operations.create_client import create_client
from doorward.operations.create_user import create_user
from doorward.operations.ports import ServerDatabase
from doorward.operations.sign_in import sign_in

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


def sign_in_with(database: ServerDatabase, **given: object) -> tuple[Secret, SignedIn]:
    """Sign in as the default user, from a browser, unless told otherwise."""
    arguments: dict[str, Any] = {
        "passwords": fast_passwords(),
        "limits": SignInLimits(),
        "lifetimes": SessionLifetimes(),
        "email": AN_EMAIL,
        "password": A_PASSWORD,
        "kind": SessionKind.BROWSER,
        "now": NOW,
        "context": HERE,
        **given,
    }
    return sign_in(database, **arguments)


def an_authorization(user_id: str, **given: object) -> Authorization:
    """An Authorization whose code was redeemed."""
    members: dict[str, Any] = {
        "id": secrets.token_bytes(16),
        "public_id": secrets.token_hex(16),
        "interaction_id": secrets.token_hex(16),
        "user_id": user_id,
        "client_id": "dwd_client",
        "client_name": "A client",
        "redirect_uri": "https://client.example/callback",
        "scope": Scope.of(["mcp"]),
        "resource": "https://mcp.example/http",
        "auth_time": NOW,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=365),
        "activated_at": NOW,
        "last_used_at": NOW,
        "refresh_current": 1,
        **given,
    }
    return Authorization(**members)


def given_an_authorization(database: ServerDatabase, user: User, **given: object) -> Authorization:
    """An Authorization of that user in the database."""
    authorization = an_authorization(user.id, **given)
    database.write(lambda stores: stores.authorizations.add(authorization))
    return authorization


def given_a_client_and_secret(database: ServerDatabase, **given: object) -> tuple[Client, Secret | None]:
    """A confidential client that an operator registered."""
    arguments: dict[str, Any] = {
        "name": "Example",
        "redirect_uris": ["https://client.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "auth_method": "client_secret_basic",
        "trusted": False,
        "scope": None,
        "now": NOW,
        "context": HERE,
        **given,
    }
    return create_client(database, **arguments)


def race(racers: int, run: Callable[[int], object]) -> list[object]:
    """Call `run` with 0, 1, 2, ... on so many threads at once; what each returned or raised."""
    outcomes: list[object] = [None] * racers
    start = threading.Barrier(racers)

    def go(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = run(number)
        except Exception as error:  # noqa: BLE001 - whatever a racer meets is its outcome
            outcomes[number] = error

    threads = [threading.Thread(target=go, args=(number,)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
