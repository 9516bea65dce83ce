"""Hashing, verifying and accepting passwords (ASVS 6.2, 11.4.2, NIST SP 800-63B-4 §3.1.1)."""

import statistics
import subprocess
import sys
import threading
import time
import unicodedata

import pytest

from doorward.identity.passwords import HashCost, Passwords, WeakPassword
from tests.builders import A_PASSWORD, AN_EMAIL, fast_passwords


def test_a_password_verifies_against_its_own_hash_only():
    """argon2id, salted (ASVS 11.4.2)."""
    passwords = fast_passwords()
    first, second = passwords.hash(A_PASSWORD), passwords.hash(A_PASSWORD)

    assert first != second
    assert first.startswith("$argon2id$")
    assert passwords.verify(first, A_PASSWORD)
    assert not passwords.verify(first, A_PASSWORD + " ")
    assert not passwords.verify(first, A_PASSWORD.upper())


def test_the_default_cost_is_nineteen_mebibytes_and_two_passes():
    """OWASP's minimum for argon2id, named in ASVS 5.0 appendix C."""
    assert "$m=19456,t=2,p=1$" in Passwords().hash(A_PASSWORD)


def test_one_password_typed_on_two_keyboards_is_one_password():
    """NFC before hashing (NIST SP 800-63B-4 §3.1.1.2)."""
    passwords = fast_passwords()
    decomposed = unicodedata.normalize("NFD", "Grüße aus dem Süden")

    assert passwords.verify(passwords.hash("Grüße aus dem Süden"), decomposed)


def test_nothing_is_cut_off():
    """No truncation (ASVS 6.2.8), not even at a NUL or after 72 bytes."""
    passwords = fast_passwords()
    long = "a" * 255

    assert not passwords.verify(passwords.hash(long + "x"), long + "y")
    assert not passwords.verify(passwords.hash("before\x00after"), "before\x00other")


@pytest.mark.parametrize("stored", [None, "", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$broken"])
@pytest.mark.parametrize("typed", [A_PASSWORD, "", "x" * 100_000, "\ud800"])
def test_no_password_opens_an_account_without_a_usable_hash(stored, typed):
    """Neither an account without a password nor a damaged row lets anybody in (S05: presence is `is None`)."""
    assert not fast_passwords().verify(stored, typed)


def test_an_unknown_account_takes_as_long_as_a_wrong_password():
    """The same work is done for both, so that time does not tell accounts apart (ASVS 6.3.8)."""
    passwords = Passwords()
    stored = passwords.hash(A_PASSWORD)
    assert not passwords.verify(None, "first use")

    def median_time(password_hash: str | None) -> float:
        times = []
        for _ in range(7):
            started = time.thread_time()
            passwords.verify(password_hash, "a wrong password")
            times.append(time.thread_time() - started)
        return statistics.median(times)

    known, unknown = median_time(stored), median_time(None)

    assert 0.5 < unknown / known < 2


def test_a_hash_of_another_cost_is_outdated():
    """So that the next sign-in replaces it."""
    passwords = fast_passwords()

    assert not passwords.is_outdated(passwords.hash(A_PASSWORD))
    assert passwords.is_outdated(fast_passwords(passes=2).hash(A_PASSWORD))


def test_no_more_hashes_run_at_once_than_fit_the_memory_budget():
    """A flood of sign-ins waits; it does not take the machine's memory."""
    passwords = Passwords(memory_budget_kib=2 * 8, cost=HashCost(memory_kib=8, passes=1))
    running = most = 0
    watch = threading.Lock()
    real = passwords._hasher

    class Watched:
        def hash(self, password: bytes) -> str:
            nonlocal running, most
            with watch:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with watch:
                running -= 1
            return real.hash(password)

    passwords.__dict__["_hasher"] = Watched()
    threads = [threading.Thread(target=passwords.hash, args=(A_PASSWORD,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 2 == most


@pytest.mark.parametrize(
    "password",
    [
        A_PASSWORD,
        "zvk4qtp9wmxb2hd",
        "ΑΒΓ λόγος θάλασσα",
        "   leading and trailing   ",
        "日本の庭園はとても静かですね。ほんとう",
        "x7é§kpöu!nm92vw",
        "horse " + "".join(chr(0x4E00 + i) for i in range(250)),
    ],
)
def test_long_unpredictable_passwords_are_accepted_whatever_they_are_made_of(password):
    """No rules of composition, every character allowed, 64 and more of them (ASVS 6.2.5, 6.2.9)."""
    fast_passwords().check_strength(password, email=AN_EMAIL)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "fourteen chars",
        "é" * 14,
        "x" * 257,
        "zebra fjord \ud800 pickle",
        "passwordpassword",
        "Password2024!Abc",
        "123456789012345",
        "aaaaaaaaaaaaaaaaaaaaaaaaa",
        "qwertyuiopasdfghjkl",
        "ada@example.org",
        "ada@example.org!",
        "adaadaadaexample1",
        "doorwarddoorward1",
        "Xk2!Xk2!Xk2!Xk2!",
    ],
)
def test_short_overlong_and_predictable_passwords_are_refused_with_a_sentence(password):
    """At least 15 characters for a single factor; a blocklist and context words (ASVS 6.2.1, 6.2.4, 6.2.11)."""
    with pytest.raises(WeakPassword) as refused:
        fast_passwords().check_strength(password, email=AN_EMAIL)

    assert str(refused.value).endswith(".")
    assert not password or password not in str(refused.value)


def test_the_length_is_that_of_the_composed_form():
    """14 letters with separate accents are 14 characters, as people count them."""
    with pytest.raises(WeakPassword):
        fast_passwords().check_strength(unicodedata.normalize("NFD", "éàüöñçêâîôûëïÿ"), email=AN_EMAIL)


def test_the_native_library_is_loaded_at_the_first_hash_only():
    """Commands that need no password start without it."""
    program = "import sys, doorward.operations.sign_in; sys.exit('argon2' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", program], check=False).returncode
