"""`doorward users list`, `invite`, `set-password`, `disable` and `enable`."""

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

    assert "Disabled ADA@example.org" in cli.succeed("users", "disable", "ADA@example.org", "--yes")
    assert json.loads(cli.succeed("users", "list", "--json"))[0]["disabled_at"].endswith("Z")


def test_disabling_nobody_says_so(cli):
    given_ada(cli)
    _ = cli.succeed("users", "disable", "ada@example.org", "--yes")

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
    complaint = cli.fail("users", "invite", "eve@example.org")

    assert "DOORWARD_SIGN_UP is closed" in complaint
    assert "for the server and for this command" in complaint


def test_no_invitation_is_made_for_an_address_in_use_or_none(cli):
    given_ada(cli)

    assert "already" in cli.fail("users", "invite", "ada@example.org", sign_up="invite")
    assert "e-mail address" in cli.fail("users", "invite", "nonsense", sign_up="invite")


def test_the_last_administrator_is_disabled_only_on_purpose(cli):
    given_ada(cli)

    complaint = cli.fail("users", "disable", "ada@example.org")

    assert "last enabled administrator" in complaint
    assert "--yes" in complaint
    assert json.loads(cli.succeed("users", "list", "--json"))[0]["disabled_at"] is None


def test_a_disabled_account_is_enabled_again(cli):
    given_ada(cli)
    _ = cli.succeed("users", "disable", "ada@example.org", "--yes")

    assert "Enabled ADA@example.org" in cli.succeed("users", "enable", "ADA@example.org")
    assert json.loads(cli.succeed("users", "list", "--json"))[0]["disabled_at"] is None
    for email in ("ada@example.org", "eve@example.org", "nonsense"):
        assert "There is no account with this e-mail address" in cli.fail("users", "enable", email)


def test_a_forgotten_password_is_replaced(cli):
    given_ada(cli)
    password = "marble otter thicket sonnet"

    printed = cli.succeed("users", "set-password", "ADA@example.org", "--password-stdin", stdin=f"{password}\n")

    assert "Set the password of ada@example.org" in printed
    trail = cli.succeed("audit", "tail")
    assert "user.password_set" in trail
    assert password not in printed + trail


def test_a_password_set_for_a_disabled_account_says_so(cli):
    given_ada(cli)
    _ = cli.succeed("users", "disable", "ada@example.org", "--yes")

    printed = cli.succeed("users", "set-password", "ada@example.org", "--password-stdin", stdin=A_PASSWORD)

    assert "doorward users enable" in printed


def test_no_password_is_set_for_nobody_nor_a_weak_one(cli):
    given_ada(cli)
    words = ("users", "set-password")

    assert "no account" in cli.fail(*words, "eve@example.org", "--password-stdin", stdin=A_PASSWORD)
    assert "e-mail address" in cli.fail(*words, "nonsense", "--password-stdin", stdin=A_PASSWORD)
    assert "The password" in cli.fail(*words, "ada@example.org", "--password-stdin", stdin="short")
    assert "--password-stdin" in cli.fail(*words, "ada@example.org", exit_code=2)
