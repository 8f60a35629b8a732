"""Rows in MongoDB: a collection for each declared table, a document for each row.

The rows of a workspace stand under its name and edition ("main#2"): a table that is made anew begins empty at once, and
two processes that open it together agree on the edition by one document.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pymongo
from pymongo import DeleteOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern

from chatserver.hub.tables import Ask, Between, Drop, Is, Plan, Put, Row, Table, Tally, Told, Value
from chatserver.store.mongo_rows import from_bson, to_bson
from chatserver.store.mongo_transaction import InDoubt, end, transact
from chatserver.store.table_questions import (
    Beyond,
    Narrow,
    Settled,
    index_for,
    narrowed,
    ordering,
    settled,
    stretches,
)
from chatserver.store.table_shape import KEPT, Kept, Shape, by_subscriber, renewed, shape

Doc = dict[str, Any]
Database = AsyncDatabase[Doc]


class MongoRows:
    """`hub.tables.Rows` of one workspace. `patience` is how many seconds a write may take."""

    def __init__(self, workspace: str, database: Callable[[], Database], patience: float) -> None:
        self._workspace = workspace
        self._database = database
        self._patience = patience
        self._places: dict[str, str] = {}
        # One write at a time: two of the same process would only run into one another.
        self._turn = asyncio.Lock()

    async def declare(self, tables: Sequence[Table], subscribers: Mapping[str, str]) -> None:
        with pymongo.timeout(None):  # a new index over many rows may take minutes
            for subscriber, shapes in by_subscriber(tables, subscribers).items():
                for s in shapes:
                    await self._database().command("createIndexes", _collection(s), indexes=_indexes(s))
                kept = await self._agree(subscriber, shapes)
                for s in shapes:
                    self._places[s.table.name] = f"{self._workspace}#{kept.edition}"
                    await self._forget(s)

    async def write(self, changes: Sequence[Put | Drop], told: Told | None = None) -> None:
        work = settled(changes)
        async with self._turn:
            try:
                with pymongo.timeout(self._patience):
                    await transact(self._database().client, lambda session: self._write(work, told, session))
            except InDoubt as doubt:
                if not await self._was_told(told, doubt):
                    raise doubt.__cause__ or doubt from None

    async def row(self, table: Table, key: tuple[Value, ...]) -> Any | None:
        where = tuple(Is(column, (value,)) for column, value in zip(table.key, key, strict=True))
        found = await self.rows(Ask(table=table, where=where, order=table.key[0], limit=1))
        return found[0] if found else None

    async def rows(self, ask: Ask) -> list[Any]:
        s, found = shape(ask.table), list[Any]()
        for where in stretches(ask):
            if len(found) < ask.limit:
                found += await self._stretch(s, ask, where, ask.limit - len(found))
        return found

    async def tally(self, tally: Tally) -> list[dict[str, Any]]:
        if tally.limit <= 0:
            return []
        s = shape(tally.table)
        pipelines = [self._pipeline(s, tally)]
        if tally.spread:
            pipelines.append(self._spread(s, tally, tally.spread))
        lines, *spread = await asyncio.gather(*(self._aggregate(tally, pipeline) for pipeline in pipelines))
        found = [_line(tally, doc) for doc in lines]
        if tally.spread:
            values = {_place(tally, doc): dict(zip(doc["values"], doc["rows"], strict=True)) for doc in spread[0]}
            for line, doc in zip(found, lines, strict=True):
                line[f"{tally.spread}_spread"] = values.get(_place(tally, doc), {})
        return found

    async def _aggregate(self, tally: Tally, pipeline: list[Doc]) -> list[Doc]:
        cursor = await self._database()[_collection(shape(tally.table))].aggregate(pipeline, **_hint(tally))
        return [doc async for doc in cursor]

    async def plan(self, question: Ask | Tally) -> Plan:
        s = shape(question.table)
        if isinstance(question, Ask):
            where = self._filter(s, stretches(question)[-1])
            sort = dict(_sorting(question))
            command: Doc = {"find": _collection(s), "filter": where, "sort": sort, "limit": question.limit}
        else:
            command = {"aggregate": _collection(s), "pipeline": self._pipeline(s, question), "cursor": {}}
        explained = await self._database().command(
            {"explain": command | _hint(question), "verbosity": "queryPlanner"}
        )
        stages = _stages(explained)
        used = [i.declared for i in s.indexes if any(stage.get("indexName") == i.name for stage in stages)]
        chosen = index_for(question)
        names = [f"{stage['stage']} {stage.get('indexName', '')}".strip() for stage in stages]
        return Plan(used[0] if used and chosen else (), "; ".join(names))

    async def _was_told(self, told: Told | None, doubt: InDoubt) -> bool:
        """Whether a write of unknown outcome was done; rows that count must not be counted twice."""
        await end(self._database().client, doubt)
        if told is None:
            return False
        documents = self._database().document.with_options(read_concern=ReadConcern("linearizable"))
        doc = await documents.find_one({"workspace": self._workspace, "kind": "cursor", "id": told.subscriber})
        return doc is not None and from_bson(doc["body"]) == str(told.seq).encode()

    async def _agree(self, subscriber: str, shapes: list[Shape]) -> Kept:
        """What all processes say of a subscriber's tables; with a new edition, the log is told from its beginning."""
        documents = self._database().document
        key = {"workspace": self._workspace, "kind": KEPT, "id": subscriber}
        cursor = key | {"kind": "cursor"}
        agreed = renewed(None, shapes)

        async def work(session: AsyncClientSession) -> None:
            nonlocal agreed
            doc = await documents.find_one(key, session=session)
            kept = msgspec.json.decode(from_bson(doc["body"]), type=Kept) if doc else None
            agreed = renewed(kept, shapes)
            if kept is None or agreed.edition != kept.edition:
                await documents.delete_one(cursor, session=session)
            if agreed != kept:
                body = to_bson(msgspec.json.encode(agreed))
                await documents.replace_one(key, key | {"body": body}, upsert=True, session=session)

        await transact(self._database().client, work)
        return agreed

    async def _forget(self, s: Shape) -> None:
        """Rows of earlier editions, which nobody reads any more. "$" is the character after "#"."""
        range = {"$gte": f"{self._workspace}#", "$lt": f"{self._workspace}$", "$ne": self._places[s.table.name]}
        await self._database()[_collection(s)].delete_many({"workspace": range})

    async def _write(self, work: Settled, told: Told | None, session: AsyncClientSession) -> None:
        for table, rows in work.items():
            s = shape(table)
            writes = [self._change(s, key, row) for key, row in rows.items()]
            if writes:
                await self._database()[_collection(s)].bulk_write(writes, ordered=False, session=session)
        if told is not None:
            key = {"workspace": self._workspace, "kind": "cursor", "id": told.subscriber}
            body = to_bson(str(told.seq).encode())
            await self._database().document.replace_one(key, key | {"body": body}, upsert=True, session=session)

    def _change(self, s: Shape, key: tuple[Value, ...], row: Row | None) -> ReplaceOne[Doc] | DeleteOne:
        where = {"workspace": self._place(s), **dict(zip(s.table.key, key, strict=True))}
        if row is None:
            return DeleteOne(where)
        return ReplaceOne(where, {"workspace": self._place(s), **msgspec.to_builtins(row)}, upsert=True)

    async def _stretch(self, s: Shape, ask: Ask, where: Sequence[Narrow], limit: int) -> list[Any]:
        columns = {"_id": False, **dict.fromkeys(s.columns, True)}
        found = self._database()[_collection(s)].find(self._filter(s, where), columns, **_hint(ask))
        return [s.row(dict(doc)) async for doc in found.sort(_sorting(ask)).limit(limit)]

    def _pipeline(self, s: Shape, tally: Tally) -> list[Doc]:
        group: Doc = {"_id": {c: _by(s, c) for c in tally.by}, "rows": {"$sum": 1}}
        for column in tally.sums:
            group[column] = {"$sum": _number(s, column)}
            if s.columns[column].nullable:  # else it is the number of rows
                group[f"{column}_n"] = {"$sum": {"$toInt": {"$gt": [f"${column}", None]}}}
        group |= {f"{column}_max": {"$max": _number(s, column)} for column in tally.highs}
        order = {f"_id.{column}": 1 for column in tally.by} or {"_id": 1}
        match = self._filter(s, narrowed(tally.where, s))
        return [{"$match": match}, {"$group": group}, {"$sort": order}, {"$limit": tally.limit}]

    def _spread(self, s: Shape, tally: Tally, column: str) -> list[Doc]:
        """Counted by itself, at the same time: a line that held all sums for each value would be made many times over,
        and each of them read here."""
        match = self._filter(s, narrowed((*tally.where, Between(column)), s))
        each: Doc = {"_id": {c: _by(s, c) for c in (*tally.by, column)}, "rows": {"$sum": 1}}
        together: Doc = {"_id": {c: f"$_id.{c}" for c in tally.by}}
        together |= {"values": {"$push": f"$_id.{column}"}, "rows": {"$push": "$rows"}}
        return [{"$match": match}, {"$group": each}, {"$group": together}]

    def _filter(self, s: Shape, where: Sequence[Narrow]) -> Doc:
        terms = [{"workspace": self._place(s)}, *(_compared(s, term) for term in where)]
        return {"$and": terms}

    def _place(self, s: Shape) -> str:
        if s.table.name not in self._places:
            raise RuntimeError(f"table {s.table.name} was not declared")
        return self._places[s.table.name]


def _compared(s: Shape, term: Narrow) -> Doc:
    def fit(value: Value) -> Value:
        """The database tells true from 1."""
        return bool(value) if value is not None and s.columns[term.column].kind == "bool" else value

    match term:
        case Is():
            values = [fit(value) for value in term.values]
            return {term.column: values[0] if len(values) == 1 else {"$in": values}}
        case Beyond():
            return {term.column: {"$lt" if term.descending else "$gt": fit(term.value)}}
        case Between():
            bounds = {"$gte": fit(term.low), "$lt": fit(term.high)}
            return {term.column: {sign: v for sign, v in bounds.items() if v is not None} or {"$ne": None}}


def _line(tally: Tally, doc: Doc) -> dict[str, Any]:
    """The driver's 64-bit integers are a class of their own."""
    line: dict[str, Any] = {**doc["_id"], "rows": doc["rows"]}
    for column in tally.sums:
        line |= {column: doc[column], f"{column}_n": doc.get(f"{column}_n", doc["rows"])}
    line |= {f"{column}_max": doc[f"{column}_max"] for column in tally.highs}
    return {name: _plain(value) for name, value in line.items()}


def _place(tally: Tally, doc: Doc) -> tuple[Value, ...]:
    return tuple(doc["_id"][column] for column in tally.by)


def _by(s: Shape, column: str) -> Any:
    """A column that is new is missing in old rows, and None there like any other None."""
    return {"$ifNull": [f"${column}", None]} if s.column(column).nullable else f"${column}"


def _number(s: Shape, column: str) -> Any:
    """The database adds up no truths."""
    return {"$toInt": f"${column}"} if s.column(column).kind == "bool" else f"${column}"


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _sorting(ask: Ask) -> list[tuple[str, int]]:
    return [(column, -1 if ask.descending else 1) for column in ordering(ask)]


def _hint(question: Ask | Tally) -> Doc:
    index = index_for(question)
    return {"hint": index.name} if index else {}


def _indexes(s: Shape) -> list[Doc]:
    """Indexes that are declared no more stay: a process of the version before may still walk them."""
    return [
        {"name": i.name, "key": dict.fromkeys(("workspace", *i.columns), 1), "unique": i is s.indexes[0]}
        for i in s.indexes
    ]


def _collection(s: Shape) -> str:
    return f"row_{s.table.name}"


def _stages(explained: Any) -> list[Doc]:
    """Every stage of the plan that won, from the outside in."""
    if isinstance(explained, list):
        return [stage for item in explained for stage in _stages(item)]
    if not isinstance(explained, dict):
        return []
    own = [explained] if isinstance(explained.get("stage"), str) else []
    return own + [s for key, value in explained.items() if key != "rejectedPlans" for s in _stages(value)]
