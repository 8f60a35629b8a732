"""One measurement and how it is printed. Knows no subject."""

import statistics
from collections.abc import Iterable, Sequence

import msgspec


class Cell(msgspec.Struct, frozen=True):
    """Operations a second, latency in milliseconds, CPU in microseconds an operation (the database's apart)."""

    rate: float
    p50: float
    p99: float
    cpu: float
    other_cpu: float | None = None


def cell(latencies: Sequence[float], took: float, cpu: float, other_cpu: float | None = None) -> Cell:
    """From latencies, wall time and CPU time, all in seconds."""
    count = len(latencies)
    p50, p99 = cuts(latencies)
    spent = None if other_cpu is None else other_cpu / count * 1e6
    return Cell(count / took, p50 * 1e3, p99 * 1e3, cpu / count * 1e6, spent)


def cuts(values: Sequence[float]) -> tuple[float, float]:
    """(p50, p99)."""
    found = statistics.quantiles(values, n=100)
    return found[49], found[98]


def median(cells: Sequence[Cell]) -> Cell:
    """Each figure's own median: a shared machine disturbs single rounds."""
    others = [c.other_cpu for c in cells if c.other_cpu is not None]
    return Cell(
        statistics.median(c.rate for c in cells),
        statistics.median(c.p50 for c in cells),
        statistics.median(c.p99 for c in cells),
        statistics.median(c.cpu for c in cells),
        statistics.median(others) if others else None,
    )


def heading(*titles: str) -> None:
    """The head of a Markdown table; the first column is text."""
    row(*titles)
    print("|" + "|".join(["---"] + ["--:"] * (len(titles) - 1)) + "|", flush=True)


def row(*values: str | int) -> None:
    print("| " + " | ".join(str(v) for v in values) + " |", flush=True)


def figures(c: Cell) -> Iterable[str]:
    """The cell's columns, the database's CPU last and empty where there is none."""
    other = "" if c.other_cpu is None else f"{c.other_cpu:.0f}"
    return f"{c.rate:,.0f}", f"{c.p50:.2f}", f"{c.p99:.1f}", f"{c.cpu:.0f}", other
