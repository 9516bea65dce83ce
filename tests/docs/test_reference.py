"""The reference says what the code says."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi.routing import APIRoute

from dev.reference import PAGES
from dev.reference.cli import commands
from dev.reference.errors import api_errors
from dev.reference.http import ENDPOINTS
from doorward.app import create_app, open_installation
from doorward.app.dispatch import Dispatch
from doorward.audit import AuditTag
from doorward.oauth.errors import ERRORS
from doorward.settings import Settings
from doorward.settings.model import variable
from doorward.web import pages
from doorward.web.api import ROUTERS
from doorward.web.endpoints.client_configuration import PREFIX
from doorward.web.observation import Observation
from tests.docs.pages import REFERENCE


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_says(name: str):
    """`make reference` writes it."""
    assert PAGES[name]() == (REFERENCE / name).read_text("utf-8")


def test_no_reference_page_is_left_over():
    assert set(PAGES) == {path.name for path in REFERENCE.iterdir()}


def documented() -> Iterator[tuple[str, str]]:
    """What must appear, and in which page."""
    yield from ((f"`{variable(name)}`", "settings.md") for name in Settings.model_fields)
    yield from ((f"## {' '.join(words)}\n", "cli.md") for words, _ in commands())
    yield from (
        (f"`{option}", "cli.md")
        for _, command in commands()
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--")
    )
    yield from ((f"`{tag.value}`", "audit.md") for tag in AuditTag)
    yield from ((f"`{error.error}`", "errors.md") for error in (*ERRORS, *api_errors()))
    yield from ((f"`{page.path}`", "http.md") for page in pages.PAGES)
    yield from (
        (f"`{route.path}`", "http.md") for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)
    )


@pytest.mark.parametrize(("name", "page"), sorted(set(documented())))
def test_everything_people_can_meet_is_in_its_reference_page(name: str, page: str):
    assert name in (REFERENCE / page).read_text("utf-8")


def test_the_described_endpoints_are_those_of_the_running_server():
    with (
        tempfile.TemporaryDirectory() as folder,
        open_installation(Settings(data_dir=Path(folder))) as installation,
    ):
        observation = cast("Observation", create_app(installation, port=8000)._dispatch)
        dispatch = cast("Dispatch", observation._app)

        assert set(ENDPOINTS) == {*dispatch._exact, f"{PREFIX}{{client_id}}"}
