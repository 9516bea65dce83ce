"""Adopts the tables of the program Doorward began as, where PostgreSQL has them.

Its clients registered themselves and were never checked: those whose redirect URIs are acceptable today become
public clients. Its codes were stored in clear and lived for ten minutes: they are dropped.
"""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from doorward.oauth.client_metadata import MAX_REDIRECT_URIS, acceptable_client_uri, clean_name
from doorward.oauth.records import ClientOrigin
from doorward.oauth.redirect_uri import is_acceptable
from doorward.storage.column_types import is_storable
from doorward.storage.errors import ForeignTables

_MEND = "move that to another schema, or use another database"
_SPEAKS_OF_NAMES = ("42P07", "42710", "42809", "2BP01")
"""SQLSTATEs whose message holds names and no values: what exists already, is no table, or hangs from one."""
_SET_ASIDE = "seed_oauth_clients"
_BATCH = 1_000
_OURS = frozenset(
    {"api_keys", "audit_events", "authorizations", "blocks", "consents", "facts", "invitations", "oauth_clients"}
    | {"initial_access_tokens"}
    | {"oauth_codes", "sessions", "signing_keys", "throttle", "users"}
)
_SEED_CLIENTS = frozenset({"client_id", "client_name", "client_uri", "redirect_uris", "created_at"})
_SEED_CODES = frozenset({"code", "user_email", "client_id", "redirect_uri", "expires_at", "used"})

_INSERT = sa.text("""
    INSERT INTO oauth_clients (client_id, origin, redirect_uris, created_at, client_name, client_uri,
        token_endpoint_auth_method, grant_types, client_secret_hashes, trusted)
    VALUES (:client_id, :origin, :redirect_uris, :created_at, :client_name, :client_uri,
        'none', '["authorization_code","refresh_token"]', '[]', false)
""")


def set_aside(connection: Connection) -> bool:
    """Drop the seed's codes and move its clients out of the way; whether there are any to adopt.

    Raises:
        ForeignTables: the schema has tables of our names that are neither ours nor the seed's, or the file has any.
    """
    if connection.dialect.name != "postgresql":
        _refuse_used_file(connection)
        return False
    columns = _columns(connection)
    has_clients = _SEED_CLIENTS <= columns.get("oauth_clients", set())
    has_codes = _SEED_CODES <= columns.get("oauth_codes", set())
    seed = {name for name, found in (("oauth_clients", has_clients), ("oauth_codes", has_codes)) if found}
    if foreign := sorted((_OURS & columns.keys()) - seed):
        raise ForeignTables(f"its schema mcp has tables that are not Doorward's ({', '.join(foreign)}): {_MEND}")
    if has_codes:
        connection.execute(sa.text("DROP TABLE oauth_codes"))
    if has_clients:
        connection.execute(sa.text(f"ALTER TABLE oauth_clients RENAME TO {_SET_ASIDE}"))
    return has_clients


def adopt(connection: Connection) -> None:
    """Copy what is acceptable of the clients set aside, and drop their table.

    A `timestamp` without zone was written by the session's `NOW()`, so it is read in the session's zone; `infinity`
    and what else lies ahead becomes now.
    """
    created_at = "GREATEST(LEAST(CAST(created_at AS timestamptz), now()), to_timestamp(0))"
    seed = sa.text(f"""
        SELECT client_id, client_name, client_uri, redirect_uris,
               CAST(EXTRACT(EPOCH FROM {created_at}) * 1000000 AS bigint)
        FROM {_SET_ASIDE} WHERE client_id IS NOT NULL
    """)  # noqa: S608 - a constant
    rows = connection.execute(seed)
    for batch in rows.partitions(_BATCH):
        if adopted := [client for row in batch if (client := _adopted(*row)) is not None]:
            connection.execute(_INSERT, adopted)
    connection.execute(sa.text(f"DROP TABLE {_SET_ASIDE}"))


@contextmanager
def telling_foreign() -> Generator[None]:
    """Tell what stands in the way of our tables: names that are taken, views over the seed's, and the like.

    Raises:
        ForeignTables: PostgreSQL refused a statement, and not because it is out of order.
    """
    try:
        yield
    except DBAPIError as error:
        from psycopg import Error

        refused = error.orig
        if not isinstance(refused, Error) or isinstance(error, OperationalError | InterfaceError):
            raise
        names = refused.diag.message_primary if refused.sqlstate in _SPEAKS_OF_NAMES else None
        said = names or type(refused).__name__
        raise ForeignTables(f"its schema mcp is in use by something else ({said}): {_MEND}") from None


def _refuse_used_file(connection: Connection) -> None:
    taken = sa.text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('alembic_version')")
    if foreign := sorted(connection.scalars(taken)):
        raise ForeignTables(
            f"its file has tables that are not Doorward's ({', '.join(foreign[:5])}): name another file"
        )


def _columns(connection: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    names = sa.text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'mcp'")
    for table, column in connection.execute(names):
        found.setdefault(table, set()).add(column)
    return found


def _adopted(
    client_id: str, client_name: str | None, client_uri: str | None, redirect_uris: object, created_at: int
) -> dict[str, Any] | None:  # Any: columns of different types
    uris = [uri for uri in _strings(redirect_uris) if is_storable(uri) and is_acceptable(uri)]
    uris = list(dict.fromkeys(uris))[:MAX_REDIRECT_URIS]
    if not uris:
        return None
    return {
        "client_id": client_id,
        "origin": ClientOrigin.SEED.value,
        "redirect_uris": json.dumps(uris, separators=(",", ":")),
        "created_at": created_at,
        "client_name": clean_name(client_name or ""),
        "client_uri": acceptable_client_uri(client_uri),
    }


def _strings(value: object) -> Iterable[str]:
    """Read the list the seed stored: JSON as text or jsonb, or an array; anything else is no list."""
    for _ in range(2):  # a driver may have encoded the encoded text once more
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return ()
    items: list[object] = list(value) if isinstance(value, list) else []  # pyright: ignore[reportUnknownArgumentType]
    return [item for item in items if isinstance(item, str)]
