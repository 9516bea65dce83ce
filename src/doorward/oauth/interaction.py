"""The steps between an authorization request and its answer: one decision, made anew from stored state each time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.oauth.policy import ScopeToken


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInUser:
    """What the core knows about the person in front of it, and the session they are in."""

    user_id: str
    email: str
    session_hash: bytes
    auth_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIntroduction:
    """Who asks, in the words a page may show."""

    client_id: str
    name: str
    """The client's own claim, cleaned; never shown without its standing."""
    is_verified: bool
    """Whether an operator registered it; everything else is an "unverified app"."""
    redirect_host: str
    """Where the answer goes, in words: a host, or an app on this computer and its scheme."""
    runs_on_this_computer: bool
    """Whether the answer goes to a loopback address or a private-use scheme, which proves nothing."""
    is_own: bool = False
    """Whether the person who reads this made it themself."""
    verified_host: str | None = None
    """The host that describes it, which TLS proved; None where nothing but its own words does."""
    agent: str | None = None
    """The known agent that it is, or looks like; in our words, never its own."""
    vendor: str | None = None
    is_agent: bool = False
    """Whether it is that agent beyond doubt: the answer goes to its vendor's own address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Ask the person to sign in; the request travels sealed in a hidden field."""

    interaction: str
    client: ClientIntroduction
    login_hint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskConsent:
    """Ask the person to allow or refuse."""

    interaction: str
    client: ClientIntroduction
    email: str
    resource: str
    resource_name: str
    scopes: tuple[ScopeToken, ...]
    idle_lifetime: timedelta
    lifetime: timedelta
    stays_connected: bool
    """Whether a refresh token will be issued, so that the lifetimes above apply."""
    access_token_lifetime: timedelta
    changes: tuple[str, ...] = ()
    """What is different about the client since the person last allowed it, one sentence each."""
    added: tuple[ScopeToken, ...] = ()
    """What a connected app has not yet; empty where it is not connected, or asks for nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAdministrator:
    """An administrator has to allow it first; the person can ask for that, or waits already."""

    interaction: str
    client: ClientIntroduction
    email: str
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Send the browser to the client: 303, never 307 (RFC 9700 §4.12)."""

    location: str
    code: str | None = None
    """The code in it, for the JSON endpoint of the seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The person refused, and the client is a stranger: a page with one plain link."""

    location: str
    client: ClientIntroduction
    keeps: tuple[ScopeToken, ...] | None = None
    """What it was allowed before and keeps; None where it is not connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyConnected:
    """The form was sent again after its code was redeemed."""

    client: ClientIntroduction


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A page that goes nowhere: the client or its redirect URI cannot be trusted, or the form is not this browser's."""

    status: int
    error: str
    """The registered error code, for the log and for developers."""
    title: str
    text: str
    help: tuple[str, ...] = ()
    """What the person can do about it, one sentence a line."""


Step = Login | AskConsent | AskAdministrator | Redirect | Denied | AlreadyConnected | Refused
