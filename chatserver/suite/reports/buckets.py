"""Durations in steps as people name them, so that percentiles and service levels can be counted instead of sorted."""

from bisect import bisect_left
from collections.abc import Mapping
from math import ceil

EDGES: tuple[int, ...] = tuple(
    seconds * 1000
    for seconds in (
        *(0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700),
        *(3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200, 86400),
    )
)
"""Upper ends in milliseconds, each included; longer durations share one step more. The steps stand in rows: other
edges need a new version of the tables."""

Counts = Mapping[int, int]
"""Step -> how many."""


def bucket(ms: int) -> int:
    """The step that `ms` falls into."""
    return bisect_left(EDGES, ms)


def within(counts: Counts, ms: int) -> int:
    """How many lasted `ms` at most. Exact, because `ms` must be an edge."""
    last = EDGES.index(ms)
    return sum(count for step, count in counts.items() if step <= last)


def percentile(counts: Counts, share: float, longest: int) -> int | None:
    """The smallest edge that at least `share` of all do not exceed, but never more than the longest there was."""
    wanted = ceil(share * sum(counts.values()))
    if wanted == 0:
        return None
    seen = 0
    for step in sorted(counts):
        seen += counts[step]
        if seen >= wanted:
            return min(EDGES[step], longest) if step < len(EDGES) else longest
    return longest
