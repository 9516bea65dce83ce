"""A client in the words of RFC 7591, for programs and for people."""

import json
from typing import TYPE_CHECKING

from doorward.cli.output import show_fields, stamp, when

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
        "jwks": json.loads(client.jwks) if client.jwks else None,
        "jwks_uri": client.jwks_uri,
        "scope": str(client.scope) if client.scope else None,
        "trusted": client.trusted,
        "origin": client.origin.value,
        "owner_id": client.owner_id,
        "shared_at": stamp(client.shared_at),
        "old_secret_expires_at": stamp(client.old_secrets_expire_at),
        "created_at": stamp(client.created_at),
        "last_used_at": stamp(client.last_used_at),
    }


NO_STORED_CLIENT = (
    "No stored client has this id: `doorward clients list` shows them. "
    "One that registered itself without a secret is not stored, and describes itself."
)


def show_client(client: "Client") -> None:
    """Print what people ask about a client, one fact a line."""
    fields = {
        "client_id": client.client_id,
        "name": client.client_name or "-",
        "redirect URIs": " ".join(client.redirect_uris),
        "grant types": " ".join(client.grant_types),
        "authentication": client.token_endpoint_auth_method,
        "scope": str(client.scope) if client.scope else "every scope",
        "origin": client.origin.value,
        "trusted": "yes" if client.trusted else "no",
        "created": when(client.created_at),
        "last used": when(client.last_used_at),
    }
    if client.owner_id is not None:
        fields |= {"owner": client.owner_id, "shared": when(client.shared_at)}
    if client.old_secrets_expire_at is not None:
        fields["old secret until"] = when(client.old_secrets_expire_at)
    show_fields(fields)
