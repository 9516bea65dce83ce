"""Resource indicators."""

from dataclasses import replace

import pytest

from doorward.oauth.errors import InvalidTarget
from doorward.oauth.policy import Policy
from doorward.oauth.protected_resource import Resource, ScopeToken
from doorward.oauth.resource import choose_resource
from doorward.oauth.scope import Scope

RESOURCE = Resource(
    identifier="https://mcp.example.com/http",
    name="MCP server",
    scopes=(ScopeToken("mcp", "Use the tools"),),
    default_scope=Scope(("mcp",)),
)
POLICY = Policy(
    issuer="https://mcp.example.com",
    authorization_endpoint="https://mcp.example.com/oauth/authorize",
    token_endpoint="https://mcp.example.com/api/oauth/token",
    registration_endpoint="https://mcp.example.com/api/oauth/register",
    jwks_uri="https://mcp.example.com/.well-known/jwks.json",
    introspection_endpoint="https://mcp.example.com/api/oauth/introspect",
    resources=(RESOURCE,),
)


@pytest.mark.parametrize(
    "requested",
    [
        (),
        ("https://mcp.example.com/http",),
        ("https://mcp.example.com/http/",),
        ("https://MCP.Example.com/http",),
        ("https://mcp.example.com:443/http",),
        ("https://mcp.example.com/http", "https://mcp.example.com/http/"),
    ],
)
def test_tolerated_spellings_name_the_one_resource(requested: tuple[str, ...]) -> None:
    """R7, R23: read tolerantly, emit one spelling."""
    assert RESOURCE == choose_resource(POLICY, requested)


@pytest.mark.parametrize(
    "requested",
    [
        ("https://mcp.example.com",),
        ("https://mcp.example.com/HTTP",),
        ("https://mcp.example.com/http//",),
        ("https://mcp.example.com/http?x",),
        ("https://mcp.example.com/http#x",),
        ("http://mcp.example.com/http",),
        ("https://mcp.example.com:8443/http",),
        ("https://mcp.example.com/http/../http",),
        ("https://user@mcp.example.com/http",),
        ("not a uri",),
        ("https://mcp.example.com/http", "https://other.example/http"),
    ],
)
def test_anything_else_is_an_invalid_target(requested: tuple[str, ...]) -> None:
    """RFC 8707 §2."""
    with pytest.raises(InvalidTarget):
        choose_resource(POLICY, requested)


def test_an_alias_names_its_resource_and_two_resources_are_refused() -> None:
    other = replace(RESOURCE, identifier="https://mcp.example.com/two", aliases=("https://two.example",))
    policy = replace(POLICY, resources=(RESOURCE, other))

    assert other == choose_resource(policy, ("https://two.example/",))
    with pytest.raises(InvalidTarget):
        choose_resource(policy, (RESOURCE.identifier, other.identifier))
