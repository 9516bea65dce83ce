"""An administrator allows what a person asked for, both in front of a browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.client import listening_client
from tests.browser.people import sign_in
from tests.browser.running_server import RunningServer, running_server

ROOT = "root@example.org"


@pytest.fixture(scope="module")
def asking(tmp_path_factory) -> Iterator[RunningServer]:
    """A server where an administrator has to allow every client."""
    data_dir = tmp_path_factory.mktemp("asking") / "data"
    with running_server(data_dir, client_policy="ask") as server:
        server.create_user()
        server.create_user(ROOT, "--admin")
        yield server


@pytest.mark.parametrize("javascript", [True, False])
def test_from_asking_to_connected(new_context, asking, complaints, javascript: bool) -> None:
    """Ask, be allowed by somebody else, connect; no page needs a script."""
    person, root = (new_context(java_script_enabled=javascript).new_page() for _ in range(2))
    with listening_client(asking.address, name="Notes") as client:
        person.goto(client.authorization_url())
        sign_in(person)
        expect(person.get_by_role("heading", level=1)).to_have_text("An administrator decides about this app")
        person.get_by_role("button", name="Ask the administrator").click()
        expect(person.get_by_role("status")).to_contain_text("Your request waits.")

        root.goto(asking.address)
        sign_in(root, email=ROOT)
        root.get_by_role("link", name="1 request waits for an administrator").click()
        expect(root.get_by_role("listitem")).to_contain_text("Notes")
        root.get_by_role("button", name="Allow for this person").click()
        expect(root.get_by_role("status")).to_contain_text("Allowed.")
        expect(root.get_by_text("Nobody waits for a decision.")).to_be_visible()

        person.goto(client.authorization_url())
        person.get_by_role("button", name="Allow").click()
        person.wait_for_url(re.compile(re.escape(client.redirect_uri)))
        assert 200 == client.exchange(client.arrived[-1]["code"]).status_code
        assert [] == complaints
    asking.run("policy", "unset", "127.0.0.1", "--for", "ada@example.org")


def test_a_refusal_is_the_end_of_it(new_context, asking) -> None:
    person, root = (new_context().new_page() for _ in range(2))
    with listening_client(asking.address, name="Spy") as client:
        person.goto(client.authorization_url())
        sign_in(person)
        person.get_by_role("button", name="Ask the administrator").click()
        root.goto(f"{asking.address}/sign-in")
        sign_in(root, email=ROOT)
        root.goto(f"{asking.address}/account/requests")
        root.get_by_role("button", name="Refuse for this person").click()
        expect(root.get_by_role("status")).to_contain_text("Refused.")

        person.goto(client.authorization_url())
        expect(person.get_by_role("heading", level=1)).to_have_text("This app is not allowed for you")
        assert [] == client.arrived
    asking.run("policy", "unset", "127.0.0.1", "--for", "ada@example.org")
