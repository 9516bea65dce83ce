"""Connections to PostgreSQL: libpq URLs as they are, and no connection handed out that the server has closed."""

import select

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ConnStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from doorward.storage.errors import DatabaseUrlError
from doorward.storage.schema import POSTGRES_SCHEMA

POOL_PATIENCE = 30.0
"""Seconds to wait for a free connection."""
_MOST_NOTICES = 5
SESSION = (
    "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s';"
    " SET default_transaction_isolation = 'read committed'"
)
"""What every connection is told first."""


def complete(url: str) -> str:
    """Return what libpq connects with: the URL, and what it leaves open.

    Raises:
        DatabaseUrlError: libpq cannot read the URL. Its own words could hold the password, so they are not kept.
    """
    try:
        known = conninfo_to_dict(url)
    except psycopg.Error:
        raise DatabaseUrlError("libpq cannot read its URL: write it as postgresql://user:password@host/name") from None
    timely = url if "connect_timeout" in known else make_conninfo(url, connect_timeout="10")
    return make_conninfo(timely, fallback_application_name="doorward")


def make_engine(conninfo: str, *, pool_size: int) -> Engine:
    """Return an engine whose connections are in autocommit mode; units of work say BEGIN themselves."""

    def connect() -> psycopg.Connection:
        connection = psycopg.connect(conninfo, autocommit=True)
        connection.execute(SESSION)
        return connection

    engine = create_engine(
        "postgresql+psycopg://",
        creator=connect,
        isolation_level="AUTOCOMMIT",
        execution_options={"schema_translate_map": {None: POSTGRES_SCHEMA}},
        hide_parameters=True,
        use_native_hstore=False,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_PATIENCE,
        pool_use_lifo=True,
    )
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def _refuse_dead(connection: psycopg.Connection, _record: object, _fairy: object) -> None:
    if not is_alive(connection.pgconn):
        raise DisconnectionError("the server closed the connection")


def is_alive(connection: PGconn) -> bool:
    """Whether an idle connection still has a server at its other end; costs no round trip.

    Something to read on an idle connection is a notice, which is taken in, or its end.
    """
    if connection.status != ConnStatus.OK:
        return False
    poll = select.poll()
    poll.register(connection.socket, select.POLLIN)
    for _ in range(_MOST_NOTICES):
        if not poll.poll(0):
            return True
        try:
            connection.consume_input()
        except psycopg.OperationalError:
            return False
    return False
