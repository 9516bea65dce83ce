"""`doorward clients create`, `list`, `block`, `unblock` and `delete`."""

import json

import pytest

CALLBACK = "https://app.example/callback"


def given_a_client(cli, *options: str) -> dict[str, object]:
    printed = cli.succeed("clients", "create", "--redirect-uri", CALLBACK, *options, "--json")
    return json.loads(printed)


def test_a_public_client_has_no_secret(cli):
    client = given_a_client(cli, "--name", "Notes")

    assert "client_secret" not in client
    assert ("Notes", [CALLBACK], "none", False, "operator") == (
        client["client_name"],
        client["redirect_uris"],
        client["token_endpoint_auth_method"],
        client["trusted"],
        client["origin"],
    )
    assert ["authorization_code", "refresh_token"] == client["grant_types"]


def test_a_secret_is_shown_once(cli):
    """It is hashed at rest, so no list can show it."""
    client = given_a_client(cli, "--auth-method", "client_secret_basic", "--trusted", "--scope", "mcp")

    secret = client["client_secret"]
    assert isinstance(secret, str)
    assert secret.startswith("dws_")
    assert secret not in cli.succeed("clients", "list")
    assert secret not in cli.succeed("clients", "list", "--json")
    assert secret not in cli.succeed("audit", "tail", "--json")


def test_the_text_for_people_shows_id_and_secret(cli):
    text = cli.succeed("clients", "create", "--redirect-uri", CALLBACK, "--auth-method", "client_secret_post")

    assert "dwd_" in text
    assert "dws_" in text
    assert "cannot be shown again" in text


def test_several_redirect_uris_and_grants_are_given_one_by_one(cli):
    client = given_a_client(cli, "--redirect-uri", "http://127.0.0.1/cb", "--grant", "authorization_code")

    assert [CALLBACK, "http://127.0.0.1/cb"] == client["redirect_uris"]
    assert ["authorization_code"] == client["grant_types"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((), "redirect URI"),
        (("--redirect-uri", "javascript:alert(1)"), "scheme"),
        (("--redirect-uri", "http://app.example/cb"), "http"),
        (("--redirect-uri", f"{CALLBACK}#x"), "fragment"),
        (("--redirect-uri", CALLBACK, "--grant", "password"), "grant types"),
        (("--redirect-uri", CALLBACK, "--auth-method", "magic"), "authentication method"),
        (("--redirect-uri", CALLBACK, "--name", "two\nlines"), "name"),
        (("--redirect-uri", CALLBACK, "--scope", 'a"b'), "scope"),
        (("--redirect-uri", CALLBACK, "--scope", "mcp foo"), "The scope must be made of mcp and offline_access."),
    ],
)
def test_wrong_metadata_is_refused_in_words(cli, options, word):
    assert word in cli.fail("clients", "create", *options)
    assert [] == json.loads(cli.succeed("clients", "list", "--json"))


def test_the_list_is_plain_text_when_piped(cli):
    client = given_a_client(cli, "--name", "Notes")

    header, line = cli.succeed("clients", "list").splitlines()

    assert "CLIENT ID" == header.split("\t")[0]
    assert [client["client_id"], "Notes", "operator", "none", "no"] == line.split("\t")[:5]


def test_a_deleted_client_is_gone(cli):
    client_id = str(given_a_client(cli)["client_id"])

    assert f"Deleted {client_id}" in cli.succeed("clients", "delete", client_id)
    assert [] == json.loads(cli.succeed("clients", "list", "--json"))
    assert "No stored client has this id" in cli.fail("clients", "delete", client_id)


def test_a_block_names_what_it_blocked(cli):
    client_id = str(given_a_client(cli)["client_id"])

    assert f"Blocked the client id {client_id}; 0 connections ended.\n" == cli.succeed("clients", "block", client_id)
    assert "Blocked the host app.example; 0 connections ended.\n" == cli.succeed("clients", "block", "App.example")
    assert "by=operator" in cli.succeed("audit", "tail").splitlines()[-1]


def test_blocks_are_listed_and_lifted(cli):
    _ = given_a_client(cli)
    _ = cli.succeed("clients", "block", "evil.example")

    *_, header, line = cli.succeed("clients", "list").splitlines()
    assert ["BLOCKED", "SINCE"] == header.split("\t")
    assert "evil.example" == line.split("\t")[0]
    (block,) = json.loads(cli.succeed("clients", "list", "--blocks", "--json"))
    assert ("evil.example", True) == (block["subject"], block["created_at"].endswith("Z"))
    assert 1 == len(json.loads(cli.succeed("clients", "list", "--json")))

    assert "Unblocked evil.example; " in cli.succeed("clients", "unblock", "EVIL.example")
    assert [] == json.loads(cli.succeed("clients", "list", "--blocks", "--json"))
    assert "BLOCKED" not in cli.succeed("clients", "list")
    assert "client.unblocked" in cli.succeed("audit", "tail")
    assert "Nothing of this name is blocked" in cli.fail("clients", "unblock", "evil.example")


def test_a_block_of_nothing_is_refused(cli):
    assert "one client id or one host" in cli.fail("clients", "block", " ")
    assert "without the port" in cli.fail("clients", "block", "LOCALHOST:8431")
    assert "without the star" in cli.fail("clients", "block", "*.example.com")
    assert [] == json.loads(cli.succeed("clients", "list", "--blocks", "--json"))
