"""Names from people and programs, as other people may be shown them."""

import unicodedata

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories nobody can see: controls, bidirectional and joining marks, surrogates, nothing at all."""
SPACES = frozenset({"Zl", "Zp", "Zs"})
_BREAKS = "\t\n\r"
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Characters of visible categories that show nothing all the same: fillers, blank Braille, variation selectors."""


def one_line(text: str) -> str:
    """The text in NFC on one line with single spaces, without what cannot be seen; it may be empty."""
    kept = "".join(
        " " if unicodedata.category(character) in SPACES else character
        for character in unicodedata.normalize("NFC", text)
        if character not in _BLANK and (character in _BREAKS or unicodedata.category(character) not in UNSEEN)
    )
    return " ".join(kept.split())


def is_visible(text: str) -> bool:
    """Whether every character can be seen or is a space; an end of a line is neither."""
    return not any(unicodedata.category(character) in UNSEEN for character in text)
