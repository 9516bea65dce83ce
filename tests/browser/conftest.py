"""A running server, a real browser, and a client that waits for its answer."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.chromium import running_chromium
from tests.browser.client import Client, listening_client
from tests.browser.running_server import RunningServer, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    """One server for all tests, where anybody may sign up; the default user has an account."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    with running_server(data_dir, sign_up="open") as server:
        server.create_user()
        yield server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def client(server) -> Iterator[Client]:
    with listening_client(server.address) as client:
        yield client


def is_complaint(message: ConsoleMessage) -> bool:
    """A note that somebody was quicker than the page's own focus is none."""
    return message.type != "log" and not message.text.startswith("Autofocus processing was blocked")


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: console errors, violations of the policy, failures of a script."""
    return []


@pytest.fixture
def new_context(chromium, complaints) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser profiles of one's own."""
    opened: list[BrowserContext] = []

    def note(page: Page) -> None:
        page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_context(**options: object) -> BrowserContext:
        context = chromium.new_context(**options)
        context.set_default_timeout(15_000)
        context.on("page", note)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context) -> Page:
    return new_context().new_page()
