"""An API in front of an empty database, and people and clients to call it for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from fastapi import FastAPI
from httpx2 import Response

from doorward.identity.records import User
from doorward.web.api import create_api
from doorward.web.context import Web
from tests.asgi_client import AsgiClient
from tests.builders import A_PASSWORD, AN_EMAIL, given_a_user
from tests.web.api.builders import given_a_web


@dataclass(frozen=True)
class Person:
    """A user who signed in through the API."""

    user: User
    headers: dict[str, str]

    @property
    def session_token(self) -> str:
        return self.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def web(database) -> Web:
    return given_a_web(database)


@pytest.fixture(scope="session")
def kept_api() -> FastAPI:
    """The application, kept from test to test: FastAPI works its routes out when they are first asked for."""
    return create_api(cast("Web", None))


@pytest.fixture
def api(web, kept_api) -> Iterator[AsgiClient]:
    kept_api.state.web = web
    with AsgiClient(kept_api) as client:
        yield client


@pytest.fixture
def person(api, database) -> Person:
    return signed_in(api, given_a_user(database))


def signed_in(api: AsgiClient, user: User) -> Person:
    answer = api.post("/api/users/login", json={"email": user.email, "password": A_PASSWORD})
    assert 200 == answer.status_code
    return Person(user=user, headers={"Authorization": f"Bearer {answer.json()['access_token']}"})


@pytest.fixture
def other_person(api, database) -> Person:
    return signed_in(api, given_a_user(database, email="other." + AN_EMAIL))


@pytest.fixture
def administrator(api, database) -> Person:
    return signed_in(api, given_a_user(database, email="root@example.org", is_administrator=True))


@pytest.fixture
def call(api, administrator) -> Callable[..., Response]:
    """Makes a call as the administrator."""

    def make(method: str, path: str, body: object = None, **options: Any) -> Response:  # noqa: ANN401 - what the client takes
        return api.request(method, path, headers=administrator.headers, json=body, **options)

    return make
