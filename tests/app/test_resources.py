"""The resources that a file declares; a wrong file stops the start with one sentence."""

import json
from pathlib import Path

import pytest

from doorward.app.resources import resource_rules
from doorward.settings import Addresses, Settings, SettingsError

WHERE = Addresses(mcp_base_url="https://mcp.example.com", dashboard_url="https://mcp.example.com")
CANARY = "canary-5f1c0d2e"
A = '[[resources]]\nidentifier = "https://a.example/mcp"\nname = "A"\n'


def rules_of(path: Path, **given: object):
    return resource_rules(Settings.model_validate({"resources_file": path, **given}), WHERE)


def test_toml_and_json_say_the_same(tmp_path: Path):
    toml, as_json = tmp_path / "resources.toml", tmp_path / "resources.json"
    toml.write_text(A + "default = true\n")
    as_json.write_text(
        json.dumps({"resources": [{"identifier": "https://a.example/mcp", "name": "A", "default": True}]})
    )

    assert rules_of(toml) == rules_of(as_json)
    assert "https://a.example/mcp" == rules_of(toml).default
    assert "https://mcp.example.com/http" == rules_of(toml).builtin.identifier


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        f'{CANARY} = "x"',
        f"resources = '{CANARY}'",
        f'resources = ["{CANARY}"]',
        A + f'{CANARY} = "x"\n',
        A + 'default = "yes"\n',
        A + "default = true\n" + A.replace("//a", "//b") + "default = true\n",
        A + A,
        A + '[[resources]]\nidentifier = "https://b.example"\nname = "B"\naliases = ["https://A.example/mcp/"]\n',
        A + 'access_token_lifetime = "2h"\n',
        A.replace("https", "http"),
        "\ud800".encode("utf-16", "surrogatepass"),
    ],
)
def test_a_wrong_file_stops_the_start_with_one_sentence(tmp_path: Path, content: str | bytes):
    """It names the setting, and repeats no value."""
    path = tmp_path / "resources.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError) as refused:
        rules_of(path)

    said = str(refused.value)
    assert said.startswith("DOORWARD_RESOURCES_FILE")
    assert said.endswith(".")
    assert "\n" not in said
    assert CANARY not in said


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path):
    with pytest.raises(SettingsError, match="cannot be read"):
        rules_of(tmp_path / "nothing.toml")
