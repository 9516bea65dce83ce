"""Passwords: hashed with argon2id within a memory budget, verified alike for known and unknown accounts."""

import secrets
import threading
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from doorward.identity.predictability import count_unpredictable_parts

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD_LENGTH = 15
"""Of a password that is the only factor (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.1)."""
MAX_PASSWORD_LENGTH = 256
_LEAST_UNPREDICTABLE_PARTS = 7
_MIB = 1024


class WeakPassword(ValueError):
    """The password cannot be accepted; the message says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashCost:
    """What one argon2id hash costs (ASVS 11.4.2)."""

    memory_kib: int = 19 * _MIB
    passes: int = 2
    lanes: int = 1


class Passwords:
    """Hashes and verifies; both are slow on purpose, so call them on a worker thread and outside a unit of work."""

    def __init__(self, *, memory_budget_kib: int = 160 * _MIB, cost: HashCost | None = None) -> None:
        """Let at most as many hashes run at once as fit the budget."""
        self._cost: HashCost = cost or HashCost()
        self.most_at_once: int = max(1, memory_budget_kib // self._cost.memory_kib)
        self._slots: threading.BoundedSemaphore = threading.BoundedSemaphore(self.most_at_once)
        self._preparing: threading.Lock = threading.Lock()
        self._dummy: str | None = None

    def check_strength(self, password: str, *, email: str) -> None:
        """Check a new password: its length and that it cannot be guessed; no rules of composition (ASVS 6.2.5).

        Raises:
            WeakPassword: it is refused.
        """
        normal = unicodedata.normalize("NFC", password)
        if len(normal) < MIN_PASSWORD_LENGTH:
            raise WeakPassword(
                f"The password needs at least {MIN_PASSWORD_LENGTH} characters; a few unrelated words do well."
            )
        if len(normal) > MAX_PASSWORD_LENGTH:
            raise WeakPassword(f"The password can have at most {MAX_PASSWORD_LENGTH} characters.")
        if any(unicodedata.category(character) == "Cs" for character in normal):
            raise WeakPassword("The password contains a character that is not valid text.")
        if count_unpredictable_parts(normal, context=_words_of(email)) < _LEAST_UNPREDICTABLE_PARTS:
            raise WeakPassword(
                "The password is easy to guess: it is made of common words, your address, repetitions or rows of keys. "
                "Choose a few unrelated words instead."
            )

    def hash(self, password: str) -> str:
        """Return the argon2id hash of the NFC form, in its PHC spelling."""
        with self._slots:
            return self._hasher.hash(_encoded(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the hashed one; for None, the same work and False (ASVS 6.3.8)."""
        from argon2.exceptions import InvalidHashError, VerificationError

        dummy = self._prepared_dummy()
        with self._slots:
            try:
                matches = self._hasher.verify(dummy if password_hash is None else password_hash, _encoded(password))
            except VerificationError:
                return False
            except InvalidHashError:
                _ = self._hasher.hash(_encoded(password))
                return False
        return matches and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters, so that the next sign-in should replace it."""
        return self._hasher.check_needs_rehash(password_hash)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        # Loaded at the first hash: the library's native part would slow every start of the command line.
        from argon2 import PasswordHasher

        return PasswordHasher(
            time_cost=self._cost.passes, memory_cost=self._cost.memory_kib, parallelism=self._cost.lanes
        )

    def _prepared_dummy(self) -> str:
        """The hash that unknown accounts are verified against, made before the first verification of any kind."""
        with self._preparing:
            if self._dummy is None:
                self._dummy = self.hash(secrets.token_urlsafe())
            return self._dummy


def _encoded(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _words_of(email: str) -> set[str]:
    """The address, its halves and their parts: words an attacker tries first (ASVS 6.2.11)."""
    local, _, domain = email.strip().casefold().partition("@")
    separated = "".join(character if character.isalnum() else " " for character in f"{local} {domain}")
    return {email.strip().casefold(), local, domain, "doorward", *separated.split()}
