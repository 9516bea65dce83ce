"""Connections to PostgreSQL: libpq URLs as they are, and no connection handed out that the server has closed."""

import select

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from doorward.storage.errors import DatabaseUrlError
from doorward.storage.schema import POSTGRES_SCHEMA

POOL_PATIENCE = 30.0
"""Seconds to wait for a free connection."""
MOST_NOTICES = 5
_PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "40000"}
"""Seconds until a server that does not answer is given up, and milliseconds until one that fell silent is."""
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
    patience = {name: value for name, value in _PATIENCE.items() if name not in known}
    return make_conninfo(url, **patience, fallback_application_name="doorward")


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
    """Drop an idle connection that the server closed; costs no round trip.

    Something to read on an idle connection is a notice, which is taken in, or its end.
    """
    if connection.closed:
        raise DisconnectionError("the connection was closed")
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    for _ in range(MOST_NOTICES):
        if not poll.poll(0):
            return
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            break
    raise DisconnectionError("the server closed the connection")
