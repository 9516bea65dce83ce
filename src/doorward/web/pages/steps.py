"""Showing a step of an authorization request, whichever it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from starlette.responses import Response

from doorward.identity.sign_up import SignUpMode
from doorward.oauth.interaction import (
    AlreadyConnected,
    AskAdministrator,
    AskConsent,
    ClientIntroduction,
    Denied,
    Login,
    Redirect,
    Refused,
    Step,
)
from doorward.web.observation import note_error
from doorward.web.pages.problem import ProblemPage
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.words import Day, day, in_words

SIGN_OUT = "sign-out"
"""The purpose of the hidden token of every sign-out form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """The sign-in form, on its own or within an authorization request."""

    title: str = "Sign in"
    client: ClientIntroduction | None = None
    interaction: str | None = None
    email: str = ""
    error: str | None = None
    offers_sign_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage:
    """Who asks, for what, for how long, and where the answer goes (ASVS 10.7.2)."""

    title: str
    client: ClientIntroduction
    interaction: str
    sign_out_token: str
    email: str
    resource: str
    resource_name: str
    scopes: tuple[str, ...]
    added: tuple[str, ...]
    """Which of them are new to an app that is connected already."""
    how_long: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAdministratorPage:
    """An administrator has to allow the app first."""

    title: str = "An administrator decides about this app"
    client: ClientIntroduction
    interaction: str
    email: str
    waiting_since: Day | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedPage:
    """The request ends here; one plain link tells the client so, if the person follows it."""

    title: str = "Not connected"
    text: str = "You did not allow the app to connect. It got nothing."
    keeps: tuple[str, ...] = ()
    client: ClientIntroduction
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyConnectedPage:
    """The form was sent again after its code was redeemed."""

    title: str = "Already connected"
    client: ClientIntroduction


def show_step(visit: Visit, step: Step) -> Response:
    """Render a step, or follow it."""
    match step:
        case Login():
            return page_response(
                SignInPage(
                    client=step.client,
                    interaction=step.interaction,
                    email=step.login_hint or "",
                    offers_sign_up=visit.web.sign_up is SignUpMode.OPEN,
                )
            )
        case AskConsent():
            return page_response(consent_page(step, sign_out_token=visit.form_token(SIGN_OUT)))
        case AskAdministrator():
            return page_response(ask_administrator_page(step, now=visit.now))
        case Redirect():
            return redirect_to_client(step)
        case Denied():
            return page_response(denied_page(step))
        case AlreadyConnected():
            return page_response(AlreadyConnectedPage(client=step.client))
        case Refused():
            note_error(visit.request.scope, step.error)
            page = ProblemPage(title=step.title, text=step.text, help=step.help, error=step.error)
            return page_response(page, step.status)
        case _:  # pragma: no cover
            assert_never(step)


def consent_page(step: AskConsent, *, sign_out_token: str) -> ConsentPage:
    """What the consent page says."""
    return ConsentPage(
        title="A connected app wants to do more" if step.added else "An app wants to connect",
        client=step.client,
        interaction=step.interaction,
        sign_out_token=sign_out_token,
        email=step.email,
        resource=step.resource,
        resource_name=step.resource_name,
        scopes=tuple(scope.words for scope in step.scopes),
        added=tuple(scope.words for scope in step.added),
        how_long=_how_long(step),
        changes=step.changes,
    )


def ask_administrator_page(step: AskAdministrator, *, now: datetime) -> AskAdministratorPage:
    """What the page says on which a person asks, and later learns that they wait."""
    since = step.waiting_since
    return AskAdministratorPage(
        client=step.client, interaction=step.interaction, email=step.email, waiting_since=since and day(since, now)
    )


def denied_page(step: Denied) -> DeniedPage:
    """What the page after a refusal says."""
    if step.keeps is None:
        return DeniedPage(client=step.client, location=step.location)
    return DeniedPage(
        title="Not allowed",
        text="You did not allow the app to do more. It stays connected and keeps what you allowed before"
        + (":" if step.keeps else "."),
        keeps=tuple(scope.words for scope in step.keeps),
        client=step.client,
        location=step.location,
    )


def redirect_to_client(step: Redirect) -> Response:
    """Send the browser to the client, without telling it from which address of ours (RFC 9700 §4.2.4)."""
    response = see_other(step.location)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _how_long(step: AskConsent) -> str:
    if not step.stays_connected:
        return f"For {in_words(step.access_token_lifetime)}. After that it has to ask you again."
    return (
        f"Until you disconnect it. It ends by itself after {in_words(step.idle_lifetime)} without use, "
        f"and after {in_words(step.lifetime)} at the latest."
    )
