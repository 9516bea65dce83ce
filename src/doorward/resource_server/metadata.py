"""Protected resource metadata: what a client reads after its first 401 (RFC 9728)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

WELL_KNOWN_PATH = "/.well-known/oauth-protected-resource"


def protected_resource_metadata(
    *, resource: str, issuer: str, scopes: Iterable[str], name: str, documentation: str | None = None
) -> dict[str, object]:
    """The document of RFC 9728 §2, with the strings as configured.

    `scopes` are the least a client needs: `offline_access` belongs to the authorization server's metadata alone.
    """
    document: dict[str, object] = {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],
        "resource_name": name,
    }
    if documentation is not None:
        document["resource_documentation"] = documentation
    return document


def metadata_path(resource: str) -> str:
    """Where the document of a resource is served on its host: the well-known path, then the resource's own (§3.1)."""
    return WELL_KNOWN_PATH + urlsplit(resource).path.rstrip("/")


def metadata_url(resource: str) -> str:
    """The address of the document, for the challenge."""
    parts = urlsplit(resource)
    return f"{parts.scheme}://{parts.netloc}{metadata_path(resource)}"
