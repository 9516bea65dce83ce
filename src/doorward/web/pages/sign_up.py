"""Making an account, where the server lets people do so."""

from dataclasses import dataclass

from starlette.responses import Response

from doorward.identity.email import InvalidEmail
from doorward.identity.login import SignInFailed, TooManyAttempts
from doorward.identity.passwords import MIN_PASSWORD_LENGTH, WeakPassword
from doorward.identity.ports import EmailTaken
from doorward.identity.records import Invitation, InvitationKind
from doorward.identity.sign_up import InvitationInvalid, SignUpClosed, SignUpMode
from doorward.operations.find_invitation import find_invitation
from doorward.operations.sign_up import sign_up
from doorward.web.pages.begin_session import begin_session, find_return
from doorward.web.pages.form import parse_form
from doorward.web.pages.page import Page
from doorward.web.pages.problem import Link, Problem, ProblemPage
from doorward.web.pages.throttled import throttled_response, wait_sentence
from doorward.web.pages.visit import Visit, page_response, see_other

PASSWORD_HINT = f"At least {MIN_PASSWORD_LENGTH} characters. A few unrelated words do well."

_CLOSED = ProblemPage(
    title="Ask the administrator for an account",
    text="Accounts on this server are made by its administrator. Ask them for one.",
    link=Link("Sign in", "/sign-in"),
)
_INVITATION_NEEDED = ProblemPage(
    title="An invitation is needed",
    text="Accounts on this server are made with an invitation. Ask the administrator for one and open its link.",
    link=Link("Sign in", "/sign-in"),
)
_INVITATION_INVALID = ProblemPage(
    title="This invitation is not valid",
    text="It was used before, it has expired, or its address is incomplete. Ask the administrator for a new one.",
    link=Link("Sign in", "/sign-in"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpPage:
    """The form that makes an account."""

    title: str = "Create an account"
    lead: str
    action: str = "/sign-up"
    button: str = "Create account"
    invitation: str | None = None
    interaction: str | None = None
    email: str = ""
    email_is_fixed: bool = False
    error: str | None = None
    password_hint: str = PASSWORD_HINT
    offers_sign_in: bool = True


async def show_sign_up(visit: Visit) -> Response:
    """The form, or why there is none."""
    query = parse_form(visit.query)
    invitation = await _require_admission(visit, query.get("invitation"))
    page = _page(
        visit,
        invitation,
        token=query.get("invitation"),
        interaction=query.get("interaction"),
        email=(invitation and invitation.email) or "",
    )
    return page_response(page)


async def make_account(visit: Visit) -> Response:
    """Make the account, sign in with it, and go on to where the person was going."""
    form, web = visit.form, visit.web
    email, password, token = form.require("email"), form.require("password"), form.get("invitation")
    invitation = await _require_admission(visit, token)
    return_to = await find_return(visit)
    try:
        await web.run_hashing(
            sign_up,
            web.database,
            web.passwords,
            mode=web.sign_up,
            limits=web.sign_in_limits,
            email=email,
            password=password,
            invitation=token,
            now=visit.now,
            context=visit.context,
        )
    except SignUpClosed:
        raise Problem(403, _CLOSED) from None
    except (EmailTaken, InvalidEmail, WeakPassword, InvitationInvalid, TooManyAttempts) as refusal:
        page = _page(
            visit,
            invitation,
            token=token,
            interaction=form.get("interaction"),
            email=email,
            error=explain(refusal),
        )
        if isinstance(refusal, TooManyAttempts):
            return throttled_response(page, refusal)
        return page_response(page, 400)
    return await enter(visit, email=email, password=password, return_to=return_to)


async def enter(visit: Visit, *, email: str, password: str, return_to: bytes | None) -> Response:
    """Sign in with the account just made; whoever cannot be let in at once may sign in later."""
    try:
        return await begin_session(visit, email=email, password=password, return_to=return_to)
    except (SignInFailed, TooManyAttempts):
        return see_other("/sign-in")


def explain(refusal: Exception) -> str:
    """Why an account was not made, for the person who wanted it."""
    if isinstance(refusal, EmailTaken):
        return "There is an account with this e-mail address already."
    if isinstance(refusal, TooManyAttempts):
        return wait_sentence(refusal)
    return str(refusal)


async def _require_admission(visit: Visit, token: str | None) -> Invitation | None:
    """Raises Problem when this person cannot make an account here."""
    web = visit.web
    if web.sign_up is SignUpMode.CLOSED:
        raise Problem(403, _CLOSED)
    if web.sign_up is SignUpMode.OPEN and token is None:
        return None
    if token is None:
        raise Problem(403, _INVITATION_NEEDED)
    invitation = await web.run(find_invitation, web.database, token=token, kind=InvitationKind.SIGN_UP, now=visit.now)
    if invitation is None:
        raise Problem(404, _INVITATION_INVALID)
    return invitation


def _page(
    visit: Visit,
    invitation: Invitation | None,
    *,
    token: str | None,
    interaction: str | None,
    email: str,
    error: str | None = None,
) -> SignUpPage:
    return SignUpPage(
        lead=f"With it you can connect apps to {visit.web.server.policy.default_resource.name}.",
        invitation=token,
        interaction=interaction,
        email=email,
        email_is_fixed=invitation is not None and invitation.email is not None,
        error=error,
    )


PAGE = Page(path="/sign-up", get=show_sign_up, post=make_account, keeps_opener=True)
