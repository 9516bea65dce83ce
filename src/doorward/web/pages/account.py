"""The account: who you are, and what is connected."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from doorward.oauth.policy import scope_tokens_at
from doorward.oauth.records import Authorization, ClientOrigin
from doorward.oauth.redirect_uri import redirect_host
from doorward.operations.list_connections import list_connections
from doorward.web.context import Web
from doorward.web.pages.form import parse_form
from doorward.web.pages.page import Page
from doorward.web.pages.steps import SIGN_OUT
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.words import day_in_words

NOTICES = {"disconnected": "Disconnected. The app has lost its access."}


@dataclass(frozen=True, slots=True)
class Day:
    """An instant, for machines and for people."""

    instant: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One Authorization, as its owner sees it."""

    public_id: str
    name: str
    is_verified: bool
    redirect_host: str
    scopes: tuple[str, ...]
    resource_name: str | None
    """What it is connected to, where there are several MCP servers."""
    since: Day
    last_used: Day | None
    form_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """Who is signed in, what is connected, and how to connect more."""

    title: str = "Your account"
    email: str
    is_administrator: bool
    connections: tuple[Connection, ...]
    notice: str | None
    offers_own_clients: bool
    mcp_address: str
    resource_name: str
    sign_out_token: str


async def show_account(visit: Visit) -> Response:
    """The page, or the way to sign in."""
    current = await visit.signed_in()
    if current is None:
        return see_other("/sign-in")
    web = visit.web
    connections = await web.run(_connections, visit, current.user.id)
    return page_response(
        AccountPage(
            email=current.user.email,
            is_administrator=current.user.is_administrator,
            connections=connections,
            notice=NOTICES.get(parse_form(visit.query).get("done") or ""),
            offers_own_clients=web.clients_per_user > 0,
            mcp_address=web.server.policy.default_resource.identifier,
            resource_name=web.resource_name,
            sign_out_token=visit.form_token(SIGN_OUT),
        )
    )


def disconnect_purpose(public_id: str) -> str:
    """What the hidden token of a Disconnect form is for."""
    return f"disconnect/{public_id}"


def _connections(visit: Visit, user_id: str) -> tuple[Connection, ...]:
    found = list_connections(visit.web.database, user_id=user_id, now=visit.now)
    return tuple(_connection(visit, authorization) for authorization in found)


def _connection(visit: Visit, authorization: Authorization) -> Connection:
    last_used_at = authorization.last_used_at or authorization.activated_at
    return Connection(
        public_id=authorization.public_id,
        name=authorization.client_name or "An app without a name",
        is_verified=_is_verified(visit.web, authorization.client_id, visit.now),
        redirect_host=redirect_host(authorization.redirect_uri),
        scopes=_in_words(visit.web, authorization),
        resource_name=_resource_name(visit.web, authorization),
        since=day_of(authorization.created_at, visit.now),
        last_used=last_used_at and day_of(last_used_at, visit.now),
        form_token=visit.form_token(disconnect_purpose(authorization.public_id)),
    )


def _is_verified(web: Web, client_id: str, now: datetime) -> bool:
    client = web.server.clients.find(client_id, now)
    return client is not None and client.origin is ClientOrigin.OPERATOR


def _in_words(web: Web, authorization: Authorization) -> tuple[str, ...]:
    policy = web.server.policy
    resource = policy.resource_of(authorization.resource) or policy.default_resource
    words = {token.name: token.words for token in scope_tokens_at(resource)}
    return tuple(words.get(name, name) for name in authorization.scope)


def _resource_name(web: Web, authorization: Authorization) -> str | None:
    if len(web.server.policy.resources) == 1:
        return None
    resource = web.server.policy.resource_of(authorization.resource)
    return resource.name if resource is not None else authorization.resource


def day_of(instant: datetime, now: datetime) -> Day:
    """The day of an instant."""
    return Day(instant.isoformat(timespec="seconds"), day_in_words(instant, now=now))


PAGE = Page(path="/account", get=show_account)
