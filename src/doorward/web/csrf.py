"""Whether a form came from our own page: where the browser says it came from, and a token only our page could hold."""

import hmac

from starlette.datastructures import Headers

from doorward.kit import b64
from doorward.kit.secrets import same
from doorward.web.origin import same_origin

_SAFE_FETCH_SITES = frozenset({"same-origin", "none"})


def comes_from_own_page(headers: Headers, dashboard_url: str) -> bool:
    """Whether the browser says that a POST comes from the dashboard's origin (ASVS 3.5.1).

    A client that sends neither header is no browser that carries somebody's cookie unasked, so it passes.
    Every header must agree when it is repeated.
    """
    origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
    return all(same_origin(origin, dashboard_url) for origin in origins) and _SAFE_FETCH_SITES.issuperset(sites)


def form_token(session_token: str, purpose: str) -> str:
    """The hidden token of one form of one session; it tells nothing about the session token."""
    return b64.encode(hmac.digest(session_token.encode(), b"form\0" + purpose.encode(), "sha256"))


def is_form_token(presented: str | None, session_token: str, purpose: str) -> bool:
    """Whether the hidden token is the one of that form and session."""
    return presented is not None and same(presented, form_token(session_token, purpose))
