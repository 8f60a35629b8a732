"""Finding Chinese words by the letters of their sound: whole syllables, their beginnings, or the initials alone.

`kddh`, `kuaidi` and `kuaidd` all find 快递单号. A character with several readings is found by each of them.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from pypinyin import Style, pinyin

Moves = tuple[tuple[int, int], ...]
"""(length, places): a character can be `length` letters of the query at each of `places`, a set of bits."""


def fold(text: str) -> str:
    """Width, case, blanks and punctuation make no difference."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def by_sound(query: str) -> Callable[[str], bool]:
    """Whether a folded text holds the folded query: by the characters themselves, or by how they are read.

    Every text is walked once. The bits of `reached` are the letters of the query that the characters up to here can
    have been; a character that does not go on with it begins anew.
    """
    known = _Known(query)
    goal = 1 << len(query)

    def holds(text: str) -> bool:
        reached = 1
        for char in text:
            further = 1
            for length, places in known[char]:
                further |= (reached & places) << length
            if further & goal:
                return True
            reached = further
        return False

    return holds


class _Known(dict[str, Moves]):
    """The moves of each character, worked out when it is first met."""

    def __init__(self, query: str) -> None:
        super().__init__()
        self._query = query

    def __missing__(self, char: str) -> Moves:
        moves: dict[int, int] = {}
        for letters in written(char):
            at = self._query.find(letters)
            while at >= 0:
                moves[len(letters)] = moves.get(len(letters), 0) | 1 << at
                at = self._query.find(letters, at + 1)
        self[char] = tuple(moves.items())
        return self[char]


@lru_cache(50_000)
def written(char: str) -> frozenset[str]:
    """All that one may type for a character: itself, and every beginning of each of its readings."""
    if char.isascii():
        return frozenset((char,))
    [readings] = pinyin(char, style=Style.NORMAL, heteronym=True)
    return frozenset((char, *(reading[:n] for reading in readings for n in range(1, len(reading) + 1))))
