"""`doorward registration-tokens create`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.duration import read_duration_option
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import say, show_fields, show_json, when
from doorward.cli.registration_token_words import describe_token, uses_in_words


def create(
    *,
    name: Annotated[str, typer.Option(help="What it is for, to recognise it by.")],
    expires: Annotated[
        str | None, typer.Option(help="How long it is good for, such as 30d. [default: until it is revoked]")
    ] = None,
    uses: Annotated[int | None, typer.Option(min=1, help="How many clients it admits. [default: any number]")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an initial access token, with which clients register where DOORWARD_REGISTRATION is token."""
    from doorward.audit import RequestContext
    from doorward.operations.create_initial_access_token import (
        InitialAccessTokenRefused,
        create_initial_access_token,
    )

    lifetime = read_duration_option(expires, name="--expires") if expires is not None else None
    with opened() as installation:
        now = installation.clock.now()
        try:
            secret, token = create_initial_access_token(
                installation.database,
                name=name,
                expires_at=now + lifetime if lifetime is not None else None,
                uses=uses,
                now=now,
                context=RequestContext(),
            )
        except InitialAccessTokenRefused as error:
            raise CommandFailed(str(error)) from None
        is_asked_for = installation.settings.registration == "token"
    if json:
        show_json(describe_token(token) | {"token": secret.reveal()})
        return
    say("Made the token.")
    show_fields(
        {
            "token": secret.reveal(),
            "id": token.id,
            "name": token.name,
            "uses left": uses_in_words(token),
            "expires": when(token.expires_at),
        }
    )
    say("The token is not kept and cannot be shown again.")
    if not is_asked_for:
        say("Nothing asks for it until DOORWARD_REGISTRATION is token for the server.")


COMMAND = Command(("registration-tokens", "create"), create)
