"""Definitions of resources: what is read, what is refused and in which words."""

from datetime import timedelta

import pytest

from doorward.oauth.protected_resource import TokenFormat
from doorward.oauth.resource_definition import (
    DefinitionLimits,
    InvalidDefinition,
    read_definition,
    write_definition,
)
from doorward.oauth.scope import Scope

LIMITS = DefinitionLimits(access_token_lifetime=timedelta(hours=1))
LEAST = {"identifier": "https://mcp.example.com/mcp", "name": "Notes"}
SCOPES = [{"name": "a", "words": "A", "includes": ["b"]}, {"name": "b", "words": "B"}]
CANARY = "canary-5f1c0d2e"


def test_an_address_and_a_name_are_enough():
    resource = read_definition(LEAST, LIMITS)

    assert ("mcp", Scope(("mcp",))) == (resource.scopes[0].name, resource.default_scope)
    assert TokenFormat.JWT is resource.token_format


def test_a_definition_is_written_as_it_was_read():
    resource = read_definition(
        {
            **LEAST,
            "aliases": ["https://old.example.com/"],
            "documentation": "https://docs.example.com",
            "scopes": SCOPES,
            "default_scope": "b",
            "token_format": "opaque",
            "access_token_lifetime": "15m",
            "authorization_lifetime": 86400,
            "tool_scopes": {"add": "a", "*": "b"},
            "method_scopes": {"resources/read": "a b"},
        },
        LIMITS,
    )

    assert resource == read_definition(write_definition(resource), LIMITS)
    assert (timedelta(minutes=15), timedelta(days=1)) == (
        resource.access_token_lifetime,
        resource.authorization_lifetime,
    )


def test_a_scope_covers_what_it_includes_by_whatever_detour():
    chain = [
        {"name": "a", "words": "A", "includes": ["b"]},
        {"name": "b", "words": "B", "includes": ["c"]},
        {"name": "c", "words": "C"},
    ]
    resource = read_definition({**LEAST, "scopes": chain}, LIMITS)

    assert resource.covers(["a"], ["a", "b", "c"])
    assert not resource.covers(["b"], ["a"])
    assert resource.covers(["x", "c"], ["x"])
    assert not resource.covers([], ["c"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"identifier": None},
        {"identifier": ""},
        {"identifier": 7},
        {"identifier": f"http://{CANARY}.example.com/mcp"},
        {"identifier": "https://mcp.example.com/mcp/"},
        {"identifier": "https://MCP.example.com/mcp"},
        {"identifier": "HTTPS://mcp.example.com/mcp"},
        {"identifier": "https://mcp.example.com:443/mcp"},
        {"identifier": f"https://user:{CANARY}@mcp.example.com/mcp"},
        {"identifier": f"https://mcp.example.com/mcp?{CANARY}"},
        {"identifier": f"https://mcp.example.com/mcp#{CANARY}"},
        {"identifier": "https://mcp.example.com\\@evil.example/mcp"},
        {"identifier": "urn:mcp:server"},
        {"name": ""},
        {"name": " \u200b "},
        {"name": "two\nlines"},
        {"name": "x" * 81},
        {"aliases": CANARY},
        {"aliases": [7]},
        {"aliases": ["javascript:alert(1)"]},
        {"aliases": ["https://a.example"] * 101},
        {"documentation": "javascript:alert(1)"},
        {"scopes": []},
        {"scopes": "mcp"},
        {"scopes": [{"name": "mcp"}]},
        {"scopes": [{"name": "two words", "words": "x"}]},
        {"scopes": [{"name": 'quo"te', "words": "x"}]},
        {"scopes": [{"name": "a", "words": "x", "more": 1}]},
        {"scopes": [{"name": "a", "words": "x"}] * 2},
        {"scopes": [{"name": "offline_access", "words": "x"}]},
        {"scopes": [{"name": "a", "words": "x", "includes": ["b"]}]},
        {"scopes": [{"name": "a", "words": "x", "includes": ["a"]}]},
        {"scopes": [{"name": "a", "words": "x", "includes": ["b"]}, {"name": "b", "words": "x", "includes": ["a"]}]},
        {"default_scope": CANARY},
        {"default_scope": 'quo"te'},
        {"token_format": "paseto"},
        {"access_token_lifetime": "2h"},
        {"access_token_lifetime": 0},
        {"access_token_lifetime": True},
        {"access_token_lifetime": "soon"},
        {"access_token_lifetime": 1.5},
        {"authorization_lifetime": "99999d"},
        {"tool_scopes": {"add": CANARY}},
        {"tool_scopes": {"add": ""}},
        {"tool_scopes": {"": "mcp"}},
        {"tool_scopes": ["add"]},
        {"method_scopes": {"resources/read": 7}},
        {CANARY: 1},
    ],
)
def test_a_wrong_member_is_named_and_its_value_is_not(wrong: dict[str, object]):
    with pytest.raises(InvalidDefinition) as refused:
        read_definition({**LEAST, **wrong}, LIMITS)

    (member,) = wrong
    said = str(refused.value)
    assert member == CANARY or member in said or "scope token" in said
    assert member == CANARY or CANARY not in said
    assert said.startswith(("has ", "needs "))
    assert not said.endswith(".")
