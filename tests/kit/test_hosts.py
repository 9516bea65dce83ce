"""Host headers that a server answers to."""

import pytest

from doorward.kit.hosts import allowed_hosts, is_allowed_host

ALLOWED = allowed_hosts("https://mcp.example.org")


@pytest.mark.parametrize(
    "host", ["mcp.example.org", "MCP.example.org", "mcp.example.org:443", "localhost", "localhost:8000", "[::1]:9"]
)
def test_the_public_host_and_this_machine_are_allowed(host: str):
    assert is_allowed_host(host, ALLOWED)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":",
        ":80",
        "mcp.example.org:80",
        "evil.example",
        "localhost:",
        "localhost:*",
        "localhost:8x",
        "localhost:٣",
        "localhost.evil.example",
        "localhost:80:80",
        "mcp.example.org.",
        "*",
        "mcp.example.org:*",
    ],
)
def test_anything_else_is_not(host: str):
    assert not is_allowed_host(host, ALLOWED)


def test_a_port_of_the_public_address_is_a_part_of_it():
    assert is_allowed_host("mcp.example.org:8443", allowed_hosts("https://mcp.example.org:8443"))
    assert not is_allowed_host("mcp.example.org", allowed_hosts("https://mcp.example.org:8443"))
