"""Protected resource metadata says what the seed's said, with strings as configured."""

import pytest

from doorward.resource_server.metadata import metadata_path, metadata_url, protected_resource_metadata


def test_the_document_has_the_fields_of_the_seed():
    """The seed's contract: these members, `mcp` and never `offline_access` (R6, R7)."""
    document = protected_resource_metadata(
        resource="http://localhost:8000/http",
        issuer="http://localhost:8000",
        scopes=("mcp",),
        name="MCP server",
        documentation="http://localhost:8000",
    )

    assert {
        "resource": "http://localhost:8000/http",
        "authorization_servers": ["http://localhost:8000"],
        "scopes_supported": ["mcp"],
        "bearer_methods_supported": ["header"],
        "resource_documentation": "http://localhost:8000",
        "resource_name": "MCP server",
    } == document


def test_documentation_may_be_absent():
    """RFC 9728 §2: an optional member is left out, not null."""
    document = protected_resource_metadata(resource="https://a/http", issuer="https://a", scopes=["mcp"], name="x")

    assert "resource_documentation" not in document


@pytest.mark.parametrize(
    ("resource", "path", "url"),
    [
        ("https://a.example/http", "/.well-known/oauth-protected-resource/http", "https://a.example"),
        ("https://a.example:8443/x/y/", "/.well-known/oauth-protected-resource/x/y", "https://a.example:8443"),
        ("https://a.example", "/.well-known/oauth-protected-resource", "https://a.example"),
        ("https://a.example/", "/.well-known/oauth-protected-resource", "https://a.example"),
        ("http://[::1]:8000/http", "/.well-known/oauth-protected-resource/http", "http://[::1]:8000"),
    ],
)
def test_the_well_known_path_goes_before_the_resource_path(resource: str, path: str, url: str):
    """RFC 9728 §3.1, S72."""
    assert (path, url + path) == (metadata_path(resource), metadata_url(resource))
