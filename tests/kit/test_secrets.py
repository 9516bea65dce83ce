"""Opaque credentials."""

import re

from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token, same


def test_a_secret_does_not_print_itself() -> None:
    secret = Secret("canary")

    assert "canary" not in f"{secret} {secret!r} {[secret]} {secret!s:>20}"
    assert "canary" == secret.reveal()


def test_tokens_are_unreserved_characters_with_their_prefix() -> None:
    """So that percent-encoding them or not is the same (interop: Basic of the TypeScript SDK)."""
    for prefix in TokenPrefix:
        assert re.fullmatch(rf"{prefix}[A-Za-z0-9_-]{{43}}", new_token(prefix).reveal())


def test_prefixes_are_distinct() -> None:
    assert len(TokenPrefix) == len({str(prefix) for prefix in TokenPrefix})


def test_comparison_takes_text_and_bytes_of_any_kind() -> None:
    assert same("é", "é".encode())
    assert not same("a", "b")
    assert not same("\ud800", "a")
    assert digest("a") != digest("b")
