"""`doorward policy …`, `doorward requests …` and `doorward agents list`."""

import json

from doorward.app import open_installation
from doorward.settings import load_settings
from tests.builders import A_PASSWORD, AN_EMAIL, an_access_request, an_authorization


def given_ada(cli) -> str:
    _ = cli.succeed("users", "create", AN_EMAIL, "--password-stdin", stdin=A_PASSWORD)
    return AN_EMAIL


def in_the_database(cli, unit):
    with open_installation(load_settings(cli.environ)) as installation:
        (user,) = installation.database.read(lambda stores: stores.users.list())
        return installation.database.write(lambda stores: unit(stores, user))


def test_rules_are_set_listed_and_removed(cli):
    ada = given_ada(cli)

    assert "People may connect the agent claude.\n" == cli.succeed("policy", "set", "allow", "claude")
    assert "An administrator is asked about the host a.example for ada@example.org; what is connected stays so.\n" == (
        cli.succeed("policy", "set", "ask", "A.example", "--for", ada)
    )
    assert "Blocked the scheme cursor:; 0 connections ended.\n" == cli.succeed("policy", "set", "deny", "cursor:")

    listed = json.loads(cli.succeed("policy", "list", "--json"))
    assert [("agent:claude", "allow", None), ("a.example", "ask", ada), ("cursor:", "deny", None)] == [
        (rule["subject"], rule["rule"], rule["user"]) for rule in listed
    ]
    assert ["SUBJECT", "RULE", "FOR", "SINCE"] == cli.succeed("policy", "list").splitlines()[0].split("\t")

    assert "agent:claude" in cli.succeed("policy", "unset", "claude")
    assert "There is no such rule" in cli.fail("policy", "unset", "claude")
    assert "There is no such rule" in cli.fail("policy", "unset", "a.example")
    assert "a.example" in cli.succeed("policy", "unset", "a.example", "--for", ada)


def test_a_block_is_a_rule_and_the_other_way_round(cli):
    """One mechanism, two words."""
    _ = cli.succeed("clients", "block", "claude-code")
    assert "deny" in cli.succeed("policy", "list")
    assert "agent:claude-code" in cli.succeed("clients", "list", "--blocks")
    _ = cli.succeed("policy", "set", "allow", "claude-code")
    assert "agent:claude-code" not in cli.succeed("clients", "list", "--blocks")
    assert "Nothing of this name is blocked" in cli.fail("clients", "unblock", "claude-code")


def test_what_no_rule_can_be_for_is_refused(cli):
    assert "Nobody has an account" in cli.fail("policy", "set", "allow", "claude", "--for", "nobody@example.org")
    assert "without the port" in cli.fail("policy", "set", "allow", "localhost:8431")
    assert [] == json.loads(cli.succeed("policy", "list", "--json"))


def test_waiting_people_are_listed_and_decided_about(cli):
    given_ada(cli)
    for subject in ("agent:cursor", "evil.example"):
        request = lambda user, it=subject: an_access_request(user.id, id=it.partition(":")[0], subject=it)  # noqa: E731
        in_the_database(cli, lambda stores, user, make=request: stores.access_requests.add(make(user)))

    header, first, _ = cli.succeed("requests", "list").splitlines()
    assert "ID" == header.split("\t")[0]
    assert ["agent", AN_EMAIL, "agent:cursor", "Cursor", "cursor:"] == first.split("\t")[:5]
    assert "Allowed Cursor for the person who asked.\n" == cli.succeed("requests", "approve", "agent")
    refused = cli.succeed("requests", "refuse", "evil.example", "--everybody")
    assert "Refused every app that is answered at, or described by, evil.example for everybody.\n" == refused
    assert [] == json.loads(cli.succeed("requests", "list", "--json"))
    assert [("agent:cursor", "allow", AN_EMAIL), ("evil.example", "deny", None)] == [
        (rule["subject"], rule["rule"], rule["user"]) for rule in json.loads(cli.succeed("policy", "list", "--json"))
    ]
    assert "No such request waits" in cli.fail("requests", "approve", "agent")


def test_agents_are_listed_with_people_and_last_use(cli):
    given_ada(cli)
    for number in range(2):
        made = lambda user, it=number: an_authorization(  # noqa: E731
            user.id, agent="cursor", client_id=f"dwp_{it}", expires_at=user.created_at.replace(year=2099)
        )
        in_the_database(cli, lambda stores, user, make=made: stores.authorizations.add(make(user)))

    assert ["Cursor", "1", "2"] == cli.succeed("agents", "list").splitlines()[1].split("\t")[:3]
    assert ["Cursor", AN_EMAIL, "2"] == cli.succeed("agents", "list", "--people").splitlines()[1].split("\t")[:3]
    (use,) = json.loads(cli.succeed("agents", "list", "--json"))
    assert ("cursor", None, AN_EMAIL, 2) == (use["agent"], use["redirect_host"], use["user"], use["connections"])


def test_a_wrong_file_of_known_clients_stops_the_start_in_words(offline, tmp_path):
    """R12: a clear sentence, whichever command."""
    path = tmp_path / "known.toml"
    path.write_text('format = 1\nversion = 2031-01-01\n[[agents]]\nid = "x"')
    told = offline.fail("users", "list", known_clients_file=str(path))
    assert "DOORWARD_KNOWN_CLIENTS_FILE leads to a file that cannot be used: agents.1." in told
    path.write_bytes(b"\xff")
    assert "not UTF-8" in offline.fail("users", "list", known_clients_file=str(path))
    path.write_bytes(b"#" * 300_000)
    assert "larger than 256 KiB" in offline.fail("users", "list", known_clients_file=str(path))
    assert "No such file" in offline.fail("users", "list", known_clients_file=str(tmp_path / "nowhere"))
