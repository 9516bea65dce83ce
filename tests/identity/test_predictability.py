"""Counting the parts of a password that cannot be guessed (ASVS 6.2.4, 6.2.11)."""

import time

import pytest

from doorward.identity.predictability import count_unpredictable_parts


@pytest.mark.parametrize(
    ("password", "parts"),
    [
        ("aaaaaaaaaaaaaaaa", 1),
        ("123456789012345", 1),
        ("passwordpassword", 2),
        ("P@ssw0rd!P@ssw0rd!", 3),
        ("qwertyuiopasdfgh", 2),
        ("1qaz2wsx3edc4rfv", 1),
        ("1q2w3e4r5t6y7u8i", 1),
        ("abcabcabcabcabcabc", 2),
        ("Summer2025Summer2025", 3),
        ("monkeydragonshadow", 3),
        ("L3tM31n", 1),
        ("xkvq", 4),
        ("", 0),
    ],
)
def test_words_walks_years_and_repetitions_count_once(password, parts):
    """However long they are, an attacker tries them early."""
    assert parts == count_unpredictable_parts(password)


def test_words_of_the_account_count_once():
    """The e-mail address is the first thing to be tried (ASVS 6.2.11)."""
    assert 9 == count_unpredictable_parts("lovelace1815")
    assert 5 == count_unpredictable_parts("lovelace1815", context=["LoveLace"])


def test_characters_that_change_length_in_lower_case_do_no_harm():
    """`İ` becomes two characters in lower case; the count stays within the length."""
    assert count_unpredictable_parts("\u0130" * 5) <= 5
    assert 3 == count_unpredictable_parts("\u0130\u00df\U0001f40e")


def test_the_longest_password_is_counted_quickly():
    """No input makes the count a way to keep the server busy (ASVS 2.4.1)."""
    started = time.perf_counter()
    for password in ("a" * 256, "password" * 32, "aZ9$" * 64, "".join(chr(0x4E00 + i) for i in range(256))):
        count_unpredictable_parts(password)

    assert time.perf_counter() - started < 1
