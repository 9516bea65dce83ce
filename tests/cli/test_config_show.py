"""`doorward config show`: every setting, its value and where it came from, without a secret."""

import json

import pytest

from doorward.cli.config_values import shown_database
from doorward.settings import Settings

SECRET = "canary" * 6


def test_every_setting_is_shown_with_its_source(offline):
    shown = {
        entry["variable"]: entry for entry in json.loads(offline.succeed("config", "show", "--json", sign_up="open"))
    }

    assert {f"DOORWARD_{field.upper()}" for field in Settings.model_fields} == set(shown)
    assert ("open", "environment") == (shown["DOORWARD_SIGN_UP"]["value"], shown["DOORWARD_SIGN_UP"]["source"])
    assert ("on", "default") == (shown["DOORWARD_RATE_LIMITS"]["value"], shown["DOORWARD_RATE_LIMITS"]["source"])
    assert ("1h", "default") == (
        shown["DOORWARD_ACCESS_TOKEN_LIFETIME"]["value"],
        shown["DOORWARD_ACCESS_TOKEN_LIFETIME"]["source"],
    )


def test_unset_settings_show_what_they_amount_to(offline, tmp_path):
    text = offline.succeed("config", "show", mcp_base_url="https://mcp.example.com")

    lines = dict(line.split("\t")[:2] for line in text.splitlines())
    assert f"sqlite:///{tmp_path}/data/doorward.db" == lines["DOORWARD_DATABASE_URL"]
    assert f"in {tmp_path}/data/secret_key" == lines["DOORWARD_SECRET_KEY"]
    assert "https://mcp.example.com" == lines["DOORWARD_DASHBOARD_URL"]


def test_secrets_are_masked(offline):
    """No secret in any output; the settings are shown without opening the database."""
    environ = {"secret_key": SECRET, "database_url": f"postgresql://doorward:{SECRET}@db.example/doorward"}

    for words in (("config", "show"), ("config", "show", "--json")):
        printed = offline.succeed(*words, **environ)
        assert "canary" not in printed
        assert "postgresql://db.example/doorward" in printed


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:canary@db/x",
        "postgresql://u:ca?nary@db/x",
        "postgresql://u:ca/nary@db/x",
        "postgresql://u:ca#nary@db/x",
        "postgresql://u:ca@nary@db/x",
        "postgresql://u:ca:nary@db/x",
        "postgresql://u:ca%40nary@db/x",
        "postgresql://db/x?user=u&password=canary",
        "postgresql:///x?password=ca@nary",
        "postgres://canary nary@",
    ],
)
def test_no_form_of_address_shows_its_password(url):
    shown = shown_database(Settings.model_validate({"database_url": url}))

    assert "ca" not in shown
    assert "nary" not in shown


def test_it_makes_nothing(offline, tmp_path):
    _ = offline.succeed("config", "show")

    assert [] == list(tmp_path.iterdir())
