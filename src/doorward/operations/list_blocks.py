"""List what nobody may connect."""

from collections.abc import Sequence

from doorward.oauth.records import EVERYBODY, ClientRule, Verdict
from doorward.operations.ports import ServerDatabase


def list_blocks(database: ServerDatabase) -> Sequence[ClientRule]:
    """Return every rule that denies something to everybody, the oldest first."""
    rules = database.read(lambda stores: stores.clients.rules(EVERYBODY))
    return [rule for rule in rules if rule.verdict is Verdict.DENY]
