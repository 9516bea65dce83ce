"""Making MCP API keys."""

import pytest

from doorward.identity.api_keys import ApiKeyRefused, clean_name, new_api_key
from doorward.kit.secrets import digest
from tests.builders import NOW


def test_a_key_is_kept_as_its_hash_and_last_four_characters():
    """Whoever reads the database cannot use it (S15)."""
    secret, key = new_api_key(user_id="u", name="laptop", scope="mcp", resource="https://mcp.example/http", now=NOW)
    value = secret.reveal()

    assert value.startswith("dwk_")
    assert digest(value) == key.key_hash
    assert value[-4:] == key.hint
    assert value not in repr(key)


@pytest.mark.parametrize(
    ("typed", "kept"), [("  my   laptop ", "my laptop"), ("a\x1b[31mb\u202ec", "a[31mbc"), ("x" * 80, "x" * 80)]
)
def test_a_name_is_kept_in_one_clean_line(typed, kept):
    """Nothing unseen reaches a terminal or a page (S54, S56)."""
    assert kept == clean_name(typed)


@pytest.mark.parametrize("typed", ["", "  \u200b ", "x" * 81])
def test_an_empty_or_overlong_name_is_refused(typed):
    """A key without a name could not be told from the others."""
    with pytest.raises(ApiKeyRefused):
        clean_name(typed)
