"""Removing what is over."""

from datetime import datetime, timedelta

from doorward.audit import AuditEvent, AuditTag
from doorward.identity.login import SignInLimits
from doorward.oauth.records import Client, ClientOrigin
from doorward.operations.list_clients import list_clients
from doorward.operations.sweep import sweep
from doorward.operations.tail_audit import tail_audit
from doorward.storage import Database
from tests.builders import NOW, given_a_client_and_secret, given_a_user, given_an_authorization, sign_in_with


def tidy(database: Database, *, now: datetime = NOW, max_stored_clients: int = 10_000) -> int:
    return sweep(
        database,
        max_stored_clients=max_stored_clients,
        never_used_client_lifetime=timedelta(days=30),
        audit_retention=timedelta(days=400),
        now=now,
    )


def test_the_sweep_removes_what_is_over_and_nothing_else(database):
    """Sessions that ended go; the trail of some months and what is alive stay (T8)."""
    user = given_a_user(database)
    given_an_authorization(database, user)
    for _ in range(3):
        sign_in_with(database, limits=SignInLimits(enabled=False))
    events = tail_audit(database, limit=100)

    assert 0 == tidy(database)
    gone = tidy(database, now=NOW + timedelta(days=60))

    assert gone >= 3
    assert 0 == database.write(lambda stores: stores.sessions.delete_of_user(user.id))
    assert list(events) == list(tail_audit(database, limit=100))
    assert 1 == len(database.read(lambda stores: stores.authorizations.list_connected(user.id, NOW)))


def test_the_sweep_removes_clients_that_nobody_ever_connected(database):
    """Self-registered ones after 30 days, or the oldest above the cap; never an operator's (S53)."""
    operators, _ = given_a_client_and_secret(database)
    for age in range(4):
        client = Client(
            client_id=f"dwd_dynamic{age}",
            origin=ClientOrigin.DYNAMIC,
            redirect_uris=("https://client.example/cb",),
            created_at=NOW - timedelta(days=age * 11),
            token_endpoint_auth_method="client_secret_basic",
            client_secret_hashes=(b"h" * 32,),
        )
        database.write(lambda stores, client=client: stores.clients.add(client))

    tidy(database)
    assert {"dwd_dynamic0", "dwd_dynamic1", "dwd_dynamic2", operators.client_id} == {
        client.client_id for client in list_clients(database)
    }
    tidy(database, max_stored_clients=1)
    assert {"dwd_dynamic0", operators.client_id} == {client.client_id for client in list_clients(database)}


def test_a_backlog_of_audit_events_goes_in_small_batches(database):
    """No transaction deletes more than 500 of a kind, so that nobody waits long for it."""

    def unit(stores):
        for _ in range(1_100):
            stores.audit.add(AuditEvent(tag=AuditTag.SIGNED_OUT, at=NOW))

    database.write(unit)

    assert 1_100 == tidy(database, now=NOW + timedelta(days=400))
    assert [] == list(tail_audit(database, limit=10))
