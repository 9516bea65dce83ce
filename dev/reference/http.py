"""The reference of the HTTP routes."""

from collections.abc import Iterator

from fastapi.routing import APIRoute

from dev.reference.markdown import code, first_sentence, page, table
from doorward.web.api import ROUTERS
from doorward.web.pages import PAGES

METADATA = "Authorization server metadata (RFC 8414)"
PROTECTED_RESOURCE = "Protected resource metadata (RFC 9728)"
ENDPOINTS = {
    "/.well-known/oauth-authorization-server": ("GET", METADATA),
    "/.well-known/oauth-authorization-server/http": ("GET", f"{METADATA}, for clients that add the resource's path"),
    "/http/.well-known/oauth-authorization-server": ("GET", f"{METADATA}, for clients that append to the path"),
    "/.well-known/openid-configuration": ("GET", f"{METADATA}, the same bytes at the address of OpenID discovery"),
    "/.well-known/openid-configuration/http": ("GET", f"{METADATA}, the same bytes"),
    "/http/.well-known/openid-configuration": ("GET", f"{METADATA}, the same bytes"),
    "/.well-known/oauth-protected-resource": ("GET", PROTECTED_RESOURCE),
    "/.well-known/oauth-protected-resource/http": ("GET", f"{PROTECTED_RESOURCE}, the address that challenges name"),
    "/.well-known/jwks.json": ("GET", "The keys that verify access tokens (RFC 7517)"),
    "/api/oauth/register": ("POST", "Client registration (RFC 7591)"),
    "/register": ("POST", "Client registration, for clients that try it at the root"),
    "/api/oauth/register/{client_id}": ("GET, PUT, DELETE", "Client configuration endpoint (RFC 7592 §2)"),
    "/api/oauth/token": ("POST", "Token endpoint (RFC 6749 §3.2)"),
    "/token": ("POST", "Token endpoint, for clients that try it at the root"),
    "/api/oauth/introspect": ("POST", "Introspection for resource servers (RFC 7662)"),
    "/authorize": ("GET", "Goes to the authorization endpoint, query untouched, for clients that try it at the root"),
    "/http": ("any", "The protected MCP server; a request without a good token gets the challenge (RFC 6750 §3)"),
    "/healthz": ("GET", "200 while the process answers"),
    "/readyz": ("GET", "200 while the database answers with the schema of this version, else 503"),
}
"""What the addresses outside pages and JSON API are for; a test compares them with the running server."""


def http_page() -> str:
    """Every route of the server."""
    endpoints = ((code(path), method, words) for path, (method, words) in ENDPOINTS.items())
    return page(
        "HTTP routes",
        "Addresses on the MCP host are for programs and answer JSON; the pages are for people and answer HTML.\n"
        "Both hosts are one unless `DOORWARD_DASHBOARD_URL` is set.",
        "## Protocol",
        table(("path", "method", "what it is"), endpoints),
        "Other resources on this host are described at `/.well-known/oauth-protected-resource` and their path.\n"
        "`/metrics` is there too where `DOORWARD_METRICS_TOKEN` is set.\n"
        "A request that is too slow, too large or no HTTP is answered 400, 408, 413, 414 or 431 in JSON "
        "at any address, and its connection closed.\n"
        "Every answer carries `X-Request-Id`, except those.",
        "## JSON API",
        "For an operator's own dashboard: JSON only, and never for pages of another origin.\n"
        "`POST /api/users/login` gives the session token that the other calls take as bearer.\n"
        "`/api/openapi.json` describes every field.",
        table(("path", "method", "what it is"), api_routes()),
        "## Pages",
        table(("path", "method", "what it is"), page_routes()),
    )


def api_routes() -> Iterator[tuple[str, str, str]]:
    """The routes of the JSON API."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield code(route.path), ", ".join(sorted(route.methods or ())), first_sentence(route.endpoint.__doc__)


def page_routes() -> Iterator[tuple[str, str, str]]:
    """The routes of the pages."""
    for each in PAGES:
        for method, handler in (("GET", each.get), ("POST", each.post)):
            if handler is not None:
                yield code(each.path), method, first_sentence(handler.__doc__)
    yield code("/static/{fingerprint}/{name}"), "GET", "A style sheet or picture of the pages, cached for ever."
