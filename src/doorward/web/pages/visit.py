"""One request to a page, with everything its handler may ask for."""

import re
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from doorward.audit import RequestContext
from doorward.identity.records import SignedIn
from doorward.oauth.interaction import SignedInUser
from doorward.web.context import Web
from doorward.web.cookies import read_session
from doorward.web.csrf import form_token, is_form_token
from doorward.web.pages.form import Form, parse_form
from doorward.web.pages.problem import STALE_FORM, Problem
from doorward.web.rendering import PageModel, render
from doorward.web.signed_in import signed_in

_CONTROL = re.compile(rb"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request, the composed server, and the body when there is one."""

    web: Web
    request: Request
    now: datetime
    body: bytes = b""

    @property
    def context(self) -> RequestContext:
        """Where the request came from."""
        return self.web.request_context(self.request)

    @property
    def form(self) -> Form:
        """The fields of the form that was sent."""
        return parse_form(self.body)

    @property
    def query(self) -> bytes:
        """The query of the address, as it was received."""
        return self.request.scope["query_string"]

    @property
    def session_token(self) -> str | None:
        """The session token the browser sent, live or not."""
        return read_session(self.request, self.web)

    async def signed_in(self) -> SignedIn | None:
        """The live session and its user."""
        return await signed_in(self.request, self.web)

    async def user(self) -> SignedInUser | None:
        """The signed-in user in the words of the core."""
        current = await self.signed_in()
        return current and in_core_words(current)

    def form_token(self, purpose: str) -> str:
        """The hidden token for a form of this session; empty when there is no session."""
        return form_token(self.session_token, purpose) if self.session_token else ""

    def require_form_token(self, purpose: str) -> None:
        """Check the hidden token of the form that was sent.

        Raises:
            Problem: it is not this session's.
        """
        token = self.session_token
        if token is None or not is_form_token(self.form.get("form_token"), token, purpose):
            raise Problem(403, STALE_FORM)


def in_core_words(current: SignedIn) -> SignedInUser:
    """The signed-in user as the core knows one."""
    return SignedInUser(
        user_id=current.user.id,
        email=current.user.email,
        session_hash=current.session.token_hash,
        auth_time=current.session.authenticated_at,
    )


def page_response(page: PageModel, status: int = 200) -> Response:
    """Show a page."""
    return HTMLResponse(render(page), status)


def see_other(location: str | bytes) -> Response:
    """Send the browser on with 303, never 307 (RFC 9700 §4.12); the address is sent byte for byte."""
    raw = location.encode("ascii") if isinstance(location, str) else location
    if _CONTROL.search(raw):
        raise ValueError("a header must not hold control characters")
    response = Response(status_code=303)
    response.raw_headers.append((b"location", raw))
    return response
