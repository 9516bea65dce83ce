"""Resources that operators stored, and the resource servers that may introspect their tokens."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, union, update

from doorward.oauth.records import StoredResource
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, values_of

_resources = schema.resources
_servers = schema.resource_servers
_authorizations = schema.authorizations
_HOLD = 0x646F6F72_72657372
"""The number of the advisory lock between those that change resources: `doorresr`."""

_PUT = Upsert(
    _resources,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["identifier"],
        set_={name: insert.excluded[name] for name in ("definition", "is_default", "updated_at")},
    ),
)
_ADD_SERVER = Upsert(_servers, lambda insert: insert.on_conflict_do_nothing().returning(_servers.c.client_id))


class SqlResources:
    """The resource store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> Sequence[StoredResource]:
        ordered = select(_resources).order_by(_resources.c.created_at, _resources.c.identifier)
        return [StoredResource(**row) for row in self._connection.execute(ordered).mappings()]

    def find(self, identifier: str) -> StoredResource | None:
        if not is_storable(identifier):
            return None
        asked = select(_resources).where(_resources.c.identifier == identifier)
        row = self._connection.execute(asked).mappings().first()
        return None if row is None else StoredResource(**row)

    def put(self, resource: StoredResource) -> None:
        if resource.is_default:
            self._connection.execute(update(_resources).where(_resources.c.is_default).values(is_default=False))
        _PUT.run(self._connection, values_of(resource))

    def delete(self, identifier: str) -> bool:
        if not is_storable(identifier):
            return False
        self._connection.execute(delete(_servers).where(_servers.c.resource == identifier))
        gone = delete(_resources).where(_resources.c.identifier == identifier)
        return self._connection.execute(gone).rowcount > 0

    def in_use(self) -> frozenset[str]:
        live = select(_authorizations.c.resource).where(_authorizations.c.revoked_at.is_(None))
        answers = (select(table.c.resource) for table in (schema.consents, schema.declined_scopes))
        return frozenset(self._connection.scalars(union(live, *answers)))

    def hold(self) -> None:
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            self._connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_HOLD})")

    def servers(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for resource, client_id in self._connection.execute(select(_servers.c.resource, _servers.c.client_id)):
            found[resource] = found.get(resource, frozenset()) | {client_id}
        return found

    def add_server(self, identifier: str, client_id: str) -> bool:
        return _ADD_SERVER.run(self._connection, {"resource": identifier, "client_id": client_id}).first() is not None

    def remove_server(self, identifier: str, client_id: str) -> bool:
        if not (is_storable(identifier) and is_storable(client_id)):
            return False
        which = (_servers.c.resource == identifier) & (_servers.c.client_id == client_id)
        return self._connection.execute(delete(_servers).where(which)).rowcount > 0
