"""Rows in the SQLite file: a real table for each declared one, for operators to read with any tool.

Statements are composed from declared names alone, which `table_shape` has checked; values are always bound.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from chatserver.hub.tables import Ask, Between, Drop, Is, Plan, Put, Row, Table, Tally, Told, Value
from chatserver.store.sqlite_documents import DELETE_DOCUMENT, GET_DOCUMENT, PUT_DOCUMENT
from chatserver.store.sqlite_lane import Lane
from chatserver.store.table_questions import (
    Beyond,
    Narrow,
    index_for,
    narrowed,
    ordering,
    settled,
    stretches,
)
from chatserver.store.table_shape import KEPT, Kept, Kind, Shape, by_subscriber, renewed, shape

_TYPES: Mapping[Kind, str] = {"text": "TEXT", "int": "INTEGER", "real": "REAL", "bool": "INTEGER"}

Query = tuple[str, list[Value]]


class SqliteRows:
    """`hub.tables.Rows` of one workspace. Writes share the transactions of commits; asks have a connection of their
    own, so that a long report keeps no conversation from being loaded.
    """

    def __init__(self, workspace: str, writer: Callable[[], Lane], reader: Callable[[], Lane]) -> None:
        self._workspace = workspace
        self._writer = writer
        self._reader = reader

    async def declare(self, tables: Sequence[Table], subscribers: Mapping[str, str]) -> None:
        shapes = by_subscriber(tables, subscribers)
        await self._writer().do(lambda db: _declare(db, self._workspace, shapes))

    async def write(self, changes: Sequence[Put | Drop], told: Told | None = None) -> None:
        await self._writer().do(lambda db: _write(db, self._workspace, changes, told))

    async def row(self, table: Table, key: tuple[Value, ...]) -> Any | None:
        where = tuple(Is(column, (value,)) for column, value in zip(table.key, key, strict=True))
        found = await self.rows(Ask(table=table, where=where, order=table.key[0], limit=1))
        return found[0] if found else None

    async def rows(self, ask: Ask) -> list[Any]:
        if ask.limit <= 0:
            return []
        queries = [_select(self._workspace, ask, where) for where in stretches(ask)]
        found = await self._reader().do(lambda db: _page(db, queries, ask.limit))
        s = shape(ask.table)
        return [s.row(dict(zip(s.columns, values, strict=True))) for values in found]

    async def tally(self, tally: Tally) -> list[dict[str, Any]]:
        if tally.limit <= 0:
            return []
        queries = [_count(self._workspace, tally)]
        if tally.spread:
            queries.append(_spread(self._workspace, tally, tally.spread))
        found, *spread = await self._reader().do(lambda db: _answers(db, queries))
        names, many = _headings(tally), len(tally.by)
        bools = [name for name in tally.by if shape(tally.table).columns[name].kind == "bool"]
        found = [values for values in found if values[many]]
        lines: list[dict[str, Any]] = [dict(zip(names, values, strict=True)) for values in found]
        for line in lines:
            line.update({name: bool(line[name]) for name in bools if line[name] is not None})
        if tally.spread:
            counted = _by_place(spread[0])
            for line, place in zip(lines, found, strict=True):
                line[f"{tally.spread}_spread"] = counted.get(place[:many], {})
        return lines

    async def plan(self, question: Ask | Tally) -> Plan:
        if isinstance(question, Ask):
            statement, values = _select(self._workspace, question, stretches(question)[-1])
            values.append(question.limit)
        else:
            statement, values = _count(self._workspace, question)
        steps = await self._reader().do(lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())
        text = "; ".join(step[3] for step in steps)
        used = [index.declared for index in shape(question.table).indexes if f"INDEX {index.name} (" in text]
        chosen = index_for(question)
        return Plan(used[0] if used and chosen else (), text)


def _declare(db: sqlite3.Connection, workspace: str, shapes: Mapping[str, list[Shape]]) -> None:
    """Inside a savepoint that is taken back when this raises."""
    for subscriber, tables in shapes.items():
        row = db.execute(GET_DOCUMENT, (workspace, KEPT, subscriber)).fetchone()
        kept = msgspec.json.decode(row[0], type=Kept) if row else None
        now = renewed(kept, tables)
        for s in tables:
            _make(db, s)
        if kept is None or now.edition != kept.edition:
            for s in tables:
                db.execute(f"DELETE FROM {_name(s)} WHERE workspace = ?", (workspace,))
            db.execute(DELETE_DOCUMENT, (workspace, "cursor", subscriber))
        if now != kept:
            db.execute(PUT_DOCUMENT, (workspace, KEPT, subscriber, None, msgspec.json.encode(now)))


def _make(db: sqlite3.Connection, s: Shape) -> None:
    """The table and its indexes as declared, whatever an earlier declaration has left."""
    name = _name(s)
    wanted = {column: _TYPES[c.kind] for column, c in s.columns.items()}
    there = {column: type for _, column, type, *_ in db.execute(f"PRAGMA table_info({name})")}
    if any(there.get(column, type) != type for column, type in wanted.items()):
        # A column of another kind: every workspace's rows are of an old edition, and each makes its own anew.
        db.execute(f"DROP TABLE {name}")
        there = {}
    if not there:
        columns = ", ".join(f"{_quoted(column)} {type}" for column, type in wanted.items())
        db.execute(f"CREATE TABLE {name} (workspace TEXT NOT NULL, {columns})")
        there = wanted
    for column in wanted.keys() - there.keys():
        db.execute(f"ALTER TABLE {name} ADD COLUMN {_quoted(column)} {wanted[column]}")
    names = {index.name for index in s.indexes}
    for _, index, *_ in db.execute(f"PRAGMA index_list({name})").fetchall():
        if index not in names:
            db.execute(f"DROP INDEX {_quoted(index)}")
    for index in s.indexes:
        kind = "UNIQUE INDEX" if index is s.indexes[0] else "INDEX"
        columns = ", ".join(map(_quoted, index.columns))
        db.execute(f"CREATE {kind} IF NOT EXISTS {_quoted(index.name)} ON {name} (workspace, {columns})")


def _write(db: sqlite3.Connection, workspace: str, changes: Sequence[Put | Drop], told: Told | None) -> None:
    for table, rows in settled(changes).items():
        s = shape(table)
        put, drop = _put(s), _drop(s)
        db.executemany(put, [(workspace, *_values(row)) for row in rows.values() if row is not None])
        db.executemany(drop, [(workspace, *key) for key, row in rows.items() if row is None])
    if told is not None:
        db.execute(PUT_DOCUMENT, (workspace, "cursor", told.subscriber, None, str(told.seq).encode()))


def _values(row: Row) -> Iterable[Value]:
    """In the order of the columns, enums as their texts."""
    values: dict[str, Value] = msgspec.to_builtins(row)
    return values.values()


def _put(s: Shape) -> str:
    columns = ", ".join(map(_quoted, s.columns))
    places = ", ".join("?" * (len(s.columns) + 1))
    key = ", ".join(map(_quoted, s.table.key))
    rest = [_quoted(column) for column in s.columns if column not in s.table.key]
    then = f"UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in rest)}" if rest else "NOTHING"
    return (
        f"INSERT INTO {_name(s)} (workspace, {columns}) VALUES ({places}) ON CONFLICT (workspace, {key}) DO {then}"
    )


def _drop(s: Shape) -> str:
    return f"DELETE FROM {_name(s)} WHERE workspace = ?{''.join(f' AND {_quoted(c)} = ?' for c in s.table.key)}"


def _page(db: sqlite3.Connection, queries: Sequence[Query], limit: int) -> list[tuple[Value, ...]]:
    """The stretches of one page, all from one moment."""
    found: list[tuple[Value, ...]] = []
    db.execute("BEGIN")
    try:
        for statement, values in queries:
            found += db.execute(statement, [*values, limit - len(found)]).fetchall()
            if len(found) >= limit:
                break
    finally:
        db.execute("COMMIT")
    return found


def _answers(db: sqlite3.Connection, queries: Sequence[Query]) -> list[list[tuple[Value, ...]]]:
    """Of all of them, from one moment."""
    db.execute("BEGIN")
    try:
        return [db.execute(*query).fetchall() for query in queries]
    finally:
        db.execute("COMMIT")


def _select(workspace: str, ask: Ask, where: Sequence[Narrow]) -> Query:
    """Lacks the last value, which is the limit."""
    s = shape(ask.table)
    text, values = _where(where)
    direction = " DESC" if ask.descending else ""
    order = ", ".join(f"{_quoted(column)}{direction}" for column in ordering(ask))
    columns = ", ".join(map(_quoted, s.columns))
    statement = f"SELECT {columns} FROM {_source(ask)} WHERE workspace = ?{text} ORDER BY {order} LIMIT ?"
    return statement, [workspace, *values]


def _count(workspace: str, tally: Tally) -> Query:
    s = shape(tally.table)
    for column in (*tally.by, *tally.sums, *tally.highs, *filter(None, (tally.spread,))):
        s.column(column)
    text, values = _where(narrowed(tally.where, s))
    by = ", ".join(map(_quoted, tally.by))
    sums = "".join(f", coalesce(sum({c}), 0), count({c})" for c in map(_quoted, tally.sums))
    sums += "".join(f", max({c})" for c in map(_quoted, tally.highs))
    columns = f"{by}, count(*){sums}" if by else f"count(*){sums}"
    ending = f"GROUP BY {by} ORDER BY {by} LIMIT ?" if by else "LIMIT ?"
    statement = f"SELECT {columns} FROM {_source(tally)} WHERE workspace = ?{text} {ending}"
    return statement, [workspace, *values, tally.limit]


def _spread(workspace: str, tally: Tally, column: str) -> Query:
    """Counted by itself: a line that held all sums for each value would be written many times over."""
    text, values = _where(narrowed((*tally.where, Between(column)), shape(tally.table)))
    by = ", ".join(map(_quoted, (*tally.by, column)))
    statement = f"SELECT {by}, count(*) FROM {_source(tally)} WHERE workspace = ?{text} GROUP BY {by}"
    return statement, [workspace, *values]


def _by_place(counted: Sequence[tuple[Value, ...]]) -> dict[tuple[Value, ...], dict[Value, Value]]:
    """Of each line, how many rows have which value."""
    found: dict[tuple[Value, ...], dict[Value, Value]] = {}
    for *place, value, rows in counted:
        found.setdefault(tuple(place), {})[value] = rows
    return found


def _headings(tally: Tally) -> list[str]:
    sums = [f"{column}{ending}" for column in tally.sums for ending in ("", "_n")]
    return [*tally.by, "rows", *sums, *(f"{column}_max" for column in tally.highs)]


def _source(question: Ask | Tally) -> str:
    index = index_for(question)
    return _name(shape(question.table)) + (f" INDEXED BY {_quoted(index.name)}" if index else "")


def _where(terms: Sequence[Narrow]) -> Query:
    """` AND …` for each term."""
    text, values = "", list[Value]()
    for term in terms:
        part, bound = _compared(term)
        text += f" AND {part}"
        values += bound
    return text, values


def _compared(term: Narrow) -> Query:
    column = _quoted(term.column)
    match term:
        case Is():
            some: list[Value] = [value for value in term.values if value is not None]
            parts = [f"{column} IS NULL"] if len(some) < len(term.values) else []
            if some or not parts:
                parts.append(f"{column} = ?" if len(some) == 1 else f"{column} IN ({', '.join('?' * len(some))})")
            return (parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"), some
        case Beyond():
            return f"{column} {'<' if term.descending else '>'} ?", [term.value]
        case Between():
            bounds = [(">=", term.low), ("<", term.high)]
            there = [(sign, value) for sign, value in bounds if value is not None]
            text = " AND ".join(f"{column} {sign} ?" for sign, _ in there) or f"{column} IS NOT NULL"
            return text, [value for _, value in there]


def _name(s: Shape) -> str:
    return _quoted(f"row_{s.table.name}")


def _quoted(name: str) -> str:
    return f'"{name}"'
