"""The JSON API for an operator's own dashboard: people and what is theirs, the authorization call, administration."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from doorward.identity.login import TooManyAttempts
from doorward.oauth.errors import OAuthError
from doorward.web.api import (
    admin_access_requests,
    admin_blocks,
    admin_client_rules,
    admin_clients,
    admin_registration_tokens,
    admin_resources,
    authorize,
    mcp_keys,
    own_clients,
    users,
)
from doorward.web.api.edge import Edge
from doorward.web.api.errors import (
    ApiError,
    ErrorAnswer,
    render_api_error,
    render_http_error,
    render_no_such_client,
    render_oauth_error,
    render_throttled,
)
from doorward.web.context import Web
from doorward.web.stored_clients import NoSuchClient

ROUTERS = (
    users.router,
    mcp_keys.router,
    own_clients.router,
    authorize.router,
    admin_clients.router,
    admin_blocks.router,
    admin_client_rules.router,
    admin_access_requests.router,
    admin_registration_tokens.router,
    admin_resources.router,
)


def create_api(web: Web) -> FastAPI:
    """The ASGI application of every route here; their paths are absolute.

    No Cross-Origin Resource Sharing: a dashboard calls from its own server, or lives on the same origin.
    """
    api = FastAPI(
        title="Doorward",
        summary="The JSON API for an operator's own dashboard.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Its traces would record query strings, and with them authorization requests.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers={
            ApiError: render_api_error,
            authorize.AuthorizationRefused: authorize.render_refused,
            OAuthError: render_oauth_error,
            TooManyAttempts: render_throttled,
            NoSuchClient: render_no_such_client,
            HTTPException: render_http_error,
        },
    )
    api.state.web = web
    for router in ROUTERS:
        api.include_router(router, responses={"default": {"model": ErrorAnswer, "description": "It was refused."}})
    api.add_middleware(Edge)
    return api
