"""List what operators block."""

from collections.abc import Sequence

from doorward.oauth.records import Block
from doorward.operations.ports import ServerDatabase


def list_blocks(database: ServerDatabase) -> Sequence[Block]:
    """Return every block, the oldest first."""
    return database.read(lambda stores: stores.clients.blocks())
