"""Nothing on a request's path reads a whole table that grows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Table, event

from doorward.identity.records import InvitationKind, SessionKind
from doorward.oauth.records import ClientRule, UsedAssertion, Verdict
from doorward.storage import Database, token_path_postgres, token_path_sqlite
from doorward.storage.access_requests import SqlAccessRequests
from doorward.storage.postgres import PostgresDatabase
from doorward.storage.schema import authorizations, codes
from doorward.storage.sqlite import SqliteDatabase
from doorward.storage.stores import SqlStores
from doorward.storage.token_path_rules import assertion_parameters, code_parameters, refresh_parameters
from tests.builders import (
    NOW,
    a_claim,
    a_client,
    a_code,
    a_consent,
    a_refresh_claim,
    a_session,
    a_stored_document,
    an_access_request,
    an_api_key,
    an_authorization,
    an_initial_access_token,
    an_invitation,
    given_a_plain_user,
)

DAY = timedelta(days=1)
USED = UsedAssertion(b"assertion", NOW + DAY)
SMALL = ("signing_keys", "facts", "client_rules", "initial_access_tokens", "alembic_version")
"""Tables that only operators make grow."""


def people_who_wait(waiting: SqlAccessRequests, user_id: str) -> None:
    waiting.add(an_access_request(user_id))
    waiting.find(user_id, "subject")
    waiting.count_of_user(user_id)
    waiting.settle("subject", user_id)
    waiting.settle("subject")
    waiting.take("request")


def every_look_up(stores: SqlStores, user_id: str) -> None:
    """Call what a request, the revocation feed or the sweeper calls; lists for operators are left out."""
    authorization = an_authorization(user_id)
    stores.clients.add(a_client(client_id="client"))
    stores.clients.find("client")
    stores.clients.touch("client", NOW)
    stores.clients.evict_never_used(keep=0, older_than=NOW, limit=10)
    every_look_up_of_managed_clients(stores, user_id)
    stores.clients.delete("client")
    stores.clients.set_rule(ClientRule(subject="evil", verdict=Verdict.DENY, created_at=NOW))
    stores.clients.rules("user")
    stores.clients.remove_rule("evil", "")
    people_who_wait(stores.access_requests, user_id)
    stores.authorizations.add(authorization)
    stores.authorizations.find(authorization.id)
    stores.authorizations.find_by_interaction("interaction")
    stores.authorizations.find_by_public_id("public")
    stores.authorizations.list_connected(user_id, NOW)
    look_up_documents(stores, user_id)
    stores.codes.add(a_code(authorization, code_hash=b"code"))
    stores.codes.find(b"code")
    stores.codes.count_failure(b"code")
    stores.codes.void_unredeemed(authorization.id, at=NOW)
    stores.consents.remember(a_consent())
    stores.consents.find("user", "client", "host", "resource")
    stores.consents.forget("user", "client")
    stores.users.find(user_id)
    stores.users.find_by_email("email")
    stores.users.set_password_hash(user_id, "hash", replacing=None)
    stores.sessions.add(a_session(user_id))
    stores.sessions.find_signed_in(b"token", SessionKind.BROWSER, NOW)
    stores.sessions.delete(b"token")
    stores.sessions.delete_of_user(user_id)
    stores.api_keys.add(an_api_key(user_id))
    stores.api_keys.find_live(b"key", NOW)
    stores.api_keys.list_of_user(user_id)
    stores.api_keys.revoke("public", user_id, NOW)
    stores.invitations.add(an_invitation())
    stores.invitations.find_live(b"token", NOW)
    stores.invitations.consume(b"token", InvitationKind.SIGN_UP, NOW)
    stores.invitations.void_setup_links(NOW)
    for _ in range(2):
        stores.throttle.take("key", burst=1, period=DAY, now=NOW)
    stores.throttle.give_back("key", burst=1, period=DAY)
    stores.throttle.reset("key")
    stores.audit.tail(limit=10)
    stores.audit.tail(limit=10, after_id=1)
    stores.authorizations.revoke(authorization.id, at=NOW, reason="test")
    stores.authorizations.revoke_of_user(user_id, at=NOW, reason="test")
    stores.authorizations.revoke_of_client("client", at=NOW, reason="test")
    stores.authorizations.revoke_of_redirect_host("host", at=NOW, reason="test")
    stores.sweeper.sweep(NOW + 100 * DAY, audit_retention=DAY, limit=10)


def every_look_up_of_managed_clients(stores: SqlStores, user_id: str) -> None:
    """The same, of what owners and registration access tokens ask for."""
    stores.clients.find_by_registration_token(b"token")
    stores.clients.add_owned(a_client(owner_id=user_id), at_most=1)
    stores.clients.list_of_owner(user_id)
    stores.clients.update("client", {"client_name": "new"}, token_hash=b"token")
    stores.clients.rotate_secret("client", b"secret", old_until=NOW)
    stores.clients.delete_managed("client", registration_token_hash=b"token")
    stores.clients.delete_of_owner(user_id)
    stores.initial_access_tokens.add(an_initial_access_token())
    stores.initial_access_tokens.spend(b"token", NOW)
    stores.initial_access_tokens.revoke("token", NOW)


def look_up_documents(stores: SqlStores, user_id: str) -> None:
    stores.authorizations.find_latest(user_id, "client")
    stores.client_documents.keep(a_stored_document())
    stores.client_documents.find("client")
    stores.client_documents.update(a_stored_document())
    stores.client_documents.claim_due(NOW, again_at=NOW, limit=10)


def statements_of(database: Database, engine: Engine | None, run: Callable[[], object]) -> list[tuple[str, Any]]:
    """Collect what the query builder sends."""
    sent: list[tuple[str, Any]] = []

    def collect(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            sent.append((statement, parameters))

    assert engine is not None
    event.listen(engine, "before_cursor_execute", collect)
    run()
    event.remove(engine, "before_cursor_execute", collect)
    return sent


def feed(database: Database) -> None:
    database.revocations.revoked_after(NOW)
    database.revocations.is_revoked("public")


def test_sqlite_searches_and_never_scans(sqlite_database: Database):
    database = sqlite_database
    assert isinstance(database, SqliteDatabase)
    user = given_a_plain_user(database)
    sent = statements_of(
        database, database._write_engine, lambda: database.write(lambda stores: every_look_up(stores, user.id))
    )
    sent += statements_of(database, database._read_engine, lambda: feed(database))
    code = a_code(an_authorization(user.id))
    sent += [
        (token_path_sqlite._CONSUME, code_parameters(a_claim(code, assertion=USED), NOW)),
        (token_path_sqlite._ACTIVATE, {"now": 1, "id": b"id"}),
        (token_path_sqlite._ROTATE, refresh_parameters(a_refresh_claim(an_authorization(user.id)), NOW)),
    ]

    def scans(stores: SqlStores) -> list[tuple[str, str]]:
        raw: Any = stores.connection.connection.driver_connection
        plans = [
            (statement, step[3])
            for statement, parameters in sent
            for step in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        ]
        return [(statement, step) for statement, step in plans if step.startswith("SCAN") and not is_harmless(step)]

    assert 50 < len(sent)
    assert [] == database.write(scans)


def is_harmless(step: str) -> bool:
    """A constant row, a small table, a partial index read whole because that is the question, or a list to its end."""
    return (
        step == "SCAN CONSTANT ROW"
        or any(f"SCAN {table}" in step for table in SMALL)
        or "USING COVERING INDEX ix_oauth_clients_never_used" in step
        or "USING INDEX ix_oauth_clients_never_used" in step
        or "SCAN client_documents USING COVERING INDEX ix_client_documents_kept_at" in step  # to its cap
        or step == "SCAN audit_events"  # by descending key, with a limit
    )


def is_small(step: str) -> bool:
    """Whether the table is one that only operators make grow."""
    return any(f"Seq Scan on {table}" in step for table in SMALL)


def test_postgresql_has_an_index_for_everything(postgres_database: Database):
    """With sequential scans made costly, none is left: each question has an index that answers it."""
    database = postgres_database
    assert isinstance(database, PostgresDatabase)
    user = given_a_plain_user(database)
    sent = statements_of(
        database, database._engine, lambda: database.write(lambda stores: every_look_up(stores, user.id))
    )
    sent += statements_of(database, database._engine, lambda: feed(database))
    code = a_code(an_authorization(user.id))
    sent += [
        (token_path_postgres.REDEEM.decode(), code_parameters(a_claim(code), NOW)),
        (token_path_postgres.ROTATE.decode(), refresh_parameters(a_refresh_claim(an_authorization(user.id)), NOW)),
        (token_path_postgres.REDEEM_ONCE.decode(), code_parameters(a_claim(code, assertion=USED), NOW)),
        (
            token_path_postgres.ROTATE_ONCE.decode(),
            refresh_parameters(a_refresh_claim(an_authorization(user.id), assertion=USED), NOW),
        ),
        (token_path_postgres.USE.decode(), assertion_parameters(USED)),
    ]

    def scans(stores: SqlStores) -> list[tuple[str, str]]:
        stores.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        raw: Any = stores.connection.connection.driver_connection
        plans = [
            (statement, step)
            for statement, parameters in sent
            if "pg_advisory" not in statement
            for (step,) in raw.execute(f"EXPLAIN {statement}", parameters).fetchall()
        ]
        return [(statement, step) for statement, step in plans if "Seq Scan on" in step and not is_small(step)]

    assert 50 < len(sent)
    assert [] == database.write(scans)


WRITTEN_OFTEN = [
    *((authorizations, column) for column in ("last_used_at", "rotated_at", "refresh_current", "refresh_predecessor")),
    *((authorizations, column) for column in ("activated_at", "restored")),
    *((codes, column) for column in ("consumed_at", "voided_at", "failed_attempts")),
]


@pytest.mark.parametrize(("table", "column"), WRITTEN_OFTEN, ids=str)
def test_what_every_token_request_writes_stands_in_no_index(table: Table, column: str):
    """So PostgreSQL updates the row in place (HOT): nothing grows with use but the audit trail."""
    named = [
        index.name
        for index in table.indexes
        if column in {it.name for it in index.columns} or column in str(index.dialect_options["postgresql"]["where"])
    ]

    assert column in table.c
    assert [] == named
