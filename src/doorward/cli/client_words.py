"""A client in the words of RFC 7591, for programs."""

from typing import TYPE_CHECKING

from doorward.cli.output import stamp

if TYPE_CHECKING:
    from doorward.oauth.records import Client


def describe_client(client: "Client") -> dict[str, object]:
    """The client's metadata (RFC 7591 §2), and what only we know of it; never its secret."""
    return {
        "client_id": client.client_id,
        "client_name": client.client_name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "scope": str(client.scope) if client.scope else None,
        "trusted": client.trusted,
        "origin": client.origin.value,
        "created_at": stamp(client.created_at),
        "last_used_at": stamp(client.last_used_at),
    }
