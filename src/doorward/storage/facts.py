"""Facts about this installation, one row each."""

import base64
from collections.abc import Mapping

from sqlalchemy import Connection, select

from doorward.operations.ports import Absence
from doorward.storage import schema
from doorward.storage.column_types import from_microseconds, to_microseconds
from doorward.storage.statements import Upsert

_table = schema.facts
_KEY_CHECKS = "key_checks"
_ABSENT_RESOURCES = "absent_resources"
_SET = Upsert(
    _table,
    lambda insert: insert.on_conflict_do_update(index_elements=["name"], set_={"value": insert.excluded.value}),
)


class SqlFacts:
    """The facts store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def key_checks(self) -> tuple[bytes, ...]:
        values = self._connection.scalar(select(_table.c.value).where(_table.c.name == _KEY_CHECKS))
        return tuple(base64.b64decode(value) for value in values or ())

    def set_key_checks(self, values: tuple[bytes, ...]) -> None:
        self._set(_KEY_CHECKS, [base64.b64encode(value).decode() for value in values])

    def absent_resources(self) -> Mapping[str, Absence]:
        values: dict[str, tuple[int, int]] | None = self._connection.scalar(
            select(_table.c.value).where(_table.c.name == _ABSENT_RESOURCES)
        )
        return {identifier: Absence(*map(from_microseconds, at)) for identifier, at in (values or {}).items()}

    def set_absent_resources(self, absences: Mapping[str, Absence]) -> None:
        self._set(
            _ABSENT_RESOURCES, {identifier: list(map(to_microseconds, at)) for identifier, at in absences.items()}
        )

    def _set(self, name: str, value: object) -> None:
        _SET.run(self._connection, {"name": name, "value": value})
