"""The OAuth clients that a person makes for themself: the list, and the form that makes one."""

from dataclasses import dataclass

from starlette.responses import Response

from doorward.identity.records import SignedIn
from doorward.oauth.errors import InvalidRedirectUri, OAuthError
from doorward.oauth.records import Client
from doorward.oauth.redirect_uri import check_redirect_uri
from doorward.operations.create_own_client import TooManyClients, create_own_client
from doorward.operations.list_own_clients import list_own_clients
from doorward.web.pages.client_secret import ClientSecretPage
from doorward.web.pages.form import parse_form
from doorward.web.pages.page import Page
from doorward.web.pages.problem import NOT_FOUND, Link, Problem, ProblemPage
from doorward.web.pages.steps import SIGN_OUT
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.words import Day, day

CREATE = "own-clients/create"
"""The purpose of the hidden token of the form that makes a client."""
PATH = "/account/clients"
EXAMPLE_URI = "https://app.example.com/callback"
NOTICES = {
    "made": "Made the client. Copy its client id into the app.",
    "dropped": "Ended the old secret.",
    "deleted": "Deleted the client. Everything that was connected with it has lost its access.",
}
NO_SUCH_CLIENT = ProblemPage(
    title="This client is not there",
    text="It was deleted, or it is not yours, or what you asked for was done before.",
    link=Link("Go to your OAuth clients", PATH),
)
METHODS = {
    "client_secret_post": "With a secret that is sent in the form: most apps",
    "client_secret_basic": "With a secret that is sent in a header",
    "none": "Without a secret: apps on a computer or a phone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClient:
    """One client, as its owner sees it."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    is_confidential: bool
    method: str
    is_shared: bool
    since: Day
    last_used: Day | None
    old_secret_until: Day | None
    rotate_token: str
    drop_token: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form was filled in with, to be shown again."""

    name: str = ""
    redirect_uris: str = ""
    method: str = "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClientsPage:
    """The clients of a person, and how many more there may be."""

    title: str = "Your OAuth clients"
    clients: tuple[OwnClient, ...]
    may_make: bool
    at_most: int
    methods: dict[str, str]
    typed: Typed = Typed()
    notice: str | None = None
    error: str | None = None
    mcp_address: str
    create_token: str
    sign_out_token: str


async def show_own_clients(visit: Visit) -> Response:
    """The list and the form, or the way to sign in."""
    current = await require_owner(visit)
    if current is None:
        return see_other("/sign-in")
    return await _show(visit, current, notice=NOTICES.get(parse_form(visit.query).get("done") or ""))


async def make_own_client(visit: Visit) -> Response:
    """Make a client, and show its secret this once."""
    current = await require_owner(visit)
    if current is None:
        return see_other("/sign-in")
    visit.require_form_token(CREATE)
    form, web = visit.form, visit.web
    typed = Typed(form.require("name"), form.require("redirect_uris"), form.require("method"))
    try:
        client, secret = await web.run(
            create_own_client,
            web.database,
            user_id=current.user.id,
            name=typed.name,
            redirect_uris=typed.redirect_uris.split(),
            auth_method=typed.method,
            at_most=web.clients_per_user,
            schemes=web.server.clients.known.redirect_schemes,
            now=visit.now,
            context=visit.context,
        )
    except TooManyClients:
        too_many = f"You have {web.clients_per_user} clients, and nobody can have more. Delete one first."
        return await _show(visit, current, typed=typed, error=too_many, status=409)
    except OAuthError as refusal:
        error = _first_bad_line(typed.redirect_uris, web.server.clients.known.redirect_schemes)
        if not (isinstance(refusal, InvalidRedirectUri) and error):
            error = f"{refusal.description[:1].upper()}{refusal.description[1:]}."
        return await _show(visit, current, typed=typed, error=error, status=400)
    except LookupError:
        return see_other("/sign-in")
    if secret is None:
        return see_other(f"{PATH}?done=made")
    return page_response(ClientSecretPage.of(visit, client, secret))


async def require_owner(visit: Visit) -> SignedIn | None:
    """Who is signed in, where people may make clients.

    Raises:
        Problem: they may not, so there is no such page.
    """
    if visit.web.clients_per_user == 0:
        raise Problem(404, NOT_FOUND)
    return await visit.signed_in()


def purpose(verb: str, client_id: str) -> str:
    """What the hidden token of a client's form is for."""
    return f"own-clients/{verb}/{client_id}"


def _first_bad_line(text: str, schemes: frozenset[str]) -> str | None:
    """What is wrong with the first line that is no acceptable redirect URI, for people."""
    for number, line in enumerate(text.splitlines(), 1):
        for uri in line.split():
            try:
                check_redirect_uri(uri, schemes)
            except InvalidRedirectUri as refusal:
                words = refusal.description.replace("a loopback host", "this computer (localhost)")
                return f"Line {number}: {words}. One looks like {EXAMPLE_URI}."
    return None


async def _show(
    visit: Visit,
    current: SignedIn,
    *,
    typed: Typed | None = None,
    notice: str | None = None,
    error: str | None = None,
    status: int = 200,
) -> Response:
    web = visit.web
    found = await web.run(list_own_clients, web.database, user_id=current.user.id)
    page = OwnClientsPage(
        clients=tuple(_own_client(visit, client) for client in found),
        may_make=len(found) < web.clients_per_user,
        at_most=web.clients_per_user,
        methods=METHODS,
        typed=typed or Typed(),
        notice=notice,
        error=error,
        mcp_address=web.server.policy.default_resource.identifier,
        create_token=visit.form_token(CREATE),
        sign_out_token=visit.form_token(SIGN_OUT),
    )
    return page_response(page, status)


def _own_client(visit: Visit, client: Client) -> OwnClient:
    has_old_secret = client.at(visit.now) is not client
    until = client.old_secrets_expire_at if has_old_secret else None
    return OwnClient(
        client_id=client.client_id,
        name=client.client_name or "A client without a name",
        redirect_uris=client.redirect_uris,
        is_confidential=client.is_confidential,
        method=client.token_endpoint_auth_method,
        is_shared=client.shared_at is not None,
        since=day(client.created_at, visit.now),
        last_used=client.last_used_at and day(client.last_used_at, visit.now),
        old_secret_until=until and day(until, visit.now),
        rotate_token=visit.form_token(purpose("rotate", client.client_id)),
        drop_token=visit.form_token(purpose("drop", client.client_id)),
    )


PAGE = Page(path=PATH, get=show_own_clients, post=make_own_client)
