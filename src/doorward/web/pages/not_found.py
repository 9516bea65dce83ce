"""Addresses where there is nothing."""

from starlette.responses import Response

from doorward.web.context import Web
from doorward.web.pages.page import Page, PageApp
from doorward.web.pages.problem import NOT_FOUND, Problem
from doorward.web.pages.visit import Visit


async def nothing_here(_visit: Visit) -> Response:
    """Say so."""
    raise Problem(404, NOT_FOUND)


def not_found(web: Web) -> PageApp:
    """The application that answers wherever no other does."""
    return PageApp(Page(path="/{path:path}", get=nothing_here, post=nothing_here), web)
