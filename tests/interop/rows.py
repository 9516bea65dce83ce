"""The rows of clients.toml: how a client arrives, and how it speaks from then on."""

import json
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Spelling = Literal["as published", "absent", "with a slash", "in another case"]


class Row(BaseModel):
    """One client, in one of its ways to arrive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client: str
    arrives: Literal["registers", "has a document", "was given an id"]
    metadata: dict[str, str | list[str]]
    """Its registration, or its Client ID Metadata Document without `client_id`.

    `{port}` is a free port, another for each person, and `{jwks}` the address of its JWK Set.
    """
    redirects: tuple[str, ...]
    """The redirect URIs it uses, each in a connection of its own; `{port}` is a free port."""
    registers_twice: bool = False
    """Two registrations for one attempt; either may be used."""
    first_request: Literal["POST", "GET", "HEAD"] = "POST"
    """How it asks the MCP server without a token."""
    endpoints: Literal["as advertised", "at the root"] = "as advertised"
    origin: str | None = None
    """The web page it runs in: its requests are preceded by preflights."""
    looks_before_it_opens: bool = False
    """It fetches the authorization request itself before it opens a browser."""
    scope: str | None = None
    prompt: str | None = None
    resource: Spelling = "as published"
    """How the authorization request names the MCP server."""
    resource_at_token: Spelling = "as published"
    resource_at_refresh: Spelling = "as published"
    scope_at_refresh: bool = False
    """It repeats the scope it was granted."""
    refresh: Literal["one at a time", "two at once", "lost answer"] = "one at a time"
    refreshes_at_the_root: bool = False
    """After a restart it has forgotten the metadata."""

    @property
    def name(self) -> str:
        """What a test is called."""
        return f"{self.client} {self.arrives}"

    def filled(self, **values: object) -> dict[str, str | list[str]]:
        """The metadata with everything known."""
        text = json.dumps(self.metadata)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return json.loads(text)


def spelled(resource: str, spelling: Spelling) -> dict[str, str]:
    """The parameter that names a resource in that spelling, or none."""
    scheme, rest = resource.split("://", 1)
    host, path = rest.split("/", 1)
    spellings: dict[Spelling, dict[str, str]] = {
        "as published": {"resource": resource},
        "absent": {},
        "with a slash": {"resource": resource + "/"},
        "in another case": {"resource": f"{scheme.upper()}://{host.upper()}/{path}"},
    }
    return spellings[spelling]


def _read() -> tuple[Row, ...]:
    data = tomllib.loads(Path(__file__).with_name("clients.toml").read_text("utf-8"))
    return tuple(Row.model_validate(row) for row in data["row"])


ROWS = _read()
