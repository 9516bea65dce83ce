"""All commands, and the program made of them."""

from typing import Annotated

import typer

import doorward
from doorward.cli import (
    agents_list,
    audit_tail,
    clients_block,
    clients_create,
    clients_delete,
    clients_drop_old_secret,
    clients_list,
    clients_rotate_secret,
    clients_show,
    clients_unblock,
    clients_update,
    config_show,
    db_restored,
    db_upgrade,
    keys_reset,
    keys_rotate,
    policy_list,
    policy_set,
    policy_unset,
    registration_tokens_create,
    registration_tokens_list,
    registration_tokens_revoke,
    requests_approve,
    requests_list,
    requests_refuse,
    resources_add_server,
    resources_create,
    resources_delete,
    resources_list,
    resources_remove_server,
    resources_show,
    resources_update,
    serve,
    users_create,
    users_disable,
    users_enable,
    users_invite,
    users_list,
    users_set_password,
)
from doorward.cli.command import Command
from doorward.cli.failure import report_failures
from doorward.cli.help_text import HelpfulCommand, HelpfulGroup
from doorward.cli.option_group import spread_groups

COMMANDS: tuple[Command, ...] = (
    serve.COMMAND,
    users_create.COMMAND,
    users_list.COMMAND,
    users_invite.COMMAND,
    users_set_password.COMMAND,
    users_disable.COMMAND,
    users_enable.COMMAND,
    clients_create.COMMAND,
    clients_list.COMMAND,
    clients_show.COMMAND,
    clients_update.COMMAND,
    clients_rotate_secret.COMMAND,
    clients_drop_old_secret.COMMAND,
    clients_block.COMMAND,
    clients_unblock.COMMAND,
    clients_delete.COMMAND,
    agents_list.COMMAND,
    policy_set.COMMAND,
    policy_unset.COMMAND,
    policy_list.COMMAND,
    requests_list.COMMAND,
    requests_approve.COMMAND,
    requests_refuse.COMMAND,
    registration_tokens_create.COMMAND,
    registration_tokens_list.COMMAND,
    registration_tokens_revoke.COMMAND,
    resources_create.COMMAND,
    resources_list.COMMAND,
    resources_show.COMMAND,
    resources_update.COMMAND,
    resources_delete.COMMAND,
    resources_add_server.COMMAND,
    resources_remove_server.COMMAND,
    keys_rotate.COMMAND,
    keys_reset.COMMAND,
    db_upgrade.COMMAND,
    db_restored.COMMAND,
    config_show.COMMAND,
    audit_tail.COMMAND,
)

NOUNS = {
    "users": "People with an account.",
    "clients": "Clients that are stored, and those that are blocked.",
    "agents": "The programs behind clients: Claude, Cursor, and so on.",
    "policy": "Rules about which clients people may connect.",
    "requests": "People who wait for an administrator to allow a client.",
    "registration-tokens": "What clients register with where registration is not open.",
    "resources": "Protected MCP servers, and who may introspect their tokens.",
    "keys": "The keys that tokens are signed and sealed with.",
    "db": "The database.",
    "config": "The settings.",
    "audit": "The audit trail.",
}


def create_program() -> typer.Typer:
    """Build the program from COMMANDS."""
    program = _group("An OAuth 2.1 authorization server and identity provider for MCP servers.")
    program.callback()(_root)
    nouns: dict[str, typer.Typer] = {}
    for command in COMMANDS:
        *noun, verb = command.words
        group = program
        for word in noun:
            if word not in nouns:
                nouns[word] = _group(NOUNS[word])
                program.add_typer(nouns[word], name=word)
            group = nouns[word]
        _ = group.command(verb, cls=HelpfulCommand)(report_failures(spread_groups(command.run)))
    return program


def _group(text: str) -> typer.Typer:
    return typer.Typer(
        cls=HelpfulGroup,
        help=text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        rich_markup_mode=None,  # its columns cut names off, and take [default: …] for markup
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the signature of a callback is Typer's
    if wanted:
        typer.echo(f"doorward {doorward.__version__}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """An OAuth 2.1 authorization server and identity provider for MCP servers.

    Settings are environment variables; `doorward config show` lists them.
    """
