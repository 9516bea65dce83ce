"""`doorward registration-tokens create`, `list` and `revoke`."""

import json


def test_a_token_is_shown_once(cli):
    made = json.loads(
        cli.succeed("registration-tokens", "create", "--name", "partner", "--expires", "30d", "--uses", "3", "--json")
    )
    secret = made.pop("token")

    assert secret.startswith("dwa_")
    assert ("partner", 3, None) == (made["name"], made["uses_left"], made["revoked_at"])
    assert [made] == json.loads(cli.succeed("registration-tokens", "list", "--json"))
    for words in (("registration-tokens", "list"), ("audit", "tail", "--json")):
        assert secret not in cli.succeed(*words)


def test_the_text_for_people_says_when_nothing_asks_for_it(cli):
    said = "until DOORWARD_REGISTRATION is token"

    assert said in cli.succeed("registration-tokens", "create", "--name", "a")
    assert said not in cli.succeed("registration-tokens", "create", "--name", "b", registration="token")
    assert "any number" in cli.succeed("registration-tokens", "list")


def test_a_token_is_revoked_once(cli):
    made = json.loads(cli.succeed("registration-tokens", "create", "--name", "partner", "--json"))

    assert "Revoked" in cli.succeed("registration-tokens", "revoke", made["id"])
    assert "revoked already" in cli.fail("registration-tokens", "revoke", made["id"])
    assert json.loads(cli.succeed("registration-tokens", "list", "--json"))[0]["revoked_at"]


def test_a_token_that_cannot_be_made_is_refused_in_words(cli):
    assert "name" in cli.fail("registration-tokens", "create", "--name", " ")
    assert "expired already" in cli.fail("registration-tokens", "create", "--name", "x", "--expires", "0")
    assert "duration" in cli.fail("registration-tokens", "create", "--name", "x", "--expires", "soon", exit_code=2)
    cli.fail("registration-tokens", "create", "--name", "x", "--uses", "0", exit_code=2)
    assert "1 to 1000000 times" in cli.fail("registration-tokens", "create", "--name", "x", "--uses", "9999999")
