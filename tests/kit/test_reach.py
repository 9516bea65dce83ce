"""From where an address can be reached, as far as it says so itself."""

import pytest

from doorward.kit.reach import is_reached_from_the_cloud


@pytest.mark.parametrize(
    "address",
    ["https://mcp.example.com/http", "https://MCP.example.com.:8443/", "https://8.8.8.8/http", "https://[2606::1]/"],
)
def test_a_public_address_is_reached_from_the_cloud(address: str) -> None:
    assert is_reached_from_the_cloud(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8000/http",
        "https://localhost/http",
        "https://app.localhost/",
        "https://127.0.0.1/http",
        "https://[::1]/http",
        "https://192.168.1.4/http",
        "https://[fd00::1]/",
        "https://intranet/http",
        "https://nas.local/",
        "https://mcp.corp.internal/",
        "https://router.home.arpa./",
        "http://mcp.example.com/http",
        "not an address",
        "",
    ],
)
def test_an_address_of_this_computer_or_network_is_not(address: str) -> None:
    """What runs in a vendor's cloud could not even find it, or must not be sent a password in the clear."""
    assert not is_reached_from_the_cloud(address)
