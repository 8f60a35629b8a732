"""What contexts may rely on when they keep rows, whatever the store: whole writes, whole pages, a known index."""

import asyncio
from enum import StrEnum
from typing import Any

import pytest

from chatserver.hub.ports import Store
from chatserver.hub.tables import Ask, Begins, Between, Drop, Is, Put, Row, Table, Tally, Term, Told, Value
from tests.contracts.batches import NOON
from tests.contracts.conftest import NewStore


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Parcel(Row, frozen=True, kw_only=True):
    """`group` and `from` are words of SQL: a column may be called what it is."""

    id: str
    group: str | None = None
    colour: Colour = Colour.RED
    weight: float | None = None
    pieces: int = 1
    fragile: bool | None = None
    sent_at: int | None = None


class Stamp(Row, frozen=True, kw_only=True):
    parcel: str
    number: int
    text: str = ""


PARCELS = Table(
    name="parcel", row=Parcel, key=("id",), indexes=(("group", "sent_at"), ("colour", "pieces"), ("sent_at",))
)
STAMPS = Table(name="stamp", row=Stamp, key=("parcel", "number"), indexes=(("text",),))
OF = {"parcel": "post", "stamp": "post"}


@pytest.fixture
async def store(store: Store) -> Store:
    await store.rows.declare([PARCELS, STAMPS], OF)
    return store


def put(id: str, **columns: Any) -> Put:
    return Put(PARCELS, Parcel(id=id, **columns))


def ask(*where: Term, order: str = "id", descending: bool = False, limit: int = 50) -> Ask:
    return Ask(table=PARCELS, where=where, order=order, descending=descending, limit=limit)


async def ids(store: Store, *where: Term, order: str = "id", descending: bool = False) -> str:
    return " ".join(row.id for row in await store.rows.rows(ask(*where, order=order, descending=descending)))


async def pages(store: Store, question: Ask) -> list[str]:
    """Page after page, as a reader would leaf."""
    found: list[str] = []
    after: tuple[Value, ...] | None = None
    while rows := await store.rows.rows(_from(question, after)):
        found += [row.id for row in rows]
        after = tuple(getattr(rows[-1], column) for column in (question.order, *question.table.key))
    return found


def _from(question: Ask, after: tuple[Value, ...] | None) -> Ask:
    return Ask(
        table=question.table,
        where=question.where,
        order=question.order,
        descending=question.descending,
        after=after,
        limit=question.limit,
    )


async def test_a_row_comes_back_as_it_was_put(store: Store) -> None:
    whole = Parcel(id="p1", group="上海", colour=Colour.BLUE, weight=2.5, pieces=3, fragile=False, sent_at=NOON)
    bare = Parcel(id="p2")
    await store.rows.write([Put(PARCELS, whole), Put(PARCELS, bare)])

    assert await store.rows.row(PARCELS, ("p1",)) == whole
    assert await store.rows.row(PARCELS, ("p2",)) == bare
    assert await store.rows.rows(ask()) == [whole, bare]
    read = await store.rows.row(PARCELS, ("p1",))
    assert (type(read.fragile), type(read.colour), type(read.weight)) == (bool, Colour, float)
    assert await store.rows.row(PARCELS, ("p3",)) is None


async def test_a_row_is_replaced_by_its_key_and_taken_away(store: Store) -> None:
    await store.rows.write([put("p1", group="a", pieces=3), put("p2")])
    await store.rows.write([put("p1", pieces=4), Drop(PARCELS, ("p2",)), Drop(PARCELS, ("never",))])

    assert await store.rows.rows(ask()) == [Parcel(id="p1", pieces=4)]


async def test_of_two_changes_of_one_key_the_later_counts(store: Store) -> None:
    await store.rows.write(
        [put("p1", pieces=1), put("p1", pieces=2), put("p2"), Drop(PARCELS, ("p2",)), Drop(PARCELS, ("p3",)), put("p3")]
    )
    assert await store.rows.rows(ask()) == [Parcel(id="p1", pieces=2), Parcel(id="p3")]


async def test_rows_and_the_place_in_the_log_are_written_together(store: Store) -> None:
    await store.rows.write([put("p1")], Told("post", 7))
    assert await store.get_document("cursor", "post") == b"7"

    await store.rows.write([], Told("post", 9))
    assert await store.get_document("cursor", "post") == b"9"


async def test_what_cannot_be_written_leaves_nothing_behind(store: Store) -> None:
    """Neither the rows before it nor the place in the log."""
    await store.rows.write([put("p1")], Told("post", 1))
    other = Table(name="undeclared", row=Parcel, key=("id",))

    with pytest.raises(Exception, match="undeclared"):
        await store.rows.write([put("p2"), Put(other, Parcel(id="x"))], Told("post", 2))

    assert await ids(store) == "p1"
    assert await store.get_document("cursor", "post") == b"1"


async def test_each_comparison_finds_its_rows(store: Store) -> None:
    await store.rows.write(
        [
            put("p1", group="北京", weight=1.0, sent_at=NOON, fragile=True),
            put("p2", group="北京朝阳", weight=2.0, sent_at=NOON + 1, fragile=False, colour=Colour.BLUE),
            put("p3", group="上海", weight=3, pieces=2),
            put("p4"),
        ]
    )
    for where, found in {
        (Is("group", ("上海",)),): "p3",
        (Is("group", ("上海", "北京")),): "p1 p3",
        (Is("group", ("上海", None)),): "p3 p4",
        (Is("group", (None,)),): "p4",
        (Is("group", ()),): "",
        (Is("fragile", (True,)),): "p1",
        (Is("fragile", (False, None)),): "p2 p3 p4",
        (Is("colour", ("blue",)),): "p2",
        (Is("weight", (3,)),): "p3",
        (Between("weight", 1, 3),): "p1 p2",
        (Between("weight", 1.5),): "p2 p3",
        (Between("sent_at", high=NOON + 1),): "p1",
        (Between("sent_at"),): "p1 p2",
        (Begins("group", "北京"),): "p1 p2",
        (Begins("group", "北京朝"),): "p2",
        (Begins("group", ""),): "p1 p2 p3",
        (Between("weight", 1, 3), Is("fragile", (False,))): "p2",
    }.items():
        assert await ids(store, *where) == found, where


async def test_begins_with_goes_letter_by_letter(store: Store) -> None:
    """Nothing in a text is a pattern, and capitals are letters of their own."""
    names = ["a%", "aX", "A", "a", "a_", "b", "a\U0010ffff", "a\U0010ffffz", "a\ud7ff", "\U0010ffff"]
    await store.rows.write([put(f"p{n}", group=name) for n, name in enumerate(names)])

    for text in ("a", "a%", "A", "a_", "a\U0010ffff", "a\ud7ff", "\U0010ffff", "c"):
        found = [row.group for row in await store.rows.rows(ask(Begins("group", text)))]
        assert found == [name for name in names if name.startswith(text)], text


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_have_no_gap_and_no_repeat(store: Store, descending: bool, limit: int) -> None:
    """Many rows share an order value and some have none; the key keeps them apart."""
    times = [NOON, None, NOON, NOON + 1, None, NOON + 1, NOON, None]
    await store.rows.write([put(f"p{n}", sent_at=at, group="g") for n, at in enumerate(times)])
    question = ask(Is("group", ("g",)), order="sent_at", descending=descending, limit=limit)

    expected = ["p1", "p4", "p7", "p0", "p2", "p6", "p3", "p5"]
    assert await pages(store, question) == (expected[::-1] if descending else expected)


@pytest.mark.parametrize("descending", [False, True])
async def test_a_key_of_several_columns_leafs_as_well(store: Store, descending: bool) -> None:
    stamps = [Stamp(parcel=parcel, number=n, text="t") for parcel in ("a", "b") for n in (1, 2, 3)]
    await store.rows.write([Put(STAMPS, stamp) for stamp in stamps])

    for order in ("text", "parcel", "number"):
        found: list[Stamp] = []
        after: tuple[Value, ...] | None = None
        while page := await store.rows.rows(
            Ask(table=STAMPS, order=order, descending=descending, after=after, limit=2)
        ):
            found += page
            after = (getattr(page[-1], order), page[-1].parcel, page[-1].number)
        assert found == sorted(
            stamps, key=lambda s: (getattr(s, order), s.parcel, s.number), reverse=descending
        )


async def test_a_page_of_nothing_is_empty(store: Store) -> None:
    await store.rows.write([put("p1")])
    assert await store.rows.rows(ask(limit=0)) == []
    assert await store.rows.tally(Tally(table=PARCELS, limit=0)) == []


async def test_a_tally_counts_sums_and_knows_the_largest(store: Store) -> None:
    await store.rows.write(
        [
            put("p1", group="a", weight=1.5, pieces=2, fragile=True),
            put("p2", group="a", weight=2.5, pieces=3, fragile=False),
            put("p3", group="a"),
            put("p4", group="b", pieces=10),
            put("p5", pieces=7),
        ]
    )
    tally = Tally(table=PARCELS, by=("group",), sums=("weight", "pieces", "fragile"))

    nothing = {"weight": 0, "weight_n": 0, "weight_max": None, "fragile": 0, "fragile_n": 0, "fragile_max": None}
    assert await store.rows.tally(tally) == [
        {"group": None, "rows": 1, **nothing, "pieces": 7, "pieces_n": 1, "pieces_max": 7},
        {
            "group": "a", "rows": 3, "weight": 4.0, "weight_n": 2, "weight_max": 2.5,
            "pieces": 6, "pieces_n": 3, "pieces_max": 3, "fragile": 1, "fragile_n": 2, "fragile_max": 1,
        },
        {"group": "b", "rows": 1, **nothing, "pieces": 10, "pieces_n": 1, "pieces_max": 10},
    ]  # fmt: skip


async def test_a_tally_knows_only_the_largest_that_are_asked_for(store: Store) -> None:
    await store.rows.write([put("p1", weight=1.5, pieces=2), put("p2", weight=0.5)])
    tally = Tally(table=PARCELS, sums=("weight",), largest=("pieces",))
    assert await store.rows.tally(tally) == [{"rows": 2, "weight": 2.0, "weight_n": 2, "pieces_max": 2}]


async def test_a_tally_knows_how_a_column_is_spread(store: Store) -> None:
    """How many rows have which value, for each line; those without a value aside."""
    await store.rows.write(
        [
            put("p1", group="a", pieces=2, sent_at=1),
            put("p2", group="a", pieces=2, sent_at=2),
            put("p3", group="a", pieces=3),
            put("p4", pieces=9),
        ]
    )
    by = Tally(table=PARCELS, by=("group",), sums=("pieces",), largest=(), spread="pieces")
    assert await store.rows.tally(by) == [
        {"group": None, "rows": 1, "pieces": 9, "pieces_n": 1, "pieces_spread": {9: 1}},
        {"group": "a", "rows": 3, "pieces": 7, "pieces_n": 3, "pieces_spread": {2: 2, 3: 1}},
    ]
    late = (Between("sent_at", 2),)
    whole = Tally(table=PARCELS, where=late, spread="pieces")
    assert await store.rows.tally(whole) == [{"rows": 1, "pieces_spread": {2: 1}}]
    none = Tally(table=PARCELS, by=("colour",), spread="weight")
    assert await store.rows.tally(none) == [{"colour": "red", "rows": 4, "weight_spread": {}}]


async def test_a_tally_by_several_columns_comes_in_their_order(store: Store) -> None:
    await store.rows.write(
        [put("p1", group="b", fragile=True), put("p2", group="b"), put("p3", group="a"), put("p4", group="b")]
    )
    lines = await store.rows.tally(Tally(table=PARCELS, by=("group", "fragile")))
    assert [(line["group"], line["fragile"], line["rows"]) for line in lines] == [
        ("a", None, 1),
        ("b", None, 2),
        ("b", True, 1),
    ]
    assert lines[2]["fragile"] is True
    assert await store.rows.tally(Tally(table=PARCELS, by=("group", "fragile"), limit=1)) == lines[:1]


async def test_a_tally_over_all_is_one_line_and_over_nothing_none(store: Store) -> None:
    tally = Tally(table=PARCELS, where=(Between("sent_at", NOON),), sums=("pieces",))
    assert await store.rows.tally(tally) == []

    await store.rows.write([put("p1", sent_at=NOON, pieces=2), put("p2", sent_at=NOON, pieces=5), put("p3")])
    assert await store.rows.tally(tally) == [{"rows": 2, "pieces": 7, "pieces_n": 2, "pieces_max": 5}]


PLANNED: dict[Ask | Tally, tuple[str, ...]] = {
    ask(Is("group", ("a",)), order="sent_at", descending=True): ("group", "sent_at"),
    ask(Is("group", ("a",)), Between("sent_at", NOON), order="sent_at"): ("group", "sent_at"),
    ask(order="sent_at", descending=True): ("sent_at",),
    ask(Is("group", ("a", "b")), order="sent_at"): ("sent_at",),
    ask(Is("colour", ("red",)), Is("pieces", (1,))): ("colour", "pieces"),
    ask(Is("id", ("p1",))): ("id",),
    ask(Is("id", ("p1", "p2"))): ("id",),
    ask(order="weight"): (),
    Tally(table=PARCELS, where=(Between("sent_at", NOON, NOON + 9),), by=("group",)): ("sent_at",),
    Tally(table=PARCELS, where=(Is("group", ("a",)), Between("sent_at", NOON)), sums=("pieces",)): ("group", "sent_at"),
    Tally(table=PARCELS, by=("colour",)): (),
    Ask(table=STAMPS, where=(Is("parcel", ("p1",)),), order="number"): ("parcel", "number"),
    Ask(table=STAMPS, where=(Begins("text", "a"),), order="text"): ("text",),
}


@pytest.mark.parametrize("question", PLANNED)
async def test_the_declaration_says_which_index_is_walked(store: Store, question: Ask | Tally) -> None:
    """Not the planner's mood: the same index in every store, with few rows as with many."""
    await store.rows.write([put(f"p{n}", group="a", sent_at=NOON + n) for n in range(20)])
    plan = await store.rows.plan(question)

    assert plan.index == PLANNED[question], plan.text
    if plan.index and isinstance(question, Ask):
        assert "SORT" not in plan.text.upper().replace("SORT_MERGE", ""), plan.text
        assert "TEMP B-TREE" not in plan.text, plan.text


async def test_leafing_on_walks_the_same_index_without_sorting(store: Store) -> None:
    question = _from(ask(Is("group", ("a",)), order="sent_at", descending=True), (NOON, "p5"))
    plan = await store.rows.plan(question)
    assert plan.index == ("group", "sent_at")
    assert "TEMP B-TREE" not in plan.text
    assert "SORT" not in plan.text


class ParcelWithSender(Parcel, frozen=True, kw_only=True):
    sender: str | None = None


class ParcelWithPrice(Parcel, frozen=True, kw_only=True):
    price: int


class ParcelInWords(Row, frozen=True, kw_only=True):
    id: str
    pieces: str


async def test_a_restart_keeps_the_rows(store: Store) -> None:
    await store.rows.write([put("p1")], Told("post", 5))
    await store.rows.declare([PARCELS, STAMPS], OF)

    assert await ids(store) == "p1"
    assert await store.get_document("cursor", "post") == b"5"


async def test_a_new_column_is_none_in_old_rows(store: Store) -> None:
    await store.rows.write([put("p1", group="g")], Told("post", 5))
    wider = Table(name="parcel", row=ParcelWithSender, key=("id",), indexes=(("sender",),))
    await store.rows.declare([wider, STAMPS], OF)

    assert await store.rows.row(wider, ("p1",)) == ParcelWithSender(id="p1", group="g")
    assert await store.get_document("cursor", "post") == b"5"
    await store.rows.write([Put(wider, ParcelWithSender(id="p2", sender="小李"))])
    found = await store.rows.rows(Ask(table=wider, order="sender", descending=True))
    assert [row.sender for row in found] == ["小李", None]
    lines = await store.rows.tally(Tally(table=wider, by=("sender",)))
    assert [(line["sender"], line["rows"]) for line in lines] == [(None, 1), ("小李", 1)]


MADE_ANEW = {
    "a new version": [Table(name="parcel", row=Parcel, key=("id",), version=2), STAMPS],
    "a column that old rows cannot have": [Table(name="parcel", row=ParcelWithPrice, key=("id",)), STAMPS],
    "a column of another kind": [Table(name="parcel", row=ParcelInWords, key=("id",)), STAMPS],
    "one more table": [PARCELS, STAMPS, Table(name="label", row=Stamp, key=("parcel",))],
}


@pytest.mark.parametrize("why", MADE_ANEW)
async def test_what_old_rows_cannot_say_is_made_anew_from_the_log(store: Store, why: str) -> None:
    """All tables of the subscriber are emptied together: the one log makes them all. Others keep theirs."""
    other = Table(name="other", row=Stamp, key=("parcel", "number"))
    await store.rows.declare([PARCELS, STAMPS, other], OF | {"other": "somebody"})
    stamp = Stamp(parcel="p1", number=1)
    await store.rows.write([put("p1"), Put(STAMPS, stamp)], Told("post", 5))
    await store.rows.write([Put(other, stamp)], Told("somebody", 6))

    tables = [*MADE_ANEW[why], other]
    await store.rows.declare(tables, OF | {"label": "post", "other": "somebody"})

    for table in MADE_ANEW[why]:
        assert await store.rows.rows(Ask(table=table, order=table.key[0])) == []
    assert await store.get_document("cursor", "post") is None
    assert await store.rows.rows(Ask(table=other, order="parcel")) == [stamp]
    assert await store.get_document("cursor", "somebody") == b"6"
    if why == "a column of another kind":
        await store.rows.write([Put(tables[0], ParcelInWords(id="p1", pieces="007"))])
        assert await store.rows.row(tables[0], ("p1",)) == ParcelInWords(id="p1", pieces="007")


async def test_two_workspaces_do_not_see_each_other(new_store: NewStore, workspace: str) -> None:
    """Nor does one that makes its rows anew take away the other's. "w1" is no part of "w11"."""
    here, there = new_store(workspace), new_store(f"{workspace}1")
    await here.open()
    await here.rows.declare([PARCELS], OF)
    await here.rows.write([put("p1", pieces=1)], Told("post", 1))
    await here.close()
    await there.open()
    await there.rows.declare([PARCELS], OF)
    assert await ids(there) == ""
    await there.rows.write([put("p1", pieces=2), put("p2")])
    await there.rows.declare([Table(name="parcel", row=Parcel, key=("id",), version=2)], OF)
    await there.close()

    await here.open()
    await here.rows.declare([PARCELS], OF)
    assert await here.rows.rows(ask()) == [Parcel(id="p1", pieces=1)]
    assert await here.rows.tally(Tally(table=PARCELS)) == [{"rows": 1}]
    assert await here.get_document("cursor", "post") == b"1"
    await here.close()


@pytest.mark.parametrize(
    "table",
    [
        Table(name="Parcel", row=Parcel, key=("id",)),
        Table(name='x"; DROP TABLE log; --', row=Parcel, key=("id",)),
        Table(name="parcel", row=Parcel, key=("nothing",)),
        Table(name="parcel", row=Parcel, key=("group",)),
        Table(name="parcel", row=Parcel, key=()),
        Table(name="parcel", row=Parcel, key=("id",), indexes=(("nothing",),)),
    ],
)
async def test_a_declaration_that_is_wrong_stops_the_start(store: Store, table: Table) -> None:
    with pytest.raises(ValueError, match=r"name|column|key"):
        await store.rows.declare([table], {table.name: "post"})


async def test_a_question_about_what_is_not_declared_is_a_mistake(store: Store) -> None:
    for question in (ask(order="nothing"), ask(Is("nothing", (1,)))):
        with pytest.raises(ValueError, match="no column 'nothing'"):
            await store.rows.rows(question)
    with pytest.raises(ValueError, match="no column 'nothing'"):
        await store.rows.tally(Tally(table=PARCELS, by=("nothing",)))
    with pytest.raises(ValueError, match="no column 'nothing'"):
        await store.rows.tally(Tally(table=PARCELS, spread="nothing"))


async def test_writers_side_by_side_lose_nothing(store: Store) -> None:
    """Two contexts write at the same moment, each with its own place in the log."""
    await asyncio.gather(
        *(store.rows.write([put(f"p{n}")], Told("post", n)) for n in range(10)),
        *(store.rows.write([Put(STAMPS, Stamp(parcel=f"p{n}", number=n))], Told("other", n)) for n in range(10)),
    )
    assert len(await store.rows.rows(ask())) == 10
    assert len(await store.rows.rows(Ask(table=STAMPS, order="number"))) == 10
