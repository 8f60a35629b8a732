"""Rows 明细: what a context keeps of the log to list, search and count it. Declared as data, kept by the stores.

A table is a projection: all of it can be made again from the log, and is, when its declaration has a new `version`.
Rows are written by one subscriber of the log, together with the place in the log up to which they are true.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

Value = str | int | float | bool | None
"""What a column can hold. Instants are epoch milliseconds; days are ISO dates, so that they compare as they are."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every row: plain columns only, each a `Value`. A list belongs into a table of its own."""


R = TypeVar("R", bound=Row)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """`row` names the columns, `key` those that make a row unique, `indexes` how rows are looked for.

    Each index lists its columns in order; the key is appended, so that every order is total. `version` is raised when
    old rows would be wrong: the table is then made anew from the log.
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    version: int = 1


class Put(msgspec.Struct, frozen=True):
    """Write a whole row, in place of the one with the same key."""

    table: Table
    row: Row


class Drop(msgspec.Struct, frozen=True):
    """Take the row with this key away; fine if there is none."""

    table: Table
    key: tuple[Value, ...]


class Told(msgspec.Struct, frozen=True):
    """`subscriber` has seen the log up to `seq`: written with its rows, all or nothing."""

    subscriber: str
    seq: int


class Is(msgspec.Struct, frozen=True):
    """The column equals one of `values`; None is a value like any other."""

    column: str
    values: tuple[Value, ...]


class Between(msgspec.Struct, frozen=True):
    """`low <= column < high`; None on either side is no bound. A None in the column is between nothing."""

    column: str
    low: Value = None
    high: Value = None


class Begins(msgspec.Struct, frozen=True):
    """The text column begins with `text`, letter by letter."""

    column: str
    text: str


Term = Is | Between | Begins


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows for which all of `where` hold, by `order` (then by key), `descending` or not.

    `after` is the (order value, *key) of the last row of the page before. At most `limit` rows.
    """

    table: Table
    where: tuple[Term, ...] = ()
    order: str
    descending: bool = False
    after: tuple[Value, ...] | None = None
    limit: int = 50


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and sums over the rows for which all of `where` hold, one line for each combination of `by`.

    A line holds `by`'s columns, `rows` (how many), for each column of `sums` the sum and the count of rows that have a
    value there, `<column>` and `<column>_n`, for each of `largest` (all of `sums`, when it is None) the largest value,
    `<column>_max`, and for `spread`, as `<column>_spread`, how many rows have which value there. Ordered by `by`; at
    most `limit` lines; none where there are no rows. MongoDB takes its time for every number of a line: what nobody
    needs is better not asked.
    """

    table: Table
    where: tuple[Term, ...] = ()
    by: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    largest: tuple[str, ...] | None = None
    spread: str | None = None
    limit: int = 10_000

    @property
    def highs(self) -> tuple[str, ...]:
        """The columns whose largest values are wanted."""
        return self.sums if self.largest is None else self.largest


class Plan(msgspec.Struct, frozen=True):
    """How a store would answer: the declared index it walks ("" for a walk over everything), and its own words."""

    index: tuple[str, ...]
    text: str


class Rows(Protocol):
    """What contexts need of a store to keep rows; beside `hub.ports.Store`, by the same adapters.

    Both adapters pass `tests/contracts/test_rows.py`.
    """

    async def declare(self, tables: Sequence[Table], subscribers: Mapping[str, str]) -> None:
        """Make what is missing; add a column that is new (None in old rows). Called once, before anything else.

        `subscribers` maps a table's name to its subscriber: a new `version` empties the table and takes the subscriber
        back to the beginning of the log.
        """
        ...

    async def write(self, changes: Sequence[Put | Drop], told: Told | None = None) -> None:
        """All of it durably, or nothing. Of two changes of one key the later counts."""
        ...

    async def row(self, table: Table, key: tuple[Value, ...]) -> Any | None:
        """The row with this key, as its `row` type."""
        ...

    async def rows(self, ask: Ask) -> list[Any]:
        """One page, as the table's `row` type."""
        ...

    async def tally(self, tally: Tally) -> list[dict[str, Any]]: ...

    async def plan(self, question: Ask | Tally) -> Plan:
        """How `rows` or `tally` would be answered; for tests and for operators."""
        ...
