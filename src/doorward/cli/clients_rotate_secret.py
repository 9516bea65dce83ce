"""`doorward clients rotate-secret`."""

from typing import Annotated

import typer

from doorward.cli.client_words import NO_STORED_CLIENT, describe_client
from doorward.cli.command import Command
from doorward.cli.duration import read_duration_option
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import say, show_fields, show_json, when


def rotate_secret(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client id.")],
    *,
    overlap: Annotated[
        str, typer.Option(help="How long the old secret goes on, such as 12h; 0 ends it now. At most 90d.")
    ] = "7d",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Give a client a new secret, which is shown this once; the old one goes on for a while.

    A secret that was replaced before ends now. Servers accept the new one within 5 seconds.
    """
    from doorward.audit import RequestContext
    from doorward.operations.rotate_client_secret import rotate_client_secret

    duration = read_duration_option(overlap, name="--overlap")
    with opened() as installation:
        rotated = rotate_client_secret(
            installation.database,
            client_id=client_id,
            overlap=duration,
            now=installation.clock.now(),
            context=RequestContext(),
        )
    if rotated is None:
        raise CommandFailed(NO_STORED_CLIENT)
    client, secret = rotated
    if json:
        show_json(describe_client(client) | {"client_secret": secret.reveal()})
        return
    say("Made a new secret.")
    until = client.old_secrets_expire_at
    show_fields(
        {
            "client_id": client.client_id,
            "client_secret": secret.reveal(),
            "old secret": f"until {when(until)}" if until else "ended",
        }
    )
    say("The secret is not kept and cannot be shown again.")


COMMAND = Command(("clients", "rotate-secret"), rotate_secret)
