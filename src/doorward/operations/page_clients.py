"""List the clients that have a row, a page at a time."""

from collections.abc import Sequence

from doorward.kit.paging import Position
from doorward.oauth.records import Client
from doorward.operations.ports import ServerDatabase


def page_clients(
    database: ServerDatabase, *, after: Position | None, limit: int
) -> tuple[Sequence[Client], Position | None]:
    """At most `limit` clients, the oldest first, and where the next page begins; None behind the last one."""
    found = database.read(
        lambda stores: stores.clients.page(after=(after.at, after.id) if after else None, limit=limit + 1)
    )
    shown = found[:limit]
    return shown, Position(shown[-1].created_at, shown[-1].client_id) if len(found) > limit else None
