"""What a token request, a sign-in and the account page cost when the tables are small, large and very large.

`python -m bench.growth --rows 1000 100000 1000000` fills a fresh SQLite file and a fresh PostgreSQL database and
prints one table. Only the database's share is measured: nothing else of a request knows how many rows there are.
"""

import argparse
import secrets
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, insert, literal, literal_column, null, select
from sqlalchemy.sql.elements import ColumnElement

from doorward.audit import AuditTag, RequestContext
from doorward.identity.records import InvitationKind, SessionKind
from doorward.oauth.ports import CodeClaim, RefreshClaim
from doorward.oauth.records import Authorization, AuthorizationCode, ClientOrigin
from doorward.oauth.scope import Scope
from doorward.storage import Database, open_database, schema
from doorward.storage.column_types import BYTES, ScopeText

SAMPLES = 1000
CHUNK = 50_000
"""Rows of one transaction: PostgreSQL ends a statement after 30 s, and SQLite's readers go on meanwhile."""
NOW = datetime.now(UTC).replace(microsecond=0)
HERE = RequestContext(address="192.0.2.7", request_id="growth")
SCOPE, RESOURCE, REDIRECT = Scope.of(["mcp"]), "https://mcp.example/http", "https://client.example/callback"

GROWING: Sequence[Table] = (
    schema.users,
    schema.clients,
    schema.authorizations,
    schema.codes,
    schema.consents,
    schema.sessions,
    schema.api_keys,
    schema.invitations,
    schema.throttle,
    schema.audit_events,
)
"""The tables that use makes grow; owners come before what they own."""

_IDS = {"id", "public_id", "interaction_id", "user_id", "client_id", "authorization_id"}
_KEYS = _IDS | {"email", "email_canonical", "code_hash", "token_hash", "key_hash"}
_LATER = NOW + timedelta(days=365)
_CONSTANTS: dict[str, object] = {
    "origin": ClientOrigin.OPERATOR,
    "redirect_uris": (REDIRECT,),
    "token_endpoint_auth_method": "none",
    "grant_types": ("authorization_code", "refresh_token"),
    "client_secret_hashes": (),
    "redirect_uri": REDIRECT,
    "redirect_host": "client.example",
    "resource": RESOURCE,
    "code_challenge": "x" * 43,
    "consumed_at": NOW,
    "expires_at": _LATER,
    "free_at": _LATER,
    "activated_at": NOW,
    "last_used_at": NOW,
    "used_at": None,
    "refresh_current": 1,
    "failed_attempts": 0,
    "hint": "dwk_…",
    "name": "A key",
    "tag": AuditTag.CODE_REDEEMED,
    "detail": {},
}


def fill(database: Database, rows: int, tables: Sequence[Table] = GROWING) -> None:
    """Add so many rows to each of these tables, made by the database itself; the nth rows belong together."""
    for table in tables:
        for first in range(1, rows + 1, CHUNK):
            last = min(first + CHUNK - 1, rows)
            database.write(lambda stores, t=table, a=first, b=last: _insert(stores.connection, t, a, b))
    database.write(lambda stores: stores.connection.exec_driver_sql("ANALYZE"))


def key_of(number: int) -> str:
    """The key of the nth row: unique, and as scattered as a random one."""
    return f"{number * 2654435761 % 2**32:08x}{number:08x}"


def _insert(connection: Connection, table: Table, first: int, last: int) -> None:
    numbers = select(literal(first, Integer).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < last))
    filled = [each for each in table.c if not (table is schema.audit_events and each.name == "id")]
    values = [_value(connection, each).label(each.name) for each in filled]
    connection.execute(insert(table).from_select(filled, select(*values).select_from(numbers)))


def _value(connection: Connection, of: Column[Any]) -> ColumnElement[Any]:
    if of.name in _KEYS and of.table is not schema.audit_events:
        return _key(connection, as_bytes=of.type is BYTES)
    if of.name == "scope":
        return literal(SCOPE if isinstance(of.type, ScopeText) else "mcp", of.type)
    if of.name in _CONSTANTS:
        return literal(_CONSTANTS[of.name], of.type) if _CONSTANTS[of.name] is not None else null()
    if of.name == "kind":
        kind = SessionKind.BROWSER if of.table is schema.sessions else InvitationKind.SIGN_UP
        return literal(kind, of.type)
    if of.nullable:
        return null()
    if of.name.endswith("_at") or of.name in ("at", "auth_time"):
        return literal(NOW, of.type)
    return literal(value=False, type_=of.type)


def _key(connection: Connection, *, as_bytes: bool) -> ColumnElement[Any]:
    scattered = "(n * 2654435761) % 4294967296"
    if connection.dialect.name == "sqlite":
        text = f"printf('%08x%08x', {scattered}, n)"
        return literal_column(f"CAST({text} AS BLOB)" if as_bytes else text)
    text = "lpad(to_hex((n::bigint * 2654435761) % 4294967296), 8, '0') || lpad(to_hex(n), 8, '0')"
    return literal_column(f"convert_to({text}, 'UTF8')" if as_bytes else text)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one step, in microseconds."""

    name: str
    median: float
    p99: float


def measure(database: Database, rows: int) -> list[Cost]:
    """Time each step on rows spread over the whole table."""
    numbers = [1 + secrets.randbelow(rows) for _ in range(SAMPLES)]
    codes = [_a_code(database, number) for number in numbers]
    _ = [_redeem(database, _a_code(database, number)) for number in numbers[:50]]
    return [
        _timed("code exchange", codes, lambda code: _redeem(database, code)),
        _timed("refresh", codes, lambda code: _rotate(database, code)),
        _timed("sign-in look-up", numbers, lambda number: _look_up(database, number)),
        _timed("session look-up", numbers, lambda number: _session(database, number)),
        _timed("account page", numbers, lambda number: _account(database, number)),
    ]


def _a_code(database: Database, number: int) -> AuthorizationCode:
    authorization = Authorization(
        id=secrets.token_bytes(16),
        public_id=secrets.token_hex(16),
        interaction_id=secrets.token_hex(16),
        user_id=key_of(number),
        client_id=key_of(number),
        client_name="A client",
        redirect_uri=REDIRECT,
        scope=SCOPE,
        resource=RESOURCE,
        auth_time=NOW,
        created_at=NOW,
        expires_at=_LATER,
    )
    code = AuthorizationCode(
        code_hash=secrets.token_bytes(32),
        authorization_id=authorization.id,
        client_id=authorization.client_id,
        redirect_uri=REDIRECT,
        code_challenge="x" * 43,
        resource=RESOURCE,
        created_at=NOW,
        expires_at=_LATER,
    )

    def unit(stores: Any) -> None:  # noqa: ANN401 - the storage room's own stores
        stores.authorizations.add(authorization)
        stores.codes.add(code)

    database.write(unit)
    return code


def _redeem(database: Database, code: AuthorizationCode) -> object:
    claim = CodeClaim(
        code_hash=code.code_hash,
        client_id=code.client_id,
        redirect_uri=code.redirect_uri,
        code_challenge=code.code_challenge,
        resource=code.resource,
        context=HERE,
    )
    return database.token_path.redeem_code(claim, NOW)


def _rotate(database: Database, code: AuthorizationCode) -> object:
    claim = RefreshClaim(
        authorization_id=code.authorization_id,
        generation=1,
        client_id=code.client_id,
        resource=None,
        scope=None,
        retry_window=timedelta(minutes=1),
        idle_lifetime=timedelta(days=30),
        context=HERE,
    )
    return database.token_path.rotate_refresh_token(claim, NOW)


def _look_up(database: Database, number: int) -> object:
    """The first transaction of a sign-in: both limits, and the account."""

    def unit(stores: Any) -> object:  # noqa: ANN401 - the storage room's own stores
        for key in (f"account {number}", f"address {number}"):
            stores.throttle.take(key, burst=10, period=timedelta(minutes=15), now=NOW)
        return stores.users.find_by_email(key_of(number))

    return database.write(unit)


def _session(database: Database, number: int) -> object:
    token_hash = key_of(number).encode()
    return database.read(lambda stores: stores.sessions.find_signed_in(token_hash, SessionKind.BROWSER, NOW))


def _account(database: Database, number: int) -> object:
    return database.read(lambda stores: stores.authorizations.list_connected(key_of(number), NOW))


def _timed(name: str, subjects: Sequence[Any], run: Callable[[Any], object]) -> Cost:
    taken: list[float] = []
    for subject in subjects:
        begin = time.perf_counter()
        found = run(subject)
        taken.append((time.perf_counter() - begin) * 1e6)
        if not found:
            raise RuntimeError(f"{name}: nothing was found")
    return Cost(name, statistics.median(taken), statistics.quantiles(taken, n=100)[98])


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    try:
        database.upgrade()
        yield database
    finally:
        database.close()


def _measured(url: str, rows: int) -> tuple[float, list[Cost]]:
    with _opened(url) as database:
        begin = time.perf_counter()
        fill(database, rows)
        return time.perf_counter() - begin, measure(database, rows)


def _stop(_number: int, _frame: object) -> None:
    sys.exit("stopped")


def main() -> None:
    """Print a table as Markdown."""
    from bench import postgres

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 100_000])
    sizes: list[int] = parser.parse_args().rows
    signal.signal(signal.SIGTERM, _stop)  # so that PostgreSQL is stopped too
    print("| engine | rows | fill | step | median µs | p99 µs |\n|---|---:|---:|---|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="doorward-growth-") as name, postgres.running() as server:
        for rows in sizes:
            for engine, url in (
                ("SQLite", f"sqlite:///{Path(name) / f'{rows}.db'}"),
                ("PostgreSQL", server.new_database(f"growth_{rows}")),
            ):
                seconds, costs = _measured(url, rows)
                for cost in costs:
                    line = f"| {engine} | {rows:,} | {seconds:.0f} s | {cost.name} |"
                    print(f"{line} {cost.median:.0f} | {cost.p99:.0f} |", flush=True)


if __name__ == "__main__":
    main()
