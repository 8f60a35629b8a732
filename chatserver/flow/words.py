"""How the words of a visitor are compared with those of an administrator. Knows no node and no form."""

import unicodedata

OPENING = ("Ps", "Pi", "Zs")
CLOSING = ("Pe", "Pf", "Po", "Zs")
"""Categories of Unicode: brackets and quotation marks before a word, and with full stops and commas behind it."""


def plain(text: str) -> str:
    """`text` without what does not count: NFKC (２ is 2), case folded, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def trimmed(text: str) -> str:
    """`plain` without the brackets around it and the stops behind it: （1） and 1、 are 1, but -1 and 1.5 stay."""
    kept = plain(text)
    kinds = [unicodedata.category(char) for char in kept]
    first = next((at for at, kind in enumerate(kinds) if kind not in OPENING), 0)
    behind = next((len(kept) - at for at, kind in enumerate(reversed(kinds)) if kind not in CLOSING), 0)
    return kept[first:behind] or kept


def bare(text: str) -> str:
    """The letters, digits and signs of `text` alone: 转 人工！ is 转人工. Of nothing but punctuation, all of it."""
    kept = plain(text)
    return "".join(char for char in kept if unicodedata.category(char)[0] in "LNMS") or kept
