"""The token path's own SQL in a bare driver loop: what the database and its driver allow without a server around it.

`python -m bench.statements URL` redeems every code that is left in the database, then refreshes as often.
"""

# pyright: reportPrivateUsage=false

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import cast

import psycopg

from doorward.audit import RequestContext
from doorward.oauth.ports import CodeClaim, RefreshClaim
from doorward.storage import token_path_postgres, token_path_sqlite
from doorward.storage.token_path_rules import Row, Value, answer, code_parameters, refresh_parameters

THREADS = 8
GROUP = 16
"""As many requests as the load has connections share a commit of SQLite."""
CONTEXT = RequestContext(address="127.0.0.1", request_id="bench")

Parameters = dict[str, Value]

_CODES = """
SELECT code_hash, client_id, redirect_uri, code_challenge, resource FROM oauth_codes WHERE consumed_at IS NULL
"""
_CONNECTIONS = """
SELECT id, client_id, refresh_current FROM authorizations WHERE activated_at = {} AND revoked_at IS NULL
"""


def main(url: str) -> None:
    """Print both rates as JSON."""
    print(json.dumps(_sqlite(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else _postgres(url)))


def _postgres(url: str) -> dict[str, float]:
    pool = [cast("psycopg.Connection[Row]", psycopg.connect(url, autocommit=True)) for _ in range(THREADS)]
    for connection in pool:
        connection.execute("SET search_path TO mcp")

    def loop(statement: bytes, share: Sequence[Parameters], connection: "psycopg.Connection[Row]") -> None:
        for parameters in share:
            row = connection.execute(statement, parameters, prepare=True).fetchone()
            if row is None:
                raise RuntimeError("the statement refused what it should accept")
            answer(row)

    def work(statement: bytes, parameters: Sequence[Parameters]) -> None:
        shares = [parameters[start::THREADS] for start in range(THREADS)]
        with ThreadPoolExecutor(THREADS) as threads:
            for done in [threads.submit(loop, statement, *pair) for pair in zip(shares, pool, strict=True)]:
                done.result()

    return _measure(
        lambda query: pool[0].execute(query.encode()).fetchall(),
        lambda parameters: work(token_path_postgres.REDEEM, parameters),
        lambda parameters: work(token_path_postgres.ROTATE, parameters),
    )


def _sqlite(path: str) -> dict[str, float]:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")

    def work(unit: Callable[[sqlite3.Connection, Parameters], object], parameters: Sequence[Parameters]) -> None:
        for start in range(0, len(parameters), GROUP):
            connection.execute("BEGIN IMMEDIATE")
            for one in parameters[start : start + GROUP]:
                if unit(connection, one) is None:
                    raise RuntimeError("the statement refused what it should accept")
            connection.execute("COMMIT")

    return _measure(
        lambda query: connection.execute(query).fetchall(),
        lambda parameters: work(token_path_sqlite._redeem, parameters),
        lambda parameters: work(token_path_sqlite._rotate, parameters),
    )


def _measure(
    ask: Callable[[str], Iterable[tuple[object, ...]]],
    redeem: Callable[[Sequence[Parameters]], None],
    rotate: Callable[[Sequence[Parameters]], None],
) -> dict[str, float]:
    now = datetime.now(UTC)
    codes = [_code(row, now) for row in ask(_CODES)]
    exchange = _rate(redeem, codes)
    moment = codes[0]["now"]
    connections = [_connection(row, now) for row in ask(_CONNECTIONS.format(moment))]
    return {"exchange": exchange, "refresh": _rate(rotate, connections)}


def _rate(work: Callable[[Sequence[Parameters]], None], parameters: Sequence[Parameters]) -> float:
    begin = time.perf_counter()
    work(parameters)
    return len(parameters) / (time.perf_counter() - begin)


def _code(row: tuple[object, ...], now: datetime) -> Parameters:
    code_hash, client_id, redirect_uri, challenge, resource = cast("tuple[bytes, str, str, str, str]", row)
    claim = CodeClaim(
        code_hash=bytes(code_hash),
        client_id=client_id,
        redirect_uri=redirect_uri,
        code_challenge=challenge,
        resource=resource,
        context=CONTEXT,
    )
    return code_parameters(claim, now) or {}


def _connection(row: tuple[object, ...], now: datetime) -> Parameters:
    authorization_id, client_id, generation = cast("tuple[bytes, str, int]", row)
    claim = RefreshClaim(
        authorization_id=bytes(authorization_id),
        generation=generation,
        client_id=client_id,
        resource=None,
        scope=None,
        retry_window=timedelta(minutes=1),
        idle_lifetime=timedelta(days=30),
        context=CONTEXT,
    )
    return refresh_parameters(claim, now) or {}


if __name__ == "__main__":
    main(sys.argv[1])
