"""The bare address of the dashboard."""

from starlette.responses import Response

from doorward.web.pages.page import Page
from doorward.web.pages.visit import Visit, see_other


async def home(_visit: Visit) -> Response:
    """Go to the account, which knows whether somebody is signed in."""
    return see_other("/account")


PAGE = Page(path="/", get=home)
