"""How the words of a visitor are compared with those of an administrator. Knows no node and no form."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

OPENING = ("Ps", "Pi", "Zs")
CLOSING = ("Pe", "Pf", "Po", "Zs")
"""Categories of Unicode: brackets and quotation marks before a word, and with full stops and commas behind it."""

QUOTES = "\"'"
"""Which open as well as close."""

BETWEEN = " .,:、)]】-"
"""What may stand between the number of an option and its words."""

STOPS = 5
"""Stops behind a word that are left out one after the other: C#。 is C# where there is one, else C."""


def plain(text: str) -> str:
    """`text` without what does not count: NFKC (２ is 2), case folded, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def meant(text: str, *named: Sequence[str]) -> int | None:
    """Which of several is meant, from 0: by one of its names, the first list of names first, else by its number, else
    by both, as on the line that was read (1. 售前)."""
    lists = [list(map(plain, names)) for names in named]
    numbers = [str(number) for number in range(1, len(lists[0]) + 1)]
    for said in _readings(text):
        for names in (*lists, numbers):
            if said in names:
                return names.index(said)
    if (pointed := _POINTED.fullmatch(trimmed(text))) and pointed[2] in numbers:
        return int(pointed[2]) - 1
    lines = zip(zip(*lists[:-1], numbers, strict=True), lists[-1], strict=True)
    return next((at for at, (heads, label) in enumerate(lines) if _is_line(plain(text), heads, label)), None)


def _is_line(said: str, heads: tuple[str, ...], label: str) -> bool:
    behind = [said.removeprefix(head) for head in heads if said.startswith(head)]
    return any(rest != label and rest.lstrip(BETWEEN) == label for rest in behind)


def _readings(text: str) -> Iterator[str]:
    """`plain`, then with ever fewer of the brackets around it and the stops behind it: （1） and 1、 are 1, but -1 and
    1.5 stay."""
    whole = plain(text)
    inner = trimmed(text)
    first = whole.find(inner)
    for end in range(len(whole), max(first + len(inner), len(whole) - STOPS), -1):
        yield whole[:end]
        yield whole[first:end]
    yield inner


def trimmed(text: str) -> str:
    """`plain` without the brackets around it and the stops behind it."""
    kept = plain(text)
    kinds = [unicodedata.category(char) for char in kept]
    opens = [kind in OPENING or char in QUOTES for char, kind in zip(kept, kinds, strict=True)]
    first = next((at for at, does in enumerate(opens) if not does), 0)
    behind = next((len(kept) - at for at, kind in enumerate(reversed(kinds)) if kind not in CLOSING), 0)
    return kept[first:behind] or kept


def bare(text: str) -> str:
    """The letters, digits and signs of `text` alone: 转 人工！ is 转人工. Of nothing but punctuation, all of it."""
    kept = plain(text)
    return "".join(char for char in kept if unicodedata.category(char)[0] in "LNMS") or kept


_POINTED = re.compile(r"(?:我?选择?|#)?\s*(第)?\s*([1-9]\d?)(?(1)\s*[个项号条]?|(?:\ufe0f?\u20e3)?)", re.ASCII)
"""第1个, 选1, #1, and the 1 of a key of emoji."""
