"""The hub's store in MongoDB, for several server processes at once.

It keeps bodies and never judges time. How a record looks as a document is `mongo_rows`' affair.
"""

import asyncio
from collections.abc import Sequence

import pymongo
from pymongo import (
    ASCENDING,
    DESCENDING,
    AsyncMongoClient,
    InsertOne,
    ReadPreference,
    ReplaceOne,
    UpdateOne,
)
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern

from chatserver.hub.ports import (
    Answered,
    Batch,
    BatchTooLarge,
    Change,
    DuplicateInput,
    LogRecord,
    StoredState,
    VersionConflict,
)
from chatserver.store.errors import NoReplicaSet, SchemaTooNew, StoreAway
from chatserver.store.mongo_failures import is_duplicate, is_too_large
from chatserver.store.mongo_rows import Row, from_bson, log_record, log_row, present, state_row, stored_state, to_bson
from chatserver.store.mongo_schema import INDEXES, LOG_STREAM, SCHEMA_VERSION, STATE_OPEN
from chatserver.store.mongo_tables import MongoRows
from chatserver.store.mongo_transaction import DURABLE, InDoubt, end, transact

# Milliseconds: a person who waits is told "try again" rather than left hanging.
_ANSWER_MS = 10_000
_FIND_SERVER_MS = 5_000


class MongoStore:
    """One workspace in a database of a replica set. Several processes may have it open; exactly one wins each `seq`.

    `open()` raises `NoReplicaSet` for a standalone server and `SchemaTooNew` when a newer server made the database.
    `patience` is how many seconds a commit may take, the election of a new primary included.
    """

    def __init__(self, uri: str, database: str, workspace: str, *, patience: float = 15.0) -> None:
        self._uri = uri
        self._name = database
        self._workspace = workspace
        self._patience = patience
        self._client: AsyncMongoClient[Row] | None = None
        self._open_db: AsyncDatabase[Row] | None = None
        self.rows = MongoRows(workspace, lambda: self._db, patience)
        # One commit at a time: two of the same process would only run into one another at the log's head.
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        if self._client is not None:
            return
        try:
            await self._connect()
        except PyMongoError as failure:
            why = str(failure).partition(" (configured timeouts")[0].rstrip(".")
            raise StoreAway(f"MongoDB cannot be used: {why}. CHATSERVER_MONGODB_URI names the server.") from failure

    async def _connect(self) -> None:
        try:
            client: AsyncMongoClient[Row] = AsyncMongoClient(
                self._uri, appname="chatserver", serverSelectionTimeoutMS=_FIND_SERVER_MS, timeoutMS=_ANSWER_MS
            )
        except ValueError as failure:  # an address that cannot be taken apart
            raise ConfigurationError(str(failure)) from None
        try:
            await _refuse_standalone(client)
            # Said here and not left to the address: a deployment cannot weaken durability by a parameter.
            db = client.get_database(
                self._name,
                read_preference=ReadPreference.PRIMARY,
                read_concern=ReadConcern("majority"),
                write_concern=DURABLE,
            )
            with pymongo.timeout(None):  # a new index over a long log may take minutes
                await _make_collections(db)
        except BaseException:
            await client.close()
            raise
        self._client, self._open_db = client, db

    async def close(self) -> None:
        async with self._turn:
            client, self._client, self._open_db = self._client, None, None
            if client is not None:
                await client.close()

    async def ping(self) -> None:
        # A read with majority concern, not the `ping` command: that one answers even when there is no primary.
        await self._db.schema_version.find_one({"_id": "chatserver"})

    async def commit(self, batch: Batch) -> None:
        async with self._turn:
            try:
                with pymongo.timeout(self._patience):
                    await transact(self._db.client, lambda session: self._write_batch(batch, session))
            except VersionConflict as failure:
                raise await self._conflict(batch, failure) from None
            except PyMongoError as failure:
                if is_too_large(failure):
                    raise BatchTooLarge(str(failure)) from None
                if not is_duplicate(failure):
                    raise
                raise await self._conflict(batch, VersionConflict(str(failure))) from None
            except InDoubt as doubt:
                if not await self._settle(batch, doubt):
                    raise doubt.__cause__ or doubt from None

    async def load(self, stream: str) -> StoredState | None:
        row = await self._db.state.find_one({"workspace": self._workspace, "stream": stream})
        return stored_state(row) if row else None

    async def load_all(self, streams: Sequence[str]) -> list[StoredState]:
        found = self._db.state.find({"workspace": self._workspace, "stream": {"$in": list(streams)}})
        return [stored_state(row) async for row in found]

    async def list_open(self, kind: str) -> list[StoredState]:
        # "0" is the character after "/": the range is exactly the streams named `kind/…`.
        named = {"$gte": f"{kind}/", "$lt": f"{kind}0"}
        found = self._db.state.find({"workspace": self._workspace, "open": True, "stream": named})
        return [stored_state(row) async for row in found.sort("stream", ASCENDING).hint(STATE_OPEN)]

    async def due(self, before: int, limit: int) -> list[tuple[int, str]]:
        if limit <= 0:  # which MongoDB would take for "no limit"
            return []
        found = self._db.state.find(
            {"workspace": self._workspace, "wake_at": {"$lte": before}}, {"_id": False, "wake_at": True, "stream": True}
        )
        ordered = found.sort([("wake_at", ASCENDING), ("stream", ASCENDING)]).limit(limit)
        return [(int(row["wake_at"]), row["stream"]) async for row in ordered]

    async def answered(self, input_id: str) -> Answered | None:
        row = await self._db.log.find_one({"workspace": self._workspace, "input_id": input_id}, {"body": False})
        return Answered(input_id, row["stream"], int(row["seq"]), int(row["at"])) if row else None

    async def head(self) -> int:
        return await self._head(None)

    async def read_log(self, after: int, limit: int) -> list[LogRecord]:
        if limit <= 0:
            return []
        found = self._db.log.find({"workspace": self._workspace, "seq": {"$gt": after}})
        return [log_record(row) async for row in found.sort("seq", ASCENDING).limit(limit)]

    async def history(self, stream: str, before: int, limit: int) -> list[LogRecord]:
        if limit <= 0:
            return []
        where: Row = {"workspace": self._workspace, "stream": stream}
        if before:
            where["seq"] = {"$lt": before}
        found = self._db.log.find(where).sort("seq", DESCENDING).limit(limit).hint(LOG_STREAM)
        return [log_record(row) async for row in found][::-1]

    async def put_document(self, kind: str, id: str, body: bytes, expires_at: int | None = None) -> None:
        key = {"workspace": self._workspace, "kind": kind, "id": id}
        row = key | {"body": to_bson(body)} | present("expires_at", expires_at)
        try:
            await self._db.document.replace_one(key, row, upsert=True)
        except DuplicateKeyError:  # two first writes at once: the document is there now, so the last one replaces it
            await self._db.document.replace_one(key, row, upsert=True)

    async def get_document(self, kind: str, id: str) -> bytes | None:
        row = await self._db.document.find_one({"workspace": self._workspace, "kind": kind, "id": id})
        return from_bson(row["body"]) if row else None

    async def delete_document(self, kind: str, id: str) -> bool:
        gone = await self._db.document.delete_one({"workspace": self._workspace, "kind": kind, "id": id})
        return gone.deleted_count > 0

    async def list_documents(self, kind: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        if limit <= 0:
            return []
        found = self._db.document.find({"workspace": self._workspace, "kind": kind, "id": {"$gt": after}})
        return [(row["id"], from_bson(row["body"])) async for row in found.sort("id", ASCENDING).limit(limit)]

    async def delete_expired(self, now: int) -> int:
        gone = await self._db.document.delete_many({"workspace": self._workspace, "expires_at": {"$lte": now}})
        return gone.deleted_count

    @property
    def _db(self) -> AsyncDatabase[Row]:
        if self._open_db is None:
            raise RuntimeError("the store is not open")
        return self._open_db

    async def _write_batch(self, batch: Batch, session: AsyncClientSession) -> None:
        await self._write_changes(self._db.state, batch.changes, session)
        await self._write_records(self._db.log, batch.records, session)

    async def _settle(self, batch: Batch, doubt: InDoubt) -> bool:
        """Whether a commit of unknown outcome was done: its first record is in the log, just as we wrote it."""
        await end(self._db.client, doubt)
        if not batch.records:
            return False
        expected = log_row(self._workspace, batch.records[0])
        where = {"workspace": self._workspace, "seq": expected["seq"]}
        log = self._db.log.with_options(read_concern=ReadConcern("linearizable"))
        return await log.find_one(where, {"_id": False}) == expected

    async def _write_changes(
        self, states: AsyncCollection[Row], changes: tuple[Change, ...], session: AsyncClientSession
    ) -> None:
        if not changes:
            return
        writes: list[InsertOne[Row] | ReplaceOne[Row] | UpdateOne] = []
        if len(changes) > 1:
            writes.extend(await self._let_go(states, changes, session))
        for change in changes:
            row = state_row(self._workspace, change)
            expected = {"workspace": self._workspace, "stream": change.stream, "version": change.expected}
            writes.append(ReplaceOne(expected, row) if change.expected else InsertOne(row))
        done = await states.bulk_write(writes, session=session)
        if done.matched_count + done.inserted_count != len(writes):
            raise VersionConflict("a stream is no longer at the version that was expected")

    async def _let_go(
        self, states: AsyncCollection[Row], changes: tuple[Change, ...], session: AsyncClientSession
    ) -> list[UpdateOne]:
        """What frees claims before they are taken, so that one may pass from one stream of the batch to another."""
        wanted = {change.stream: change.claim for change in changes}
        where = {"workspace": self._workspace, "stream": {"$in": list(wanted)}, "claim": {"$exists": True}}
        holders = states.find(where, {"stream": True, "claim": True}, session=session)
        return [
            UpdateOne({"_id": row["_id"]}, {"$unset": {"claim": True}})
            async for row in holders
            if row["claim"] != wanted[row["stream"]]
        ]

    async def _write_records(
        self, log: AsyncCollection[Row], records: tuple[LogRecord, ...], session: AsyncClientSession
    ) -> None:
        if not records:
            return
        # The transaction sees the head of its own snapshot; the unique index stops whoever read the same head.
        for seq, record in enumerate(records, await self._head(session) + 1):
            if record.seq != seq:
                raise VersionConflict(f"record {record.seq} does not follow the log's head: {seq} was next")
        await log.insert_many([log_row(self._workspace, record) for record in records], session=session)

    async def _head(self, session: AsyncClientSession | None) -> int:
        row = await self._db.log.find_one(
            {"workspace": self._workspace}, {"_id": False, "seq": True}, sort=[("seq", DESCENDING)], session=session
        )
        return int(row["seq"]) if row else 0

    async def _conflict(self, batch: Batch, failure: VersionConflict) -> DuplicateInput | VersionConflict:
        """A repeated input is said to be one, even when somebody else's commit has moved the log on as well."""
        inputs = [record.input_id for record in batch.records if record.input_id is not None]
        if len(set(inputs)) < len(inputs):
            return DuplicateInput("an input stands twice in the batch")
        row = inputs and await self._db.log.find_one({"workspace": self._workspace, "input_id": {"$in": inputs}})
        if row:
            return DuplicateInput(row["input_id"])
        return failure


async def _refuse_standalone(client: AsyncMongoClient[Row]) -> None:
    hello = await client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise NoReplicaSet(
            "This MongoDB server is a standalone one and has no transactions. Start mongod with --replSet "
            "and run rs.initiate() once (a replica set of one member is enough)."
        )


async def _make_collections(db: AsyncDatabase[Row]) -> None:
    known = await db.schema_version.find_one({"_id": "chatserver"})
    if known is not None and known["version"] > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"The database {db.name} was written by a newer server: it has schema {known['version']}, "
            f"this server knows {SCHEMA_VERSION}. Install the newer version again, or go back to a backup."
        )
    for collection, indexes in INDEXES.items():
        await db.command("createIndexes", collection, indexes=indexes)
    try:
        await db.schema_version.update_one(
            {"_id": "chatserver"}, {"$setOnInsert": {"version": SCHEMA_VERSION}}, upsert=True
        )
    except DuplicateKeyError:
        return  # another process has opened the new database at the same moment and said the same
