"""The pages where people sign in, decide, and see what is connected."""

from starlette.routing import Route

from doorward.web.context import Web
from doorward.web.pages import (
    access_requests,
    account,
    approval,
    authorize,
    consent,
    disconnect,
    home,
    own_client_changes,
    own_clients,
    setup,
    sign_in,
    sign_out,
    sign_up,
)
from doorward.web.pages.not_found import not_found
from doorward.web.pages.page import Page
from doorward.web.pages.static import static_route

PAGES: tuple[Page, ...] = (
    home.PAGE,
    authorize.PAGE,
    consent.PAGE,
    approval.PAGE,
    sign_in.PAGE,
    sign_up.PAGE,
    setup.PAGE,
    account.PAGE,
    disconnect.PAGE,
    own_clients.PAGE,
    *own_client_changes.PAGES,
    access_requests.PAGE,
    sign_out.PAGE,
)


def routes(web: Web) -> list[Route]:
    """The routes of every page, and of what they are styled with."""
    return [*(page.route(web) for page in PAGES), static_route(web)]


__all__ = ["PAGES", "Page", "not_found", "routes"]
