"""Which earlier versions of flows are kept, for conversations that still run on them. Knows no settings.

Whoever is in a version that is gone begins again in the present one.
"""

from collections import Counter
from datetime import datetime, timedelta

import msgspec

from chatserver.conversation.settings import LONGEST_REST
from chatserver.flow.model import Flow

KEPT_FOR = timedelta(seconds=LONGEST_REST)
"""A version that was replaced no longer ago may have somebody at rest in it, however often the flow has changed."""

KEPT_VERSIONS = 50
"""Of each flow so many are kept longer than that: for whoever goes on talking or waiting, and to be read again."""

KEPT_FLOWS = 500
"""The same over all flows, also those that are gone."""

KEPT_BYTES = 4_000_000
"""Of all of them as JSON, whatever their age: they are written with the settings, as one document, which MongoDB bounds
at 16 MiB."""


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a version was the present one, and how large it is."""

    flow: str
    version: int
    until: datetime
    bytes: int


def weighed(flows: tuple[Flow, ...], known: tuple[Earlier, ...], now: datetime) -> list[Earlier]:
    """What is known of these; those of which nothing is known were the present ones until now."""
    old = {(e.flow, e.version): e for e in known}
    return [old.get((f.id, f.version)) or _replaced(f, now) for f in flows]


def _replaced(flow: Flow, now: datetime) -> Earlier:
    return Earlier(flow=flow.id, version=flow.version, until=now, bytes=len(msgspec.json.encode(flow)))


def kept(versions: list[Earlier], now: datetime) -> list[bool]:
    """Which of them, the newest first, are kept. Where there is no room for all, each flow loses its oldest first."""
    seen = Counter[str]()
    ranks: list[int] = []
    for one in versions:
        ranks.append(seen[one.flow])
        seen[one.flow] += 1
    stay = [False] * len(versions)
    room = KEPT_BYTES
    for rank, at in sorted((rank, at) for at, rank in enumerate(ranks)):
        one = versions[at]
        wanted = now - one.until < KEPT_FOR or (rank < KEPT_VERSIONS and at < KEPT_FLOWS)
        if wanted and one.bytes <= room:
            stay[at] = True
            room -= one.bytes
    return stay
