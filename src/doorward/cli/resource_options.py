"""What `resources create` and `resources update` are told about a protected MCP server, as its definition."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from doorward.cli.failure import CommandFailed

if TYPE_CHECKING:
    from doorward.oauth.resource_definition import InvalidDefinition

MAX_FILE_BYTES = 1024 * 1024

_TYPED = {
    "identifier": "ADDRESS",
    "name": "--name",
    "aliases": "--alias",
    "documentation": "--documentation",
    "scopes": "--scope",
    "words": "What --scope says in words",
    "default_scope": "--default-scope",
    "token_format": "--token-format",
    "access_token_lifetime": "--access-token-lifetime",
    "authorization_lifetime": "--authorization-lifetime",
    "tool_scopes": "--tool-scope",
    "method_scopes": "--method-scope",
}
_CLAUSE = re.compile(
    rf"(?P<verb>needs|has) (?P<member>{'|'.join(_TYPED)})(?P<link> that|, which| in| with|,) (?P<rest>.+)"
)
_LINKS = {" that": "", ", which": "", " in": "is in ", " with": "has "}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceOptions:
    """What a protected MCP server is, an option each; what was not given is None."""

    name: Annotated[str | None, typer.Option(help="What people read as its name.")] = None
    alias: Annotated[list[str] | None, typer.Option(help="Another address that names it; give it once for each.")] = (
        None
    )
    documentation: Annotated[str | None, typer.Option(help="Page about it for developers.")] = None
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", metavar="NAME=WORDS", help="A scope token and what it means in words; give it once for each."
        ),
    ] = None
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=NAME", help="A scope token, and another that it includes; give it once for each."),
    ] = None
    default_scope: Annotated[
        str | None,
        typer.Option(help="What every call needs and a client gets that asks for nothing. [default: the first]"),
    ] = None
    token_format: Annotated[
        str | None, typer.Option(help="What its access tokens are: jwt or opaque. [default: jwt]")
    ] = None
    access_token_lifetime: Annotated[
        str | None, typer.Option(help="How long its access tokens last, such as 15m; the setting is the most.")
    ] = None
    authorization_lifetime: Annotated[str | None, typer.Option(help="How long a connection to it lasts at most.")] = (
        None
    )
    tool_scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TOOL=SCOPE", help="What calling a tool needs besides; * is every tool that is not named."
        ),
    ] = None
    method_scope: Annotated[
        list[str] | None, typer.Option(metavar="METHOD=SCOPE", help="What a method of MCP needs besides.")
    ] = None
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A JSON file with the definition; what the other options say counts more."),
    ] = None
    default: Annotated[
        bool | None, typer.Option("--default/--no-default", help="Whether requests mean it that name no resource.")
    ] = None

    def definition(self, **members: object) -> dict[str, object]:
        """The members of a definition that were given.

        Raises:
            CommandFailed: an option has another form, or the file holds no JSON object.
        """
        members |= {
            "name": self.name,
            "aliases": self.alias,
            "documentation": self.documentation,
            "scopes": _scopes(self.scope, self.include),
            "default_scope": self.default_scope,
            "token_format": self.token_format,
            "access_token_lifetime": self.access_token_lifetime,
            "authorization_lifetime": self.authorization_lifetime,
            "tool_scopes": _pairs(self.tool_scope, "--tool-scope"),
            "method_scopes": _pairs(self.method_scope, "--method-scope"),
        }
        in_file = _read(self.file) if self.file is not None else {}
        return in_file | {name: value for name, value in members.items() if value is not None}


def refusal(error: "InvalidDefinition", *, definition: dict[str, object]) -> CommandFailed:
    """The sentence about a definition in the words of the command line."""
    from doorward.kit.names import one_line

    clause = _CLAUSE.match(str(error))
    if clause is None:
        return CommandFailed(f"The resource {error}.")
    typed, link, rest = _TYPED[clause["member"]], clause["link"], clause["rest"]
    if clause["verb"] == "needs":
        return CommandFailed(f"{typed} is missing: the MCP server needs it.")
    if clause["member"] == "default_scope" and "default_scope" not in definition:
        return CommandFailed(f"Its default scope is not among these scopes any more: give {typed}, too.")
    if clause["member"] == "default_scope" and link == " with":
        tokens = cast("list[dict[str, object]]", definition.get("scopes") or [])
        known = ", ".join(str(token["name"]) for token in tokens) or "the scopes of this MCP server"
        return CommandFailed(f"{typed} {one_line(str(definition.get('default_scope')))} is not one of {known}.")
    return CommandFailed(f"{typed} {_LINKS[link]}{rest}.")


def _pairs(texts: list[str] | None, option: str) -> dict[str, str] | None:
    """Options of the form `NAME=VALUE`.

    Raises:
        CommandFailed: one has another form, or a name is repeated.
    """
    if texts is None:
        return None
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value or name in found:
            raise CommandFailed(f"Give {option} once for each name, in the form NAME=VALUE.")
        found[name] = value
    return found


def _scopes(names: list[str] | None, includes: list[str] | None) -> list[dict[str, object]] | None:
    """The scope tokens, with what they include.

    Raises:
        CommandFailed: an option has another form, or includes belong to no scope token that was given.
    """
    words = _pairs(names, "--scope")
    if words is None:
        if includes:
            raise CommandFailed("Give --include together with the --scope options it speaks of.")
        return None
    below: dict[str, list[str]] = {name: [] for name in words}
    for text in includes or []:
        name, _, other = text.partition("=")
        if name not in below or not other:
            raise CommandFailed("Give --include in the form NAME=NAME, the first among the --scope options.")
        below[name].append(other)
    return [{"name": name, "words": meaning, "includes": below[name]} for name, meaning in words.items()]


def _read(file: Path) -> dict[str, object]:
    from doorward.kit.strict_json import MalformedJson, read_object

    try:
        return read_object(file.read_bytes()[:MAX_FILE_BYTES])
    except MalformedJson:
        raise CommandFailed("The file of --file does not hold one JSON object.") from None
