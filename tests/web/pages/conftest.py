"""The pages in front of an empty database, and somebody to look at them."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from doorward.identity.records import User
from doorward.oauth.pkce import challenge_of
from doorward.web.context import Web
from doorward.web.pages import not_found, routes
from tests.builders import given_a_user
from tests.web.api.builders import ManualClock, given_a_registration, given_a_web
from tests.web.pages.visitor import Visitor

A_VERIFIER = "v" * 43
A_CALLBACK = "https://agent.example/callback"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def web(database, clock) -> Web:
    return given_a_web(database, clock=clock)


@pytest.fixture
def visit(web) -> Callable[..., Visitor]:
    """Lets somebody in; what is given replaces parts of the server."""

    def enter(**changes: object) -> Visitor:
        changed = replace(web, **changes)
        app = Starlette(routes=routes(changed))
        app.router.redirect_slashes = False
        app.router.default = not_found(changed)
        return Visitor(app, origin=changed.dashboard_url)

    return enter


@pytest.fixture
def visitor(visit) -> Visitor:
    return visit()


@pytest.fixture
def request_address(web) -> Callable[..., str]:
    """The authorization URL of a client that registered itself."""

    def address(*, redirect_uri: str = A_CALLBACK, client_name: str = "Example Agent", **parameters: str) -> str:
        return "/oauth/authorize?" + urlencode(
            {
                "response_type": "code",
                "client_id": given_a_registration(web, redirect_uris=[redirect_uri], name=client_name),
                "redirect_uri": redirect_uri,
                "code_challenge": challenge_of(A_VERIFIER),
                "code_challenge_method": "S256",
                "state": "a state",
                "resource": web.server.policy.default_resource.identifier,
                **parameters,
            }
        )

    return address


@pytest.fixture
def user(database) -> User:
    return given_a_user(database)


@pytest.fixture
def at_home(visitor, user) -> Visitor:
    """The user, signed in."""
    visitor.sign_in()
    return visitor
