"""The reference of the known clients."""

from collections.abc import Iterable

from dev.reference.markdown import code, page, table
from doorward.oauth.agents import Agent, KnownDocument
from doorward.oauth.known_clients import KNOWN_CLIENTS
from doorward.oauth.uri_pattern import UriPattern


def known_clients_page() -> str:
    """Every agent: how it is told, and what to know about it."""
    known = KNOWN_CLIENTS
    return page(
        "Known clients",
        f"What this version knows of MCP clients, as of {known.version.isoformat()}.\n"
        "[What an identity means](../explanation/agents.md) says what follows from it, and "
        "[who may connect](../how-to/who-may-connect.md) how to add to it.\n"
        "`{id}` stands for one path segment, and the port of a loopback address is free unless it is named.",
        table(("agent", "by", "where it runs"), [(code(a.id), a.vendor, a.about) for a in known.agents]),
        *(_section(agent) for agent in known.agents),
    )


def _section(agent: Agent) -> str:
    documents = [f"{code(str(document.url))}, {_pins(document)}" for document in agent.documents]
    lines = [
        f"- Own addresses: {_patterns(agent.addresses)}",
        f"- Addresses that pass the answer on to the person's computer: {_patterns(agent.relays)}",
        f"- Schemes: {_patterns(agent.schemes)}",
        f"- Listens at: {_patterns(agent.loopback)}",
        f"- Documents: {'; '.join(documents) or 'none'}",
        *(f"- To make it forget: {step}" for step in agent.repair),
        *(f"- {quirk}" for quirk in agent.quirks),
        f"- Read at {agent.source} on {agent.seen}.",
    ]
    kept = [line for line in lines if not line.endswith(": none")]
    return f"## {agent.name}\n\n" + "\n".join(kept)


def _pins(document: KnownDocument) -> str:
    pinned = ", ".join(map(code, document.members))
    return f"{f'pinned {pinned}' if pinned else 'not pinned'} ({document.source}, {document.seen})"


def _patterns(patterns: Iterable[UriPattern]) -> str:
    return ", ".join(code(str(pattern)) for pattern in patterns) or "none"
