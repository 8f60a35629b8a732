"""The rows of SQLite and those in memory answer every question alike, whatever is asked and however it is leafed."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatserver.hub.tables import Ask, Begins, Between, Drop, Is, Put, Row, Rows, Table, Tally, Value
from chatserver.store.sqlite import SqliteStore
from tests.fakes.memory_store import MemoryStore


class Thing(Row, frozen=True, kw_only=True):
    name: str
    number: int
    text: str | None = None
    whole: int | None = None
    part: float | None = None
    truth: bool | None = None


THINGS = Table(
    name="thing",
    row=Thing,
    key=("name", "number"),
    indexes=(("text", "whole"), ("truth", "part"), ("whole",)),
)
COLUMNS = ("name", "number", "text", "whole", "part", "truth")

_texts = st.text(alphabet="ab%_ÄÖ中\U0010ffff", max_size=3)
_values: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["a", "b", "c"]),
    "number": st.integers(0, 3),
    "text": st.none() | _texts,
    "whole": st.none() | st.integers(-2, 2),
    "part": st.none() | st.integers(-4, 4).map(lambda n: n / 2),
    "truth": st.none() | st.booleans(),
}
_things = st.builds(Thing, **_values)
_columns = st.sampled_from(COLUMNS)


def _terms(column: str) -> st.SearchStrategy[Any]:
    value = _values[column]
    some = st.tuples() | st.tuples(value) | st.tuples(value, value) | st.tuples(value, value, value)
    terms = st.builds(Is, st.just(column), some) | st.builds(Between, st.just(column), value, value)
    return terms | st.builds(Begins, st.just(column), _texts) if column in ("name", "text") else terms


_where = st.lists(_columns.flatmap(_terms), max_size=3).map(tuple)
_asks = st.builds(
    Ask,
    table=st.just(THINGS),
    where=_where,
    order=_columns,
    descending=st.booleans(),
    limit=st.integers(1, 5),
)
_tallies = st.builds(
    Tally,
    table=st.just(THINGS),
    where=_where,
    by=st.lists(_columns, unique=True, max_size=2).map(tuple),
    sums=st.sampled_from([(), ("whole",), ("part", "truth"), ("number", "whole")]),
    spread=st.none() | _columns,
)
_drops = st.builds(Drop, st.just(THINGS), st.tuples(_values["name"], _values["number"]))
_changes = st.lists(st.builds(Put, st.just(THINGS), _things) | _drops, max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_changes, min_size=1, max_size=2), st.lists(_asks, max_size=5), st.lists(_tallies, max_size=3))
def test_every_question_has_one_answer(writes: list[list[Any]], asks: list[Ask], tallies: list[Tally]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_compare(Path(folder), writes, asks, tallies))


async def _compare(folder: Path, writes: list[list[Any]], asks: list[Ask], tallies: list[Tally]) -> None:
    real, model = SqliteStore(folder / "chat.db", "w"), MemoryStore()
    await real.open()
    try:
        for store in (real, model):
            await store.rows.declare([THINGS], {"thing": "s"})
            for changes in writes:
                await store.rows.write(changes)
        for ask in asks:
            assert await _leaf(real.rows, ask) == await _leaf(model.rows, ask)
            if all(term.values for term in ask.where if isinstance(term, Is)):  # else there is nothing to walk for
                assert (await real.rows.plan(ask)).index == (await model.rows.plan(ask)).index
        for tally in tallies:
            assert await real.rows.tally(tally) == await model.rows.tally(tally)
    finally:
        await real.close()


async def _leaf(rows: Rows, ask: Ask) -> list[list[Thing]]:
    pages: list[list[Thing]] = []
    after: tuple[Value, ...] | None = None
    while found := await rows.rows(
        Ask(
            table=ask.table,
            where=ask.where,
            order=ask.order,
            descending=ask.descending,
            after=after,
            limit=ask.limit,
        )
    ):
        pages.append(found)
        after = (getattr(found[-1], ask.order), found[-1].name, found[-1].number)
    return pages
