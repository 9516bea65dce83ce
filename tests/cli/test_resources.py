"""`doorward resources create`, `list`, `show`, `update`, `delete`, `add-server` and `remove-server`."""

import json
from pathlib import Path
from typing import Any

import pytest

FILES = "https://files.example.com/mcp"
SCOPES = ("--scope", "files=Read and change files", "--scope", "files:read=Read files", "--include", "files=files:read")


def created(cli, *options: str) -> dict[str, Any]:
    return json.loads(cli.succeed("resources", "create", FILES, "--name", "Files", *options, "--json"))


def test_a_resource_is_registered_with_what_the_options_say(cli):
    made = created(
        cli,
        *SCOPES,
        *("--default-scope", "files:read", "--alias", "https://old.example.com/files"),
        *("--tool-scope", "write=files", "--tool-scope", "*=files:read", "--method-scope", "resources/read=files"),
        *("--token-format", "opaque", "--access-token-lifetime", "15m", "--default"),
    )
    listed = json.loads(cli.succeed("resources", "list", "--json"))
    text = cli.succeed("resources", "list")

    assert made == listed[0]
    assert {"write": "files", "*": "files:read"} == made["tool_scopes"]
    assert [["files:read"], []] == [token["includes"] for token in made["scopes"]]
    assert ("opaque", "15m", True, "database") == tuple(
        made[name] for name in ("token_format", "access_token_lifetime", "default", "source")
    )
    assert "built-in" == listed[1]["source"]
    assert FILES in text


def test_it_is_found_by_any_of_its_names(cli):
    made = created(cli, "--alias", "https://old.example.com/files")

    for name in (str(made["id"]), FILES, FILES + "/", "https://old.example.com/files"):
        assert made == json.loads(cli.succeed("resources", "show", name, "--json"))
    assert "Files" in cli.succeed("resources", "show", FILES)
    assert "no resource" in cli.fail("resources", "show", "https://nothing.example")


def test_the_document_that_a_resource_elsewhere_serves_is_printed(cli):
    """RFC 9728 §2."""
    created(cli, *SCOPES, "--default-scope", "files:read")
    document = json.loads(cli.succeed("resources", "show", FILES, "--metadata", mcp_base_url="https://id.example.com"))

    assert {
        "resource": FILES,
        "authorization_servers": ["https://id.example.com"],
        "scopes_supported": ["files:read"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Files",
    } == document


def test_a_change_replaces_what_is_named_and_nothing_else(cli):
    made = created(cli, *SCOPES)
    changed = json.loads(cli.succeed("resources", "update", FILES, "--token-format", "opaque", "--json"))

    assert {**made, "token_format": "opaque"} == changed
    assert "least one option" in cli.fail("resources", "update", FILES)
    assert "give --default-scope, too" in cli.fail("resources", "update", FILES, "--scope", "another=Another")


def test_the_built_in_resource_can_be_changed_and_goes_back(cli):
    address = "http://localhost:8000/http"
    changed = json.loads(cli.succeed("resources", "update", address, "--name", "Ours", "--json"))
    deleted = cli.succeed("resources", "delete", address)
    refused = cli.fail("resources", "delete", address)

    assert ("Ours", "database") == (changed["name"], changed["source"])
    assert "Deleted" in deleted
    assert "built-in" in refused


def test_a_definition_comes_from_a_file_too(cli, tmp_path: Path):
    file = tmp_path / "files.json"
    file.write_text(json.dumps({"name": "From the file", "token_format": "opaque"}))
    made = json.loads(cli.succeed("resources", "create", FILES, "--file", str(file), "--name", "Said", "--json"))
    file.write_text("[]")

    assert ("Said", "opaque") == (made["name"], made["token_format"])
    assert "JSON object" in cli.fail("resources", "update", FILES, "--file", str(file))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--token-format", "paseto"), "--token-format is neither"),
        (("--scope", "files"), "--scope"),
        (("--scope", "a=A", "--scope", "a=B"), "--scope"),
        (("--include", "a=b"), "--scope"),
        (("--scope", "a=A", "--include", "b=a"), "--include"),
        (("--scope", "a=A", "--scope", "b=B", "--include", "a=b", "--include", "b=a"), "circle"),
        (("--access-token-lifetime", "2h"), "--access-token-lifetime is not a duration"),
        (("--tool-scope", "add=unknown"), "--tool-scope has a scope token"),
        (("--default-scope", "zz"), "--default-scope zz is not one of"),
        (("--scope", "a=A", "--default-scope", "zz"), "--default-scope zz is not one of a."),
        (("--name", " "), "--name is not one line"),
        (("--scope", "a=\u200b"), "What --scope says in words is not one line"),
        (("--alias", "http://localhost:8000/http"), "another resource"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(cli, options: tuple[str, ...], word: str):
    assert word in cli.fail("resources", "create", FILES, "--name", "Files", *options)
    assert 1 == len(json.loads(cli.succeed("resources", "list", "--json")))


def test_what_is_missing_or_no_address_is_named_as_it_is_typed(cli):
    assert "Error: ADDRESS is not an address" in cli.fail("resources", "create", "nonsense", "--name", "Files")
    assert "ADDRESS is in a spelling" in cli.fail("resources", "create", FILES + "/", "--name", "Files")
    assert "--name is missing" in cli.fail("resources", "create", FILES)


def test_a_member_of_a_file_that_is_not_known_is_named(cli, tmp_path: Path):
    file = tmp_path / "files.json"
    file.write_text(json.dumps({"nonsense": 1}))

    assert "nonsense" in cli.fail("resources", "create", FILES, "--name", "Files", "--file", str(file))


def test_scopes_of_tools_and_methods_are_shown_to_people(cli):
    created(cli, *SCOPES, "--tool-scope", "write=files", "--method-scope", "resources/read=files")
    shown = [line.split() for line in cli.succeed("resources", "show", FILES).splitlines()]

    assert ["tool", "scopes", "write=files"] in shown
    assert ["method", "scopes", "resources/read=files"] in shown
    assert ["aliases", "-"] in shown


def test_the_server_on_another_port_is_named_with_that_port(cli):
    address = "http://localhost:8917/http"
    refused = cli.fail("resources", "update", address, "--name", "Ours")
    changed = json.loads(cli.succeed("resources", "update", address, "--name", "Ours", "--port", "8917", "--json"))
    listed = json.loads(cli.succeed("resources", "list", "--port", "8917", "--json"))
    document = json.loads(cli.succeed("resources", "show", address, "--port", "8917", "--metadata"))
    added = json.loads(cli.succeed("resources", "add-server", address, "--port", "8917", "--json"))

    assert "taken to be http://localhost:8000: give --port" in refused
    assert ("Ours", [address]) == (changed["name"], [one["identifier"] for one in listed])
    assert ["http://localhost:8917"] == document["authorization_servers"]
    assert "http://localhost:8917/api/oauth/introspect" == added["introspection_endpoint"]
    assert "any more" in cli.succeed("resources", "remove-server", address, added["client_id"], "--port", "8917")
    assert "Deleted" in cli.succeed("resources", "delete", address, "--port", "8917")
    assert "--port" not in cli.fail("resources", "show", address, mcp_base_url="https://id.example.com")


def test_a_resource_server_is_added_and_removed(cli):
    created(cli)
    added = json.loads(cli.succeed("resources", "add-server", FILES, "--json", mcp_base_url="https://id.example.com"))
    client_id = str(added["client_id"])

    assert added["client_secret"].startswith("dws_")
    assert "https://id.example.com/api/oauth/introspect" == added["introspection_endpoint"]
    assert [client_id] == json.loads(cli.succeed("resources", "show", FILES, "--json"))["introspected_by"]
    assert "already" in cli.fail("resources", "add-server", FILES, "--client-id", client_id)
    assert "no stored client" in cli.fail("resources", "add-server", FILES, "--client-id", "dwd_nobody")
    assert "any more" in cli.succeed("resources", "remove-server", FILES, client_id)
    assert "anyway" in cli.fail("resources", "remove-server", FILES, client_id)
    assert "cannot be shown again" in cli.succeed("resources", "add-server", FILES)


def test_what_the_settings_declare_is_changed_there(cli, tmp_path: Path):
    file = tmp_path / "resources.toml"
    file.write_text(f'resources = [{{identifier = "{FILES}", name = "Declared", default = true}}]')
    declared = {"resources_file": str(file)}
    listed = json.loads(cli.succeed("resources", "list", "--json", **declared))

    assert [("Declared", "settings", True)] == [
        (one["name"], one["source"], one["default"]) for one in listed if one["identifier"] == FILES
    ]
    assert "DOORWARD_RESOURCES_FILE" in cli.fail("resources", "update", FILES, "--name", "x", **declared)
    assert "DOORWARD_RESOURCES_FILE" in cli.fail("resources", "delete", FILES, **declared)
    assert "DOORWARD_RESOURCES_FILE" in cli.fail(
        "resources", "create", "https://b.example", "--name", "B", "--default", **declared
    )
