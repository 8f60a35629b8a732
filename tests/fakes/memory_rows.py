"""The rows port kept in plain dictionaries: the fast one of other tests and the model of its contract suite.

It compares and sorts in its own way, so that a mistake in how the stores put a question does not hide.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from chatserver.hub.tables import Ask, Begins, Between, Drop, Is, Plan, Put, Row, Table, Tally, Term, Told, Value
from chatserver.store.table_questions import index_for
from chatserver.store.table_shape import Kept, by_subscriber, renewed, shape

Documents = dict[tuple[str, str], tuple[bytes, int | None]]


class MemoryRows:
    """`turn` lets others run and raises when the store is broken; `documents` are the store's."""

    def __init__(self, turn: Callable[[], Awaitable[None]], documents: Documents) -> None:
        self._turn = turn
        self._documents = documents
        self._tables: dict[str, dict[tuple[Value, ...], Row]] = {}
        self._kept: dict[str, Kept] = {}

    async def declare(self, tables: Sequence[Table], subscribers: Mapping[str, str]) -> None:
        await self._turn()
        for subscriber, shapes in by_subscriber(tables, subscribers).items():
            before, now = self._kept.get(subscriber), renewed(self._kept.get(subscriber), shapes)
            self._kept[subscriber] = now
            if before is None or before.edition != now.edition:
                self._documents.pop(("cursor", subscriber), None)
                self._tables.update({s.table.name: {} for s in shapes})
            for s in shapes:
                self._tables[s.table.name] = {
                    key: _as_declared(s.table, row) for key, row in self._tables[s.table.name].items()
                }

    async def write(self, changes: Sequence[Put | Drop], told: Told | None = None) -> None:
        await self._turn()
        for change, rows in [(change, self._tables[change.table.name]) for change in changes]:
            match change:
                case Put():
                    rows[shape(change.table).key(change.row)] = change.row
                case Drop():
                    rows.pop(change.key, None)
        if told is not None:
            self._documents["cursor", told.subscriber] = (str(told.seq).encode(), None)

    async def row(self, table: Table, key: tuple[Value, ...]) -> Any | None:
        await self._turn()
        return self._tables[table.name].get(key)

    async def rows(self, ask: Ask) -> list[Any]:
        await self._turn()

        def place(row: Row) -> list[tuple[bool, Any]]:
            return [_sortable(getattr(row, column)) for column in (ask.order, *ask.table.key)]

        found = sorted(self._where(ask.table, ask.where, ask.order), key=place, reverse=ask.descending)
        if ask.after is not None:
            last = [_sortable(value) for value in ask.after]
            found = [row for row in found if (place(row) < last if ask.descending else place(row) > last)]
        return found[: max(ask.limit, 0)]

    async def tally(self, tally: Tally) -> list[dict[str, Any]]:
        await self._turn()
        lines: dict[tuple[Value, ...], list[Row]] = {}
        columns = (*tally.by, *tally.sums, *tally.highs, *filter(None, (tally.spread,)))
        for row in self._where(tally.table, tally.where, *columns):
            lines.setdefault(tuple(getattr(row, column) for column in tally.by), []).append(row)
        ordered = sorted(lines, key=lambda by: [_sortable(value) for value in by])
        return [_line(tally, by, lines[by]) for by in ordered][: max(tally.limit, 0)]

    async def plan(self, question: Ask | Tally) -> Plan:
        await self._turn()
        index = index_for(question)
        return Plan(index.declared if index else (), "in memory")

    def _where(self, table: Table, where: Sequence[Term], *columns: str) -> list[Row]:
        for column in (*(term.column for term in where), *columns):
            shape(table).column(column)
        return [row for row in self._tables[table.name].values() if all(_holds(row, term) for term in where)]


def _holds(row: Row, term: Term) -> bool:
    value: Any = getattr(row, term.column)
    match term:
        case Is():
            return value in term.values
        case Between(low=low, high=high):
            return value is not None and (low is None or value >= low) and (high is None or value < high)
        case Begins():
            return value is not None and value.startswith(term.text)


def _line(tally: Tally, by: tuple[Value, ...], rows: list[Row]) -> dict[str, Any]:
    line: dict[str, Any] = {**dict(zip(tally.by, by, strict=True)), "rows": len(rows)}
    for column in tally.sums:
        values: list[Any] = [getattr(row, column) for row in rows]
        there = [int(value) if isinstance(value, bool) else value for value in values if value is not None]
        line |= {column: sum(there), f"{column}_n": len(there)}
    for column in tally.highs:
        high: Any = max((v for row in rows if (v := getattr(row, column)) is not None), default=None)
        line[f"{column}_max"] = int(high) if isinstance(high, bool) else high
    if tally.spread:
        counts = Counter(getattr(row, tally.spread) for row in rows)
        line[f"{tally.spread}_spread"] = {value: n for value, n in counts.items() if value is not None}
    return line


def _as_declared(table: Table, row: Row) -> Row:
    """As if it had been read from a disk: a column that is new is None."""
    if isinstance(row, table.row):
        return row
    columns = shape(table).columns
    return table.row(**{column: getattr(row, column, None) for column in columns})


def _sortable(value: Value) -> tuple[bool, Any]:
    """None first."""
    return (value is not None, value)
