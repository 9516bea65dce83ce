"""`doorward clients block`."""

from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say, warn
from doorward.cli.policy_words import connections

if TYPE_CHECKING:
    from doorward.app import Installation


def block(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ID|HOST|AGENT",
            help="A client id, a host without port and path (https://intranet where it has no "
            "dot), or a known agent such as claude.",
        ),
    ],
) -> None:
    """Block a client, an agent, or all clients whose answers go to a host, and end their connections.

    It is the rule that `doorward policy set deny` makes for everybody.
    """
    from doorward.audit import RequestContext
    from doorward.oauth.block_subject import InvalidBlockSubject, SubjectKind
    from doorward.operations.block_client import block_client

    with opened() as installation:
        try:
            blocked = block_client(
                installation.database,
                subject=subject,
                known=installation.known_clients,
                now=installation.clock.now(),
                context=RequestContext(),
            )
        except InvalidBlockSubject as error:
            raise CommandFailed(str(error)) from None
        is_known = blocked.subject.kind is not SubjectKind.CLIENT_ID or _is_known(installation, blocked.subject.name)
    if not is_known:
        warn("This server has no client of this id and never made it: see that it is whole, as in the audit trail.")
    say(f"Blocked {printable(str(blocked.subject))}; {connections(blocked.authorizations)} ended.")


def _is_known(installation: "Installation", client_id: str) -> bool:
    """Whether an id of our own form is one that is stored or that describes itself; other ids are not ours to know."""
    from doorward.kit.bounded_cache import BoundedCache
    from doorward.kit.secrets import TokenPrefix
    from doorward.oauth.client_sources.stateless import StatelessClients
    from doorward.operations.find_client import find_client

    if client_id.startswith(TokenPrefix.STORED_CLIENT):
        return find_client(installation.database, client_id=client_id) is not None
    if client_id.startswith(TokenPrefix.STATELESS_CLIENT):
        known = StatelessClients(installation.keyring, BoundedCache(1))
        return known.find(client_id, installation.clock.now()) is not None
    return True


COMMAND = Command(("clients", "block"), block)
