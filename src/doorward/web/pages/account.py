"""The account: who you are, and what is connected."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from doorward.kit.reach import is_reached_from_the_cloud
from doorward.oauth.agents import client_id_host
from doorward.oauth.policy import scope_tokens_at
from doorward.oauth.records import Authorization, ClientOrigin
from doorward.oauth.redirect_uri import redirect_host
from doorward.operations.list_access_requests import count_access_requests
from doorward.operations.list_connections import list_connections
from doorward.web.context import Web
from doorward.web.pages.form import parse_form
from doorward.web.pages.page import Page
from doorward.web.pages.steps import SIGN_OUT
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.words import Day, day

NOTICES = {"disconnected": "Disconnected. That connection has lost its access."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One Authorization, as its owner sees it."""

    public_id: str
    name: str
    redirect_host: str
    scopes: tuple[str, ...]
    resource_name: str | None
    """What it is connected to, where there are several MCP servers."""
    since: Day
    last_used: Day | None
    form_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What people take for one app: an agent, or clients of one name and place (interop R3)."""

    name: str
    agent: str | None
    is_verified: bool
    is_own: bool
    is_agent: bool
    verified_host: str | None
    last_used: Day | None
    connections: tuple[Connection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """Who is signed in, what is connected, and how to connect more."""

    title: str = "Your account"
    email: str
    is_administrator: bool
    apps: tuple[App, ...]
    waiting: int
    """How many requests wait for an administrator; 0 for everybody else."""
    notice: str | None
    offers_own_clients: bool
    mcp_address: str
    is_reached_from_the_cloud: bool
    """Whether clients of hosted vendors may reach that address."""
    resources: tuple[tuple[str, str], ...]
    """The name of each MCP server and its address."""
    sign_out_token: str


async def show_account(visit: Visit) -> Response:
    """The page, or the way to sign in."""
    current = await visit.signed_in()
    if current is None:
        return see_other("/sign-in")
    web = visit.web
    mcp_address = web.server.policy.default_resource.identifier
    apps = await web.run(_apps, visit, current.user.id)
    waiting = await web.run(count_access_requests, web.database) if current.user.is_administrator else 0
    return page_response(
        AccountPage(
            email=current.user.email,
            is_administrator=current.user.is_administrator,
            apps=apps,
            waiting=waiting,
            notice=NOTICES.get(parse_form(visit.query).get("done") or ""),
            offers_own_clients=web.clients_per_user > 0,
            mcp_address=mcp_address,
            is_reached_from_the_cloud=is_reached_from_the_cloud(mcp_address),
            resources=tuple((each.name, each.identifier) for each in web.server.policy.resources),
            sign_out_token=visit.form_token(SIGN_OUT),
        )
    )


def disconnect_purpose(public_id: str) -> str:
    """What the hidden token of a Disconnect form is for."""
    return f"disconnect/{public_id}"


def _apps(visit: Visit, user_id: str) -> tuple[App, ...]:
    grouped: dict[tuple[str | None, ...], list[Authorization]] = {}
    for authorization in list_connections(visit.web.database, user_id=user_id, now=visit.now):
        grouped.setdefault(_app_of(authorization), []).append(authorization)
    return tuple(_app(visit, authorizations) for authorizations in grouped.values())


def _app_of(authorization: Authorization) -> tuple[str | None, ...]:
    """What is one app to a person; a port and a client id that are new each time make no other one of it."""
    if authorization.agent is not None:
        return (authorization.agent,)
    return (None, authorization.client_name, redirect_host(authorization.redirect_uri))


def _app(visit: Visit, authorizations: list[Authorization]) -> App:
    web, first = visit.web, authorizations[0]
    agent = web.server.clients.known.agent(first.agent)
    used = max((_used(each) for each in authorizations), key=lambda at: (at is not None, at), default=None)
    clients = [web.server.clients.find(each.client_id, visit.now) for each in authorizations]
    hosts = {client_id_host(each.client_id) for each in authorizations}
    return App(
        name=agent.name if agent is not None else first.client_name or "An app without a name",
        agent=agent.name if agent is not None else None,
        is_verified=all(client is not None and client.origin is ClientOrigin.OPERATOR for client in clients),
        is_own=all(client is not None and client.owner_id == first.user_id for client in clients),
        is_agent=agent is not None and all(agent.is_reached_at(each.redirect_uri) for each in authorizations),
        verified_host=hosts.pop() if len(hosts) == 1 else None,
        last_used=used and day(used, visit.now),
        connections=tuple(_connection(visit, each) for each in authorizations),
    )


def _used(authorization: Authorization) -> datetime | None:
    return authorization.last_used_at or authorization.activated_at


def _connection(visit: Visit, authorization: Authorization) -> Connection:
    last_used_at = _used(authorization)
    return Connection(
        public_id=authorization.public_id,
        name=authorization.client_name or "An app without a name",
        redirect_host=redirect_host(authorization.redirect_uri),
        scopes=_in_words(visit.web, authorization),
        resource_name=_resource_name(visit.web, authorization),
        since=day(authorization.created_at, visit.now),
        last_used=last_used_at and day(last_used_at, visit.now),
        form_token=visit.form_token(disconnect_purpose(authorization.public_id)),
    )


def _in_words(web: Web, authorization: Authorization) -> tuple[str, ...]:
    policy = web.server.policy
    resource = policy.resource_of(authorization.resource) or policy.default_resource
    words = {token.name: token.words for token in scope_tokens_at(resource) if token.name in authorization.scope}
    return (*words.values(), *(name for name in authorization.scope if name not in words))


def _resource_name(web: Web, authorization: Authorization) -> str | None:
    if len(web.server.policy.resources) == 1:
        return None
    resource = web.server.policy.resource_of(authorization.resource)
    return resource.name if resource is not None else authorization.resource


PAGE = Page(path="/account", get=show_account)
