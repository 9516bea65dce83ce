"""`doorward clients create`, `list`, `block`, `unblock` and `delete`."""

import json
from pathlib import Path

import pytest

from tests.signing_clients import Signer

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


def test_keys_make_a_client_that_signs(cli, tmp_path: Path):
    """RFC 7523 §2.2: from a file or from standard input, and there is no secret to show."""
    signer = Signer.new("https://mcp.example")
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(signer.jwks))
    kept = {"keys": [{**signer.jwk, "use": "sig", "alg": "ES256"}]}

    clients = [
        given_a_client(cli, "--jwks", str(file)),
        json.loads(
            cli.succeed(
                *("clients", "create", "--redirect-uri", CALLBACK, "--jwks", "-", "--json"), stdin=file.read_bytes()
            )
        ),
        given_a_client(cli, "--jwks", str(file), "--auth-method", "private_key_jwt"),
    ]

    assert [("private_key_jwt", kept, None)] * 3 == [
        (client["token_endpoint_auth_method"], client["jwks"], client["jwks_uri"]) for client in clients
    ]
    assert not any("client_secret" in client for client in clients)


def test_keys_may_be_published_elsewhere(cli):
    client = given_a_client(cli, "--jwks-uri", "https://app.example/jwks.json")

    assert ("private_key_jwt", None, "https://app.example/jwks.json") == (
        client["token_endpoint_auth_method"],
        client["jwks"],
        client["jwks_uri"],
    )


def test_a_private_key_is_refused_and_not_repeated(cli, tmp_path: Path):
    """Whoever gave it away by mistake is told to replace it."""
    private = Signer.new("https://mcp.example").key.private_jwk()
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [private]}))

    sentence = cli.fail("clients", "create", "--redirect-uri", CALLBACK, "--jwks", str(file))

    assert "Key 1 of the JWK Set is private or symmetric: give public keys only" in sentence
    assert private["d"] not in sentence
    assert [] == json.loads(cli.succeed("clients", "list", "--json"))


@pytest.mark.parametrize(
    ("options", "text", "word"),
    [
        (("--jwks", "-"), "", "This is no JWK Set"),
        (("--jwks", "-"), "{", "This is no JWK Set"),
        (("--jwks", "-"), '{"keys":[],"keys":[]}', "This is no JWK Set"),
        (("--jwks", "-"), " " * 70_000, "at most 64 KiB"),
        (("--jwks", "-"), "{}", "the member keys"),
        (("--jwks", "-"), '{"keys":[]}', "1 to 8 keys"),
        (("--jwks", "/nowhere/jwks.json"), "", "No such file or directory: /nowhere/jwks.json"),
        (("--jwks", "-", "--jwks-uri", "https://app.example/jwks.json"), "{}", "not both"),
        (("--jwks-uri", "http://app.example/jwks.json"), "", "https"),
        (("--auth-method", "private_key_jwt"), "", "needs its public keys"),
        (("--jwks", "-", "--auth-method", "none"), "{}", "only clients that authenticate with private_key_jwt"),
    ],
)
def test_wrong_keys_are_refused_in_words(sqlite_cli, options: tuple[str, ...], text: str, word: str):
    sentence = sqlite_cli.fail("clients", "create", "--redirect-uri", CALLBACK, *options, stdin=text)

    assert word.lower() in sentence.lower()


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
        ((), "--redirect-uri"),
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


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_on_a_terminal_a_deletion_asks_first_and_says_what_ends(cli, monkeypatch, answer):
    """Only a yes deletes; the question names the client and how many people are connected with it."""
    monkeypatch.setattr("doorward.cli.clients_delete.has_terminal", lambda: True)
    client_id = str(given_a_client(cli, "--name", "Notes")["client_id"])
    asked = cli("clients", "delete", client_id, stdin=answer)

    assert 1 == asked.exit_code
    assert f"Notes ({client_id}): people connected with it: 0" in asked.output
    assert "within 5 seconds" in asked.output
    assert 1 == len(json.loads(cli.succeed("clients", "list", "--json")))
    assert "No stored client has this id" in cli.fail("clients", "delete", "nobody")
    assert 0 == cli("clients", "delete", client_id, stdin="y\n").exit_code
    assert [] == json.loads(cli.succeed("clients", "list", "--json"))


def test_a_yes_beforehand_is_not_asked_for_again(cli, monkeypatch):
    monkeypatch.setattr("doorward.cli.clients_delete.has_terminal", lambda: True)
    client_id = str(given_a_client(cli)["client_id"])

    assert "Delete it?" not in cli.succeed("clients", "delete", client_id, "--yes")


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
    assert "one client id, one host" in cli.fail("clients", "block", " ")
    assert "without the port" in cli.fail("clients", "block", "LOCALHOST:8431")
    assert "without the star" in cli.fail("clients", "block", "*.example.com")
    assert [] == json.loads(cli.succeed("clients", "list", "--blocks", "--json"))


def test_a_client_is_shown_and_changed(cli):
    client = given_a_client(cli, "--name", "Notes")
    own = str(client["client_id"])
    changed = json.loads(
        cli.succeed("clients", "update", own, "--name", "New", "--trusted", "--redirect-uri", f"{CALLBACK}/2", "--json")
    )

    assert {**client, "client_name": "New", "trusted": True, "redirect_uris": [f"{CALLBACK}/2"]} == changed
    assert changed == json.loads(cli.succeed("clients", "show", own, "--json"))
    assert "New" in cli.succeed("clients", "show", own)
    assert "not trusted" not in cli.succeed("clients", "update", own, "--not-trusted")
    assert "client.updated" in cli.succeed("audit", "tail")


def test_other_keys_replace_those_a_client_had(cli, tmp_path: Path):
    """RFC 7591 §2: the set, or where it is published; never a client without any, and never one that cannot sign."""
    old, new = Signer.new("https://mcp.example"), Signer.new("https://mcp.example")
    for signer, name in ((old, "old.json"), (new, "new.json")):
        (tmp_path / name).write_text(json.dumps(signer.jwks))
    own = str(given_a_client(cli, "--jwks", str(tmp_path / "old.json"))["client_id"])
    plain = str(given_a_client(cli)["client_id"])
    changed = json.loads(cli.succeed("clients", "update", own, "--jwks", str(tmp_path / "new.json"), "--json"))
    renamed = json.loads(cli.succeed("clients", "update", own, "--name", "New", "--json"))
    moved = json.loads(cli.succeed("clients", "update", own, "--jwks-uri", "https://app.example/jwks.json", "--json"))

    assert (
        [new.key.kid] == [key["kid"] for key in changed["jwks"]["keys"]] == [k["kid"] for k in renamed["jwks"]["keys"]]
    )
    assert (None, "https://app.example/jwks.json") == (moved["jwks"], moved["jwks_uri"])
    assert "private_key_jwt have keys" in cli.fail("clients", "update", plain, "--jwks", str(tmp_path / "new.json"))
    assert "not both" in cli.fail(
        *("clients", "update", own, "--jwks-uri", "https://app.example/j", "--jwks", str(tmp_path / "new.json"))
    )
    assert "credential" in cli.fail("clients", "update", own, "--auth-method", "none")
    assert "no secret" in cli.fail("clients", "rotate-secret", own)


def test_a_change_that_cannot_be_is_told_in_words(cli):
    own = str(given_a_client(cli)["client_id"])

    assert "Say what to change" in cli.fail("clients", "update", own)
    assert "credential" in cli.fail("clients", "update", own, "--auth-method", "client_secret_post")
    assert "made for themself" in cli.fail("clients", "update", own, "--shared")
    assert "scheme" in cli.fail("clients", "update", own, "--redirect-uri", "javascript:x")
    for words in (("show",), ("update", "--name", "x"), ("rotate-secret",)):
        assert "No stored client" in cli.fail("clients", words[0], "dwd_nobody", *words[1:])


def test_a_secret_is_rotated_and_the_old_one_dropped(cli):
    client = given_a_client(cli, "--auth-method", "client_secret_basic")
    own = str(client["client_id"])
    rotated = json.loads(cli.succeed("clients", "rotate-secret", own, "--overlap", "12h", "--json"))
    text = cli.succeed("clients", "rotate-secret", own)

    assert rotated["client_secret"] != client["client_secret"]
    assert rotated["old_secret_expires_at"]
    assert "cannot be shown again" in text
    assert "until" in text
    assert rotated["client_secret"] not in cli.succeed("clients", "show", own)
    assert "Ended the old secret" in cli.succeed("clients", "drop-old-secret", own)
    assert "no old secret" in cli.fail("clients", "drop-old-secret", own)
    assert "ended" in cli.succeed("clients", "rotate-secret", own, "--overlap", "0")
    assert "dws_" not in cli.succeed("audit", "tail", "--json")


def test_an_overlap_is_a_duration_with_a_bound(cli):
    own = str(given_a_client(cli, "--auth-method", "client_secret_basic")["client_id"])

    assert "duration" in cli.fail("clients", "rotate-secret", own, "--overlap", "soon", exit_code=2)
    assert "90 days" in cli.fail("clients", "rotate-secret", own, "--overlap", "91d")
    public = str(given_a_client(cli)["client_id"])
    assert "no secret" in cli.fail("clients", "rotate-secret", public)


@pytest.mark.parametrize(
    ("uri", "is_warned"), [("http://localhost/cb", True), ("com.example.app:/cb", True), (CALLBACK, False)]
)
def test_trust_that_changes_nothing_is_said_beside_the_answer(sqlite_cli, uri: str, is_warned: bool):
    """RFC 8252 §8.6: answers to a program on the person's computer are asked about every time."""
    result = sqlite_cli("clients", "create", "--redirect-uri", uri, "--trusted", "--json")

    assert (0, uri) == (result.exit_code, json.loads(result.stdout)["redirect_uris"][0])
    assert is_warned is result.stderr.startswith("Warning: People are asked every time")


@pytest.mark.parametrize("client_id", ["dwd_nobody", "dwp_cut"])
def test_a_block_of_an_id_that_nobody_has_is_made_with_a_warning(sqlite_cli, client_id: str):
    result = sqlite_cli("clients", "block", client_id)

    assert (0, f"Blocked the client id {client_id}") == (result.exit_code, result.stdout.partition(";")[0])
    assert "Warning: This server has no client of this id" in result.stderr


def test_a_block_of_a_stored_client_is_made_without_one(sqlite_cli):
    assert "Blocked" in sqlite_cli.succeed("clients", "block", str(given_a_client(sqlite_cli)["client_id"]))
    assert "https://nope if it is a host without a dot" in sqlite_cli.fail("clients", "block", "nope")
