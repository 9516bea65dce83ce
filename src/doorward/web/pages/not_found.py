"""Addresses where there is nothing."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.web.base_path import pages_at
from doorward.web.context import Web
from doorward.web.http import NO_STORE, send_json
from doorward.web.pages.page import Page, PageApp
from doorward.web.pages.problem import NOT_FOUND, Problem
from doorward.web.pages.visit import Visit, page_response
from doorward.web.security_headers import secure_page


async def nothing_here(_visit: Visit) -> Response:
    """Say so."""
    raise Problem(404, NOT_FOUND)


def not_found(web: Web) -> ASGIApp:
    """The application that answers wherever no other does: people get a page, programs get JSON.

    What was posted is not looked at: the address is what is wrong.
    """
    page = PageApp(Page(path="/{path:path}", get=nothing_here), web)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if _speaks_json(Request(scope)):
            members = {
                "error": "not_found",
                "error_description": "there is nothing at this address",
                "mcp_server": web.server.policy.default_resource.identifier,
            }
            await send_json(send, 404, members, NO_STORE, with_body=scope["method"] != "HEAD")
        elif scope["method"] in ("GET", "HEAD"):
            await page(scope, receive, send)
        else:
            with pages_at(web.dashboard_url):
                response = page_response(NOT_FOUND, 404)
            secure_page(response, https=web.dashboard_url.startswith("https:"), keeps_opener=False)
            await response(scope, receive, send)

    return answer


def _speaks_json(request: Request) -> bool:
    accepted, sent = request.headers.get("accept", ""), request.headers.get("content-type", "")
    return sent.startswith("application/json") or ("application/json" in accepted and "text/html" not in accepted)
