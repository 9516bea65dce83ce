"""The e-mail address: one canonical spelling for each, so that two spellings cannot be two accounts."""

import re
import unicodedata

from doorward.kit.names import SPACES, UNSEEN

MAX_EMAIL_LENGTH = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets of a path."""

_MAX_LOCAL_LENGTH = 64
_ATOM = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~\-\u0080-\U0010FFFF]+"
_LABEL = r"[0-9A-Za-z\u0080-\U0010FFFF](?:[0-9A-Za-z\-\u0080-\U0010FFFF]*[0-9A-Za-z\u0080-\U0010FFFF])?"
_LOCAL = rf"{_ATOM}(?:\.{_ATOM})*\Z"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*\Z"
"""Compiled, and remembered by `re`, when the first address comes: that takes tens of milliseconds."""


class InvalidEmail(ValueError):
    """The text is not an e-mail address; the message is for people."""


def display_email(text: str) -> str:
    """Return the address as it was typed, trimmed and in NFC."""
    return unicodedata.normalize("NFC", text.strip())


def canonical_email(text: str) -> str:
    """Return the canonical form of an address: trimmed, NFC, case-folded (RFC 5321 §2.4, RFC 6531 §3.3).

    Raises:
        InvalidEmail: it is not a dot-atom, `@` and a domain, is too long, or holds characters that cannot be seen.
    """
    if len(text) > 2 * MAX_EMAIL_LENGTH:
        raise InvalidEmail(f"An e-mail address has at most {MAX_EMAIL_LENGTH} characters.")
    typed = display_email(text)
    if any(unicodedata.category(character) in UNSEEN | SPACES for character in typed):
        raise InvalidEmail("The e-mail address contains a space or a character that cannot be seen.")
    canonical = unicodedata.normalize("NFC", typed.casefold())
    if len(canonical) > MAX_EMAIL_LENGTH:
        raise InvalidEmail(f"An e-mail address has at most {MAX_EMAIL_LENGTH} characters.")
    local, at, domain = canonical.partition("@")
    labels_fit = all(len(label) <= 63 for label in domain.split("."))
    if not at or len(local) > _MAX_LOCAL_LENGTH or not labels_fit:
        raise InvalidEmail("Enter an e-mail address like name@example.org.")
    if not re.match(_LOCAL, local) or not re.match(_DOMAIN, domain):
        raise InvalidEmail("Enter an e-mail address like name@example.org.")
    return canonical
