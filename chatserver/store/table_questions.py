"""What both stores make of a question: plain comparisons, stretches of a page, and the index that answers it.

The declaration decides which index is walked, not a planner's guess: the same one in every store, whatever
the amount of data.
"""

from collections.abc import Sequence

import msgspec

from chatserver.hub.tables import Ask, Begins, Between, Drop, Is, Put, Row, Table, Tally, Term, Value
from chatserver.store.table_shape import Index, Shape, shape

_LAST = chr(0x10FFFF)


class Beyond(msgspec.Struct, frozen=True):
    """The column lies after `value`, in the direction of the page; `value` is never None."""

    column: str
    value: Value
    descending: bool


Narrow = Is | Between | Beyond
"""What a store must be able to compare."""


def narrowed(where: Sequence[Term], shape: Shape) -> tuple[Narrow, ...]:
    """Terms without `Begins`; a column that is not declared stops here."""
    for term in where:
        shape.column(term.column)
    return tuple(_between(term) if isinstance(term, Begins) else term for term in where)


def _between(term: Begins) -> Between:
    """From the text itself up to the first text that is behind all of its continuations."""
    head = term.text.rstrip(_LAST)
    if not head:
        return Between(term.column, term.text or None)
    following = ord(head[-1]) + 1
    if following == 0xD800:
        following = 0xE000  # no text has what lies between
    return Between(term.column, term.text, head[:-1] + chr(following))


def stretches(ask: Ask) -> list[tuple[Narrow, ...]]:
    """A page, as conditions that follow one another without a gap: each is one walk along one index.

    First the rows that share the last one's order value and lie beyond its key, then those with an order value beyond.
    """
    s = shape(ask.table)
    s.column(ask.order)
    where = narrowed(ask.where, s)
    if ask.after is None:
        return [where]
    place = dict(zip((ask.order, *ask.table.key), ask.after, strict=True))
    columns = list(place)
    found: list[tuple[Narrow, ...]] = []
    for depth in reversed(range(len(columns))):
        same: tuple[Narrow, ...] = tuple(Is(column, (place[column],)) for column in columns[:depth])
        column = columns[depth]
        found += [(*where, *same, beyond) for beyond in _beyond(s, column, place[column], ask.descending)]
    return found


def _beyond(s: Shape, column: str, value: Value, descending: bool) -> list[Narrow]:
    """None comes first of all, and last when descending."""
    if value is None:
        return [] if descending else [Between(column)]
    beyond: Narrow = Beyond(column, value, descending)
    return [beyond, Is(column, (None,))] if descending and s.columns[column].nullable else [beyond]


def ordering(ask: Ask) -> tuple[str, ...]:
    """The columns by which a page is ordered."""
    return tuple(dict.fromkeys((ask.order, *ask.table.key)))


def index_for(question: Ask | Tally) -> Index | None:
    """The index whose first columns are fixed by the question, the longest such; of those the one in the question's
    order, then one that it narrows further, then the one declared first. None: all rows must be looked at.
    """
    s = shape(question.table)
    where = narrowed(question.where, s)
    fixed = {term.column for term in where if isinstance(term, Is) and len(term.values) == 1}
    touched = {term.column for term in where}
    order = [column for column in ordering(question) if column not in fixed] if isinstance(question, Ask) else None

    def worth(index: Index) -> tuple[int, bool, bool]:
        length = next((n for n, column in enumerate(index.columns) if column not in fixed), len(index.columns))
        rest = [column for column in index.columns[length:] if column not in fixed]
        ordered = order is not None and rest[: len(order)] == order
        return length, ordered, bool(rest) and rest[0] in touched

    best = max(s.indexes, key=worth)
    return best if any(worth(best)) else None


Settled = dict[Table, dict[tuple[Value, ...], Row | None]]
"""By table and key, what is there in the end; None for nothing."""


def settled(changes: Sequence[Put | Drop]) -> Settled:
    """Of two changes of one key the later counts."""
    found: Settled = {}
    for change in changes:
        rows = found.setdefault(change.table, {})
        match change:
            case Put():
                rows[shape(change.table).key(change.row)] = change.row
            case Drop():
                rows[change.key] = None
    return found
