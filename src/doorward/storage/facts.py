"""Facts about this installation, one row each."""

import base64

from sqlalchemy import Connection, select

from doorward.storage import schema
from doorward.storage.statements import Upsert

_table = schema.facts
_KEY_CHECKS = "key_checks"
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
        encoded = [base64.b64encode(value).decode() for value in values]
        _SET.run(self._connection, {"name": _KEY_CHECKS, "value": encoded})
