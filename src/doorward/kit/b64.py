"""Base64url without padding, decoded only in its canonical spelling (RFC 4648 §5, RFC 7515 §2)."""

import base64
import binascii


def encode(data: bytes) -> str:
    """Return `data` as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes | None:
    """Return the bytes `text` stands for, or None unless re-encoding them gives `text` again."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None
    return data if encode(data) == text else None
