"""How the words of a visitor are compared with those of an administrator. Knows no node and no form."""

import unicodedata


def plain(text: str) -> str:
    """`text` without what does not count: NFKC (２ is 2), case folded, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def bare(text: str) -> str:
    """The letters, digits and signs of `text` alone: 转 人工！ is 转人工. Of nothing but punctuation, all of it."""
    kept = plain(text)
    return "".join(char for char in kept if unicodedata.category(char)[0] in "LNMS") or kept
