"""A declared table as both stores see it: names that were checked, kinds of columns, indexes with names, editions.

Knows no database. Names reach a query only through here; values never do.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

from chatserver.hub.tables import Row, Table, Value

Kind = Literal["text", "int", "real", "bool"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = {"workspace"}
"""Columns that the stores add themselves."""


class Column(msgspec.Struct, frozen=True):
    """`nullable`: None is a value of it."""

    kind: Kind
    nullable: bool


class Index(msgspec.Struct, frozen=True):
    """`declared` as the table says it, `columns` with the key appended: every order is total."""

    name: str
    declared: tuple[str, ...]
    columns: tuple[str, ...]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """`indexes` begins with the key's own."""

    table: Table
    columns: dict[str, Column]
    indexes: tuple[Index, ...]
    bools: tuple[str, ...]

    def row(self, values: dict[str, Any]) -> Row:
        """The row of these columns; a column that is new since it was written is None."""
        for name in self.bools:
            if values.get(name) is not None:
                values[name] = bool(values[name])
        return msgspec.convert(values, self.table.row)

    def key(self, row: Row) -> tuple[Value, ...]:
        return tuple(getattr(row, column) for column in self.table.key)

    def column(self, name: str) -> Column:
        """A name that is not declared is a mistake in the program, and stops here."""
        if name not in self.columns:
            raise ValueError(f"table {self.table.name} has no column {name!r}")
        return self.columns[name]


@cache
def shape(table: Table) -> Shape:
    """`ValueError` says what is wrong with a declaration."""
    info = inspect.type_info(table.row)
    assert isinstance(info, inspect.StructType)
    columns = {field.name: _column(f"{table.name}.{field.name}", field.type) for field in info.fields}
    for name in (table.name, *columns):
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise ValueError(f"{name!r} is no name for a table or a column")
    for name in (*table.key, *(column for index in table.indexes for column in index)):
        if name not in columns:
            raise ValueError(f"table {table.name} has no column {name!r}")
    if not table.key or any(columns[name].nullable for name in table.key):
        raise ValueError(f"the key of table {table.name} needs columns that are never None")
    return Shape(
        table=table,
        columns=columns,
        indexes=tuple(_index(table, declared) for declared in ((), *table.indexes)),
        bools=tuple(name for name, column in columns.items() if column.kind == "bool"),
    )


def _index(table: Table, declared: tuple[str, ...]) -> Index:
    columns = tuple(dict.fromkeys((*declared, *table.key)))
    return Index(f"{table.name}({','.join(columns)})", declared or table.key, columns)


def _column(path: str, type: inspect.Type) -> Column:
    match type:
        case inspect.Metadata():
            return _column(path, type.type)
        case inspect.UnionType() if type.includes_none and len(type.types) == 2:
            (other,) = (t for t in type.types if not isinstance(t, inspect.NoneType))
            return Column(_column(path, other).kind, True)
        case inspect.StrType():
            return Column("text", False)
        case inspect.BoolType():
            return Column("bool", False)
        case inspect.IntType():
            return Column("int", False)
        case inspect.FloatType():
            return Column("real", False)
        case inspect.EnumType() if issubclass(type.cls, str):
            return Column("text", False)
        case inspect.LiteralType() if all(isinstance(value, str) for value in type.values):
            return Column("text", False)
    raise ValueError(f"{path}: a column holds a text, a number, a truth or None")


class KeptTable(msgspec.Struct, frozen=True):
    """How a table was declared when its rows were written."""

    version: int
    columns: dict[str, Kind]


class Kept(msgspec.Struct, frozen=True):
    """What a subscriber's rows were written as. `edition` counts how often they were begun anew."""

    edition: int
    tables: dict[str, KeptTable]


KEPT = "rows"
"""Kind of the documents that hold a `Kept`, by subscriber."""


def by_subscriber(tables: Sequence[Table], subscribers: Mapping[str, str]) -> dict[str, list[Shape]]:
    """Subscriber -> its tables: they are made anew together, because one log makes them all."""
    found: dict[str, list[Shape]] = {}
    for table in tables:
        found.setdefault(subscribers[table.name], []).append(shape(table))
    if len({table.name for table in tables}) < len(tables):
        raise ValueError("two tables have one name")
    return found


def renewed(kept: Kept | None, shapes: Iterable[Shape]) -> Kept:
    """What is kept from now on: the same edition only where old rows still say what the declaration says."""
    tables = {
        s.table.name: KeptTable(s.table.version, {name: column.kind for name, column in s.columns.items()})
        for s in shapes
    }
    if kept is None:
        return Kept(1, tables)
    still = all(_still_true(kept.tables.get(s.table.name), s) for s in shapes)
    return Kept(kept.edition if still else kept.edition + 1, tables)


def _still_true(kept: KeptTable | None, shape: Shape) -> bool:
    if kept is None or kept.version != shape.table.version:
        return False
    return all(
        kept.columns[name] == column.kind if name in kept.columns else column.nullable
        for name, column in shape.columns.items()
    )
