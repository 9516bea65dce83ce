"""The one-time link that makes the first administrator."""

from dataclasses import dataclass

from starlette.responses import Response

from doorward.identity.email import InvalidEmail
from doorward.identity.passwords import WeakPassword
from doorward.identity.ports import EmailTaken
from doorward.identity.records import InvitationKind
from doorward.identity.sign_up import InvitationInvalid
from doorward.operations.claim_setup_link import claim_setup_link
from doorward.operations.find_invitation import find_invitation
from doorward.web.pages.page import Page
from doorward.web.pages.problem import Link, Problem, ProblemPage
from doorward.web.pages.sign_up import PASSWORD_HINT, enter, explain
from doorward.web.pages.visit import Visit, page_response

_LINK_INVALID = ProblemPage(
    title="This link is not valid",
    text="It was used before, it has expired, or an administrator exists already.",
    help=(
        "Sign in, if the administrator is you.",
        "If nobody has set this server up yet, start it again to get a new link.",
    ),
    link=Link("Sign in", "/sign-in"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    """The form that makes the first administrator."""

    title: str = "Set up this server"
    lead: str = "Create the account of its administrator. This link works once."
    action: str
    button: str = "Create administrator"
    invitation: None = None
    interaction: None = None
    email: str = ""
    email_is_fixed: bool = False
    error: str | None = None
    password_hint: str = PASSWORD_HINT
    offers_sign_in: bool = False


async def show_setup(visit: Visit) -> Response:
    """The form, as long as the link is good."""
    token = _token(visit)
    web = visit.web
    found = await web.run(find_invitation, web.database, token=token, kind=InvitationKind.SETUP, now=visit.now)
    if found is None:
        raise Problem(404, _LINK_INVALID)
    return page_response(SetupPage(action=f"/setup/{token}"))


async def make_administrator(visit: Visit) -> Response:
    """Use the link up and sign the administrator in."""
    token, form, web = _token(visit), visit.form, visit.web
    email, password = form.require("email"), form.require("password")
    try:
        await web.run_hashing(
            claim_setup_link,
            web.database,
            web.passwords,
            token=token,
            email=email,
            password=password,
            now=visit.now,
            context=visit.context,
        )
    except InvitationInvalid:
        raise Problem(404, _LINK_INVALID) from None
    except (EmailTaken, InvalidEmail, WeakPassword) as refusal:
        return page_response(SetupPage(action=f"/setup/{token}", email=email, error=explain(refusal)), 400)
    return await enter(visit, email=email, password=password, return_to=None)


def _token(visit: Visit) -> str:
    return visit.request.path_params["token"]


PAGE = Page(path="/setup/{token}", get=show_setup, post=make_administrator)
