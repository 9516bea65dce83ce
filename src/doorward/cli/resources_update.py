"""`doorward resources update`."""

from typing import Annotated

import typer

from doorward.cli import resource_options as given
from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import say
from doorward.cli.resource_words import opened_resources, show_resource


def update(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its id or its address.")],
    *,
    name: given.Name = None,
    alias: given.Alias = None,
    documentation: given.Documentation = None,
    scope: given.ScopeOption = None,
    include: given.Include = None,
    default_scope: given.DefaultScope = None,
    token_format: given.TokenFormat = None,
    access_token_lifetime: given.AccessTokenLifetime = None,
    authorization_lifetime: given.AuthorizationLifetime = None,
    tool_scope: given.ToolScope = None,
    method_scope: given.MethodScope = None,
    file: given.Definition = None,
    default: given.Default = None,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Change what is named of a protected MCP server, the built-in one included; everything else stays as it was.

    An option that is repeated replaces all of its kind, and what people have granted is not changed.
    """
    from doorward.audit import RequestContext
    from doorward.oauth.resource_definition import InvalidDefinition
    from doorward.operations.resource_changes import ResourceRefused, ResourceUnknown
    from doorward.operations.update_resource import update_resource

    changes = given.definition_of(
        file,
        name=name,
        aliases=alias,
        documentation=documentation,
        scopes=given.scopes(scope, include),
        default_scope=default_scope,
        token_format=token_format,
        access_token_lifetime=access_token_lifetime,
        authorization_lifetime=authorization_lifetime,
        tool_scopes=given.pairs(tool_scope, "--tool-scope"),
        method_scopes=given.pairs(method_scope, "--method-scope"),
    )
    if not changes and default is None:
        raise CommandFailed("Nothing is to be changed: give at least one option.")
    with opened_resources(port) as resources:
        identifier = resources.require(resource).identifier
        try:
            _ = update_resource(
                resources.installation.database,
                resources.catalogue.rules,
                identifier=identifier,
                changes=changes,
                is_default=default,
                now=resources.installation.clock.now(),
                context=RequestContext(),
            )
        except InvalidDefinition as error:
            raise given.refusal(error, definition=changes) from None
        except (ResourceRefused, ResourceUnknown) as error:
            raise CommandFailed(f"It cannot be changed: {error}.") from None
        resources.reload()
        if not json:
            say("Changed the MCP server.")
        show_resource(resources, resources.require(identifier), json=json)


COMMAND = Command(("resources", "update"), update)
