"""How the words of a visitor are compared with those of an administrator. Knows no node and no form."""

import unicodedata


def plain(text: str) -> str:
    """`text` without what does not count: NFKC (２ is 2), case folded, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()
