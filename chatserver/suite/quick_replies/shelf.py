"""What the quick replies say: a table, kept from the log, and in memory whatever was used lately.

Knows no categories and no order; the machine's state has them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import msgspec

from chatserver.hub.hub import id_of
from chatserver.hub.machines import kind_of
from chatserver.hub.plug import Uploads
from chatserver.hub.relay import Entry
from chatserver.hub.step import Happened
from chatserver.hub.tables import Ask, Drop, Is, Put, Row, Rows, Table, Tally, Told
from chatserver.suite.quick_replies.model import KIND, CategoryDeleted, ItemChanged, ItemCreated, ItemDeleted
from chatserver.suite.quick_replies.pinyin import fold

NAME = "quick_replies"
"""Of the subscriber."""

OWNERS = 500
"""Owners whose answers are kept at hand: mostly some hundred kilobytes, at the worst a few MB each."""

PAGE = 1_000


class QuickReply(Row, frozen=True, kw_only=True):
    """One answer of `owner`. `image` is a media id; `pictured`: it is a picture that agents own."""

    id: str
    owner: str
    title: str
    text: str
    image: str | None
    pictured: bool


TABLE = Table(name="quick_reply", row=QuickReply, key=("id",), indexes=(("owner",),), version=2)


def of(owner: str) -> Ask:
    return Ask(table=TABLE, where=(Is("owner", (owner,)),), order="owner", limit=PAGE)


QUESTIONS: dict[str, Ask | Tally] = {"quick replies of an owner": of("a1")}


class Entered(msgspec.Struct, frozen=True):
    """An answer with what it is found by: the folded title, and the text in small letters."""

    row: QuickReply
    title: str
    text: str


Answers = dict[str, Entered]
"""By id."""


class Shelf:
    """Follows the log; `handle` is the subscriber."""

    def __init__(self, rows: Rows, uploads: Uploads) -> None:
        self._rows = rows
        self._uploads = uploads
        self._owners: OrderedDict[str, Answers] = OrderedDict()
        # What is read while it is being written would be put on the shelf half old.
        self._lock = asyncio.Lock()

    async def of(self, owner: str) -> Answers:
        """All answers of an owner."""
        async with self._lock:
            if owner not in self._owners:
                self._owners[owner] = {row.id: entered(row) for row in await self._read(owner)}
            self._owners.move_to_end(owner)
            if len(self._owners) > OWNERS:
                self._owners.popitem(last=False)
            return self._owners[owner]

    async def handle(self, entries: Sequence[Entry]) -> None:
        changes = [change for _, h in entries if kind_of(h.stream) == KIND for change in await self._changes(h)]
        if not changes:
            return
        async with self._lock:
            await self._rows.write(changes, Told(NAME, entries[-1][0]))
            for owner in {id_of(h.stream) for _, h in entries if kind_of(h.stream) == KIND} & self._owners.keys():
                self._put(self._owners[owner], owner, changes)

    def _put(self, answers: Answers, owner: str, changes: Iterable[Put | Drop]) -> None:
        for change in changes:
            if isinstance(change, Drop):
                answers.pop(str(change.key[0]), None)
            elif isinstance(change.row, QuickReply) and change.row.owner == owner:
                answers[change.row.id] = entered(change.row)

    async def _changes(self, h: Happened) -> list[Put | Drop]:
        """A picture is in use as long as an answer has it."""
        match h.event:
            case ItemCreated() | ItemChanged() as said:
                pictured = await self._uploads.hold(_holder(said.id), said.image)
                owner = id_of(h.stream)
                row = QuickReply(
                    id=said.id, owner=owner, title=said.title, text=said.text, image=said.image, pictured=pictured
                )
                return [Put(TABLE, row)]
            case ItemDeleted(id=id):
                await self._uploads.hold(_holder(id), None)
                return [Drop(TABLE, (id,))]
            case CategoryDeleted(dropped=ids):
                for id in ids:
                    await self._uploads.hold(_holder(id), None)
                return [Drop(TABLE, (id,)) for id in ids]
            case _:
                return []

    async def _read(self, owner: str) -> list[QuickReply]:
        ask = of(owner)
        found: list[QuickReply] = []
        while page := await self._rows.rows(ask):
            found += page
            ask = msgspec.structs.replace(ask, after=(owner, page[-1].id))
        return found


def entered(row: QuickReply) -> Entered:
    return Entered(row, fold(row.title), row.text.casefold())


def _holder(item: str) -> str:
    return f"quick_reply:{item}"
