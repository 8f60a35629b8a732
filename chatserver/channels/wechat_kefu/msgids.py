"""The ids under which we send. They say which line of the log they are a piece of, and are the same at each try."""

import re

_OURS = re.compile(r"s(\d+)p\d+-[0-9a-f]{6}")


def msgid(seq: int, piece: int, mark: str) -> str:
    """At most 32 bytes of `[0-9a-zA-Z_-]`, unique in an account; `mark` tells workspaces from each other."""
    return f"s{seq}p{piece}-{mark}"


def seq_of(id: str) -> int:
    """The log's seq of an id of ours; 0 for any other."""
    ours = _OURS.fullmatch(id)
    return int(ours.group(1)) if ours else 0
