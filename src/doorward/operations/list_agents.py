"""List which agents people are connected to."""

from collections.abc import Sequence
from datetime import datetime

from doorward.oauth.records import AgentUse
from doorward.operations.ports import ServerDatabase


def list_agents(database: ServerDatabase, *, now: datetime) -> Sequence[AgentUse]:
    """Return how often each person is connected to each agent, or to unknown clients at one place (interop R3)."""
    return database.read(lambda stores: stores.authorizations.count_by_agent(now))
