"""`doorward clients update`."""

from typing import Annotated

import typer

from doorward.cli.client_words import NO_STORED_CLIENT, describe_client, show_client
from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.jwks_file import read_jwks
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import say, show_json
from doorward.cli.resource_words import opened_resources


def update(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client id.")],
    *,
    name: Annotated[str | None, typer.Option(help="What people read as its name.")] = None,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option(
            help="Where answers go, exactly; give it once for each: they replace all, and codes for others end."
        ),
    ] = None,
    grant: Annotated[list[str] | None, typer.Option(help="A grant type; give it once for each.")] = None,
    auth_method: Annotated[
        str | None, typer.Option(help="Another way to present its secret: client_secret_basic or client_secret_post.")
    ] = None,
    jwks: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Other public keys, a JWK Set, that replace all; - reads standard input."),
    ] = None,
    jwks_uri: Annotated[
        str | None, typer.Option(metavar="URL", help="Where it publishes its public keys from now on.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="The scope it may ask for; empty for every scope.")] = None,
    trusted: Annotated[
        bool | None,
        typer.Option("--trusted/--not-trusted", help="Honour a person's earlier consent without asking again."),
    ] = None,
    shared: Annotated[
        bool | None,
        typer.Option(
            "--shared/--not-shared",
            help="Let people other than its owner connect a client that one made, until its owner changes what it is.",
        ),
    ] = None,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Change a stored client; what is not named stays, and servers notice within 5 seconds."""
    from doorward.audit import RequestContext
    from doorward.operations.update_client import ClientChanges, update_client

    changes = ClientChanges(
        name=name,
        redirect_uris=tuple(redirect_uri) if redirect_uri else None,
        grant_types=tuple(grant) if grant else None,
        auth_method=auth_method,
        jwks=None if jwks is None else read_jwks(jwks),
        jwks_uri=jwks_uri,
        scope=scope,
        trusted=trusted,
        shared=shared,
    )
    if changes == ClientChanges():
        raise CommandFailed("Say what to change: `doorward clients update --help` lists the options.")
    with opened_resources(port) as resources:
        installation = resources.installation
        client = update_client(
            installation.database,
            client_id=client_id,
            changes=changes,
            scopes_supported=resources.policy.known_scope,
            schemes=installation.known_clients.redirect_schemes,
            now=installation.clock.now(),
            context=RequestContext(),
        )
    if client is None:
        raise CommandFailed(NO_STORED_CLIENT)
    if json:
        show_json(describe_client(client))
        return
    say("Changed the client.")
    show_client(client)


COMMAND = Command(("clients", "update"), update)
