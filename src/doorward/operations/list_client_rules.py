"""List the rules about clients."""

from collections.abc import Sequence

from doorward.oauth.records import ClientRule
from doorward.operations.ports import ServerDatabase, Stores


def list_client_rules(database: ServerDatabase) -> Sequence[tuple[ClientRule, str | None]]:
    """Return every rule with the address of the person it is for, None for everybody; the oldest first."""

    def unit(stores: Stores) -> Sequence[tuple[ClientRule, str | None]]:
        rules = stores.clients.rules()
        people = {user_id: stores.users.find(user_id) for user_id in {rule.user_id for rule in rules} if user_id}
        return [(rule, user.email if (user := people.get(rule.user_id)) else None) for rule in rules]

    return database.read(unit)
