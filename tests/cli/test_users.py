"""`doorward users list`, `invite` and `disable`."""

import json

A_PASSWORD = "zebra fjord pickle lantern"


def given_ada(cli) -> None:
    _ = cli.succeed("users", "create", "ada@example.org", "--password-stdin", "--admin", stdin=A_PASSWORD)


def test_an_empty_list_is_a_list(cli):
    assert [] == json.loads(cli.succeed("users", "list", "--json"))


def test_the_list_is_plain_text_when_piped(cli):
    """One account a line, separated by tabs, below a line of names."""
    given_ada(cli)

    header, line = cli.succeed("users", "list").splitlines()

    assert ["EMAIL", "ROLE", "CREATED", "DISABLED", "ID"] == header.split("\t")
    assert ["ada@example.org", "administrator"] == line.split("\t")[:2]


def test_a_disabled_account_is_listed_as_such(cli):
    given_ada(cli)

    assert "Disabled ADA@example.org" in cli.succeed("users", "disable", "ADA@example.org")
    assert json.loads(cli.succeed("users", "list", "--json"))[0]["disabled_at"].endswith("Z")


def test_disabling_nobody_says_so(cli):
    given_ada(cli)
    _ = cli.succeed("users", "disable", "ada@example.org")

    for email in ("ada@example.org", "eve@example.org", "nonsense"):
        assert "There is no account with this e-mail address" in cli.fail("users", "disable", email)


def test_an_invitation_is_a_link_on_the_dashboard(cli):
    printed = cli.succeed(
        "users", "invite", "eve@example.org", sign_up="invite", dashboard_url="https://id.example.com"
    )

    link = printed.splitlines()[-1]
    assert link.startswith("https://id.example.com/sign-up?invitation=dwi_")


def test_an_invitation_without_a_public_address_names_the_port(cli):
    printed = cli.succeed("users", "invite", "eve@example.org", "--port", "8123", sign_up="open")

    assert printed.splitlines()[-1].startswith("http://localhost:8123/sign-up?invitation=dwi_")


def test_no_invitation_is_made_that_would_not_be_accepted(cli):
    """The default of DOORWARD_SIGN_UP is closed."""
    assert "DOORWARD_SIGN_UP is closed" in cli.fail("users", "invite", "eve@example.org")


def test_no_invitation_is_made_for_an_address_in_use_or_none(cli):
    given_ada(cli)

    assert "already" in cli.fail("users", "invite", "ada@example.org", sign_up="invite")
    assert "e-mail address" in cli.fail("users", "invite", "nonsense", sign_up="invite")
