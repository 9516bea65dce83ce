"""The canonical form of an address (RFC 5321, RFC 6531)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.identity.email import InvalidEmail, canonical_email, display_email


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace@Example.ORG\n", "ada.lovelace@example.org"),
        ("ada+mcp@example.org", "ada+mcp@example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("admin@localhost", "admin@localhost"),
        ("jose\u0301@example.org", "jos\u00e9@example.org"),
        ("JOS\u00c9@b\u00dccher.example", "jos\u00e9@b\u00fccher.example"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_every_spelling_of_an_address_has_one_canonical_form(typed, canonical):
    """Trimmed, NFC, case-folded, so that two spellings are one account (RFC 5321 §2.4)."""
    assert canonical == canonical_email(typed)
    assert canonical == canonical_email(canonical)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "ada@example@org",
        ".ada@example.org",
        "ada.@example.org",
        "a..da@example.org",
        "ada@.example.org",
        "ada@example..org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        "ada@[192.0.2.1]",
        '"ada lovelace"@example.org',
        "ada lovelace@example.org",
        "ada@example.org,eve@example.org",
        "Ada <ada@example.org>",
        "ada\u202e@example.org",
        "ada\u200b@example.org",
        "ada\x00@example.org",
        "ada@exam\nple.org",
        "ada\ud800@example.org",
        "ada\uff20example.org",
        "a" * 65 + "@example.org",
        "ada@" + "a" * 64 + ".org",
        "ada@" + ".".join(["a" * 60] * 5),
        "a" * 100_000 + "@example.org",
    ],
)
def test_what_is_not_an_address_is_refused_with_a_sentence(typed):
    """Controls, bidirectional marks, spaces, quoting and overlong parts are refused (RFC 5321 §4.5.3.1)."""
    with pytest.raises(InvalidEmail) as refused:
        canonical_email(typed)

    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@given(st.text(max_size=60))
def test_no_text_at_all_does_anything_but_succeed_or_be_refused(typed):
    """A canonical form is its own canonical form, and short enough for every column."""
    try:
        canonical = canonical_email(f"{typed}@example.org")
    except InvalidEmail:
        return

    assert canonical == canonical_email(canonical)
    assert len(canonical) <= 254


def test_the_address_is_shown_as_it_was_typed():
    """People see their own spelling again, without the spaces around it."""
    assert "Ada@Example.org" == display_email(" Ada@Example.org ")
