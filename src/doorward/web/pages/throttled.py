"""How a page says that something was tried too often (RFC 6585 §4)."""

from datetime import timedelta

from starlette.responses import Response

from doorward.identity.login import TooManyAttempts
from doorward.web.pages.visit import page_response
from doorward.web.rendering import PageModel
from doorward.web.words import at_least_in_words

_SHORTEST = timedelta(seconds=1)


def wait_sentence(limit: TooManyAttempts) -> str:
    """When to try again, for people."""
    return f"Too many attempts from here. Try again in {at_least_in_words(max(limit.retry_after, _SHORTEST))}."


def throttled_response(page: PageModel, limit: TooManyAttempts) -> Response:
    """Show a page as 429 with Retry-After."""
    response = page_response(page, 429)
    response.headers["Retry-After"] = str(-(-max(limit.retry_after, _SHORTEST) // timedelta(seconds=1)))
    return response
