"""Names from people and programs, as other people may be shown them."""

import unicodedata

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories nobody can see: controls, bidirectional and joining marks, surrogates, nothing at all."""
SPACES = frozenset({"Zl", "Zp", "Zs"})


def one_line(text: str) -> str:
    """The text in NFC on one line with single spaces, without what cannot be seen; it may be empty."""
    kept = "".join(
        " " if unicodedata.category(character) in SPACES else character
        for character in unicodedata.normalize("NFC", text)
        if not _is_unseen(character)
    )
    return " ".join(kept.split())


def is_visible(text: str) -> bool:
    """Whether `one_line` would leave out nothing but spaces."""
    return not any(_is_unseen(character) for character in text)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in UNSEEN and character not in "\t\n\r"
