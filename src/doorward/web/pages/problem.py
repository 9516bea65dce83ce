"""The page that says what is wrong and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A way on, within our own pages."""

    text: str
    address: str


HOME = Link("Go to your account", "/account")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """A page that goes nowhere by itself."""

    title: str
    text: str
    help: tuple[str, ...] = ()
    link: Link | None = None
    error: str | None = None
    """The registered error code, for developers."""


class Problem(Exception):
    """Ends a request with a problem page."""

    def __init__(self, status: int, page: ProblemPage, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(page.title)
        self.status = status
        self.page = page
        self.headers = dict(headers or {})


NOT_FOUND = ProblemPage(
    title="Page not found", text="There is nothing at this address. Check that it is complete.", link=HOME
)
FAILED = ProblemPage(
    title="Something went wrong",
    text="The server could not finish what you asked for. Nothing was lost.",
    help=("Try again in a moment.", "If it happens again, tell the administrator of this server."),
)
BUSY = ProblemPage(
    title="The server is busy",
    text="The server cannot reach its database at the moment. Nothing was lost.",
    help=("Try again in a few seconds.",),
)
METHOD_NOT_ALLOWED = ProblemPage(
    title="This does not work that way", text="This address does not accept that kind of request.", link=HOME
)
FOREIGN_FORM = ProblemPage(
    title="This form came from somewhere else",
    text="The form was not sent from this server's own page, so it was refused. Nothing has changed.",
    help=("Open this server's page yourself and try again there.",),
    link=HOME,
)
STALE_FORM = ProblemPage(
    title="This form has expired",
    text="You signed in or out since this page was opened, so the form was refused. Nothing has changed.",
    help=("Open the page again and repeat what you did.",),
    link=HOME,
)
EXPIRED_INTERACTION = ProblemPage(
    title="This request has expired",
    text="The page was open for too long, or its address was shortened on the way. Nothing has changed.",
    help=("Go back to the app that brought you here and connect again.",),
    link=HOME,
)


def malformed(text: str) -> Problem:
    """The form cannot be read; `text` says why."""
    return Problem(
        400,
        ProblemPage(
            title="This form could not be read",
            text=text,
            help=("Go back, open the page again and fill in the form once more.",),
            link=HOME,
        ),
    )
