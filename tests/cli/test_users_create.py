"""`doorward users create`: works before the first serve; the person can sign in at once."""

import json

import pytest

A_PASSWORD = "zebra fjord pickle lantern"


def test_an_account_is_made_before_the_first_serve(cli):
    """Needs no confirmation and no change at the first sign-in."""
    printed = cli.succeed("users", "create", "Ada@Example.org", "--password-stdin", stdin=f"{A_PASSWORD}\n")

    assert "Created the account Ada@Example.org.\n" == printed
    (user,) = json.loads(cli.succeed("users", "list", "--json"))
    assert ("Ada@Example.org", False, False, None) == (
        user["email"],
        user["administrator"],
        user["email_verified"],
        user["disabled_at"],
    )


def test_an_administrator_is_made_on_request(cli):
    printed = cli.succeed("users", "create", "ada@example.org", "--password-stdin", "--admin", stdin=A_PASSWORD)

    assert "Created the administrator ada@example.org.\n" == printed
    assert json.loads(cli.succeed("users", "list", "--json"))[0]["administrator"]


def test_an_address_can_be_used_once(cli):
    """In any spelling of the same address."""
    _ = cli.succeed("users", "create", "ada@example.org", "--password-stdin", stdin=A_PASSWORD)

    complaint = cli.fail("users", "create", "ADA@example.org", "--password-stdin", stdin=A_PASSWORD)

    assert "Error: There is an account with this e-mail address already.\n" == complaint


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.org", "ada@example.org\n", "a b@example.org"])
def test_what_is_no_address_is_refused_before_a_password_is_asked_for(offline, email):
    result = offline("users", "create", email, "--password-stdin")

    assert 1 == result.exit_code or email.endswith("\n")
    assert not (result.exit_code == 0 and email.strip() != email)


@pytest.mark.parametrize("password", ["", "short", "password" * 3])
def test_a_weak_password_is_refused_in_words(cli, password):
    complaint = cli.fail("users", "create", "ada@example.org", "--password-stdin", stdin=password)

    assert "The password" in complaint
    assert [] == json.loads(cli.succeed("users", "list", "--json"))


@pytest.mark.parametrize("data", [b"one line\nand another line\n", b"\xff\xfe not utf-8 at all", b"x" * 5000, b"a\0b"])
def test_what_is_no_line_of_text_is_a_usage_error(cli, data):
    assert "--password-stdin" in cli.fail(
        "users", "create", "ada@example.org", "--password-stdin", stdin=data, exit_code=2
    )


def test_without_a_terminal_the_password_is_never_asked_for(cli):
    complaint = cli.fail("users", "create", "ada@example.org", stdin=f"{A_PASSWORD}\n", exit_code=2)

    assert "--password-stdin" in complaint


def test_the_password_is_printed_nowhere(cli):
    for password in (A_PASSWORD, "canary"):
        result = cli("users", "create", "ada@example.org", "--password-stdin", stdin=password, log_level="debug")
        assert password not in result.output
