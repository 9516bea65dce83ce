"""`doorward clients create`."""

from typing import Annotated

import typer

from doorward.cli.client_words import describe_client
from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.jwks_file import read_jwks
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import say, show_fields, show_json, warn
from doorward.cli.resource_words import opened_resources


def create(
    *,
    name: Annotated[
        str | None, typer.Option(help="What people read as its name. [default: the host of the first redirect URI]")
    ] = None,
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where answers go, exactly; give it once for each.")
    ] = None,
    grant: Annotated[
        list[str] | None,
        typer.Option(help="A grant type; give it once for each. [default: authorization_code, refresh_token]"),
    ] = None,
    auth_method: Annotated[
        str | None,
        typer.Option(
            help="How it authenticates: none, client_secret_basic, client_secret_post or private_key_jwt. "
            "[default: none, or private_key_jwt where keys are given]"
        ),
    ] = None,
    jwks: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Its public keys, a JWK Set, for private_key_jwt; - reads standard input."),
    ] = None,
    jwks_uri: Annotated[
        str | None, typer.Option(metavar="URL", help="Where it publishes its public keys, instead of --jwks.")
    ] = None,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Honour a person's earlier consent without asking again.")
    ] = False,
    scope: Annotated[str | None, typer.Option(help="The scope it may ask for. [default: every scope]")] = None,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Register a client; its secret, if it has one, is shown this once."""
    from doorward.audit import RequestContext
    from doorward.oauth.redirect_uri import runs_on_this_computer
    from doorward.operations.create_client import create_client

    if not redirect_uri:
        raise CommandFailed("Give --redirect-uri, once for each address that answers may go to.")
    keys = None if jwks is None else read_jwks(jwks)
    with opened_resources(port) as resources:
        installation = resources.installation
        client, secret = create_client(
            installation.database,
            name=name,
            redirect_uris=redirect_uri,
            grant_types=grant or ["authorization_code", "refresh_token"],
            auth_method=auth_method or ("none" if jwks is None and jwks_uri is None else "private_key_jwt"),
            trusted=trusted,
            scope=scope,
            scopes_supported=resources.policy.known_scope,
            jwks=keys,
            jwks_uri=jwks_uri,
            schemes=installation.known_clients.redirect_schemes,
            now=installation.clock.now(),
            context=RequestContext(),
        )
    if trusted and any(runs_on_this_computer(uri) for uri in client.redirect_uris):
        warn("People are asked every time all the same where answers go to an app on their own computer.")
    if json:
        show_json(describe_client(client) | ({"client_secret": secret.reveal()} if secret else {}))
        return
    say("Registered the client.")
    show_fields(
        {"client_id": client.client_id}
        | ({"client_secret": secret.reveal()} if secret else {})
        | {
            "name": client.client_name or "-",
            "redirect URIs": " ".join(client.redirect_uris),
            "authentication": client.token_endpoint_auth_method,
        }
    )
    if secret:
        say("The secret is not kept and cannot be shown again.")


COMMAND = Command(("clients", "create"), create)
