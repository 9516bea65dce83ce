"""How much of a password could be guessed from common words, the account and patterns of the keyboard."""

import re
from collections.abc import Iterable

from doorward.identity.common_words import COMMON_WORDS

_SUBSTITUTIONS = str.maketrans("@4301!5$79", "aaeoiisstg")
_OTHER_SUBSTITUTIONS = str.maketrans("1!|", "lll")
_WALKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "!@#$%^&*()",
)
_WALK_STEPS = frozenset(walk[i : i + 2] for line in _WALKS for walk in (line, line[::-1]) for i in range(len(walk) - 1))
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORTEST_PATTERN = 3


def count_unpredictable_parts(password: str, *, context: Iterable[str] = ()) -> int:
    """Return the least number of parts the password is made of.

    A common word, a word of `context`, a year, a run of one character, a walk along the alphabet, the digits or a
    row of keys, and a repetition of what stands before it count as one part each; everything else counts by character.
    """
    spellings = _spellings(password)
    words = COMMON_WORDS | {word.casefold() for word in context if len(word) >= _SHORTEST_PATTERN}
    lengths = sorted({len(word) for word in words})
    length = len(spellings[0])
    fewest = [0, *([length] * length)]
    for start in range(length):
        reachable = {start + 1, _end_of_run(spellings[0], start), _end_of_repetition(spellings[0], start)}
        reachable |= {start + n for n in lengths if any(text[start : start + n] in words for text in spellings)}
        if _YEAR.match(spellings[0], start):
            reachable.add(start + 4)
        for end in reachable:
            if end <= length:
                fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[length]


def _spellings(password: str) -> tuple[str, ...]:
    """The password in lower case, as typed and with the usual substitutions undone; all of one length."""
    lowered = "".join(character.lower() if len(character.lower()) == 1 else character for character in password)
    usual = lowered.translate(_SUBSTITUTIONS)
    return (lowered, usual, lowered.translate(_OTHER_SUBSTITUTIONS).translate(_SUBSTITUTIONS))


def _end_of_run(text: str, start: int) -> int:
    """Where the run or walk that begins at `start` ends; `start + 1` when it is shorter than three characters."""
    longest = start + 1
    for is_step in (_is_same, _is_next_key):
        end = start + 1
        while end < len(text) and is_step(text[end - 1], text[end]):
            end += 1
        longest = max(longest, end)
    return longest if longest - start >= _SHORTEST_PATTERN else start + 1


def _is_same(before: str, after: str) -> bool:
    return before == after


def _is_next_key(before: str, after: str) -> bool:
    return before + after in _WALK_STEPS


def _end_of_repetition(text: str, start: int) -> int:
    """Where the text stops repeating the whole of what stands before `start`; `start + 1` when it does not."""
    end = start
    while end < len(text) and text[end] == text[end - start] and start >= 1:
        end += 1
    return end if end - start >= _SHORTEST_PATTERN else start + 1
