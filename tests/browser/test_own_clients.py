"""The clients that people make for themselves, in front of a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import client_deletion


@pytest.mark.parametrize("javascript", [True, False])
def test_a_client_is_deleted_after_a_second_thought(new_context, server, client, complaints, javascript: bool) -> None:
    """The question can be left in both ways, by the keyboard and without a script."""
    page = new_context(java_script_enabled=javascript).new_page()
    client_deletion(page, server, client)
    expect(page.locator("main")).to_contain_text("Automation")
    expect(page.locator("main")).to_contain_text("Nobody is connected with it.")
    page.get_by_role("link", name="Keep it").click()
    expect(page.get_by_role("listitem")).to_contain_text("Automation")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Deleted the client.")
    expect(page.get_by_text("Automation")).to_have_count(0)
    assert [] == complaints
