"""The hub's store in one SQLite file: the default, with nothing to install and one process at a time.

It keeps bytes and never judges time; how threads and transactions share the connection is `sqlite_lane`'s affair.
"""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatserver.hub.ports import (
    Answered,
    Batch,
    Change,
    DuplicateInput,
    LogRecord,
    StoredState,
    VersionConflict,
)
from chatserver.store.sqlite_documents import DELETE_DOCUMENT, GET_DOCUMENT, PUT_DOCUMENT
from chatserver.store.sqlite_file import connect_reader, connect_writer, lock
from chatserver.store.sqlite_lane import Lane
from chatserver.store.sqlite_tables import SqliteRows

READS = {
    "load": "SELECT stream, version, CAST(body AS BLOB), wake_at FROM state WHERE workspace = ? AND stream = ?",
    "list_open": "SELECT stream, version, CAST(body AS BLOB), wake_at FROM state"
    " WHERE workspace = ? AND open = 1 AND stream >= ? AND stream < ? ORDER BY stream",
    "due": "SELECT wake_at, stream FROM state WHERE workspace = ? AND wake_at <= ? ORDER BY wake_at, stream LIMIT ?",
    "answered": "SELECT input_id, stream, seq, at FROM log WHERE workspace = ? AND input_id = ?",
    "head": "SELECT coalesce(max(seq), 0) FROM log WHERE workspace = ?",
    "read_log": "SELECT seq, stream, version, at, kind, CAST(body AS BLOB), input_id FROM log"
    " WHERE workspace = ? AND seq > ? ORDER BY seq LIMIT ?",
    "history": "SELECT seq, stream, version, at, kind, CAST(body AS BLOB), input_id FROM log"
    " WHERE workspace = ? AND stream = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
    "get_document": GET_DOCUMENT,
    "list_documents": "SELECT id, CAST(body AS BLOB) FROM document WHERE workspace = ? AND kind = ? AND id > ?"
    " ORDER BY id LIMIT ?",
}
"""Every question that the store asks, by the name of the port's method; the contract suite explains each."""

_INSERT_STATE = (
    "INSERT INTO state (version, wake_at, open, claim, body, workspace, stream)"
    " VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?, ?)"
)
_UPDATE_STATE = (
    "UPDATE state SET version = ?, wake_at = ?, open = ?, claim = ?, body = CAST(? AS TEXT)"
    " WHERE workspace = ? AND stream = ? AND version = ?"
)
_LET_GO = "UPDATE state SET claim = NULL WHERE workspace = ? AND stream = ? AND claim IS NOT NULL AND claim IS NOT ?"
_INSERT_RECORD = (
    "INSERT INTO log (workspace, seq, stream, version, at, kind, input_id, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))"
)
DELETE_EXPIRED = "DELETE FROM document WHERE workspace = ? AND expires_at <= ?"

_NO_BOUND = 2**63 - 1
_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class SqliteStore:
    """One workspace in the file at `path`, which is made when it is missing (its folder too).

    `open()` raises `StoreInUse` when another process has the file and `SchemaTooNew` when a newer server wrote it.
    """

    def __init__(self, path: Path, workspace: str) -> None:
        self._path = path
        self._workspace = workspace
        self._lock: int | None = None
        self._writer: Lane | None = None
        self._reader: Lane | None = None
        self._asker: Lane | None = None
        self.rows = SqliteRows(workspace, lambda: self._write, lambda: _open(self._asker))

    async def open(self) -> None:
        if self._lock is not None:
            return
        self._lock = await asyncio.to_thread(lock, self._path)
        try:
            writer, reader, asker = await asyncio.to_thread(_connect, self._path)
        except BaseException:
            self._unlock()
            raise
        self._writer = Lane(writer, "store-write", group=True)
        self._reader = Lane(reader, "store-read", group=False)
        self._asker = Lane(asker, "store-ask", group=False)

    async def close(self) -> None:
        # The readers first: an open read would keep the writer from emptying the write-ahead log. Closing the last
        # connection checkpoints: the whole file is then in one piece, for copying by hand.
        for lane in (self._asker, self._reader, self._writer):
            if lane is not None:
                await lane.close()
        self._asker = self._reader = self._writer = None
        self._unlock()

    async def ping(self) -> None:
        await self._write.do(_ask_version)

    async def commit(self, batch: Batch) -> None:
        await self._write.do(lambda db: _commit(db, self._workspace, batch))

    async def load(self, stream: str) -> StoredState | None:
        rows = await self._ask("load", stream)
        return StoredState(*rows[0]) if rows else None

    async def load_all(self, streams: Sequence[str]) -> list[StoredState]:
        def each(db: sqlite3.Connection) -> list[StoredState]:
            found = (db.execute(READS["load"], (self._workspace, stream)) for stream in streams)
            return [StoredState(*row) for rows in found for row in rows]

        return await _open(self._reader).do(each)

    async def list_open(self, kind: str) -> list[StoredState]:
        # "0" is the character after "/": the range is exactly the streams named `kind/…`, in the index's own order.
        return [StoredState(*row) for row in await self._ask("list_open", f"{kind}/", f"{kind}0")]

    async def due(self, before: int, limit: int) -> list[tuple[int, str]]:
        return [(wake_at, stream) for wake_at, stream in await self._ask("due", before, limit)]

    async def answered(self, input_id: str) -> Answered | None:
        rows = await self._ask("answered", input_id)
        return Answered(*rows[0]) if rows else None

    async def head(self) -> int:
        ((head,),) = await self._ask("head")
        return int(head)

    async def read_log(self, after: int, limit: int) -> list[LogRecord]:
        return [LogRecord(*row) for row in await self._ask("read_log", after, limit)]

    async def history(self, stream: str, before: int, limit: int) -> list[LogRecord]:
        rows = await self._ask("history", stream, before or _NO_BOUND, limit)
        return [LogRecord(*row) for row in reversed(rows)]

    async def put_document(self, kind: str, id: str, body: bytes, expires_at: int | None = None) -> None:
        await self._change(PUT_DOCUMENT, kind, id, expires_at, body)

    async def get_document(self, kind: str, id: str) -> bytes | None:
        rows = await self._ask("get_document", kind, id)
        return bytes(rows[0][0]) if rows else None

    async def delete_document(self, kind: str, id: str) -> bool:
        return await self._change(DELETE_DOCUMENT, kind, id) > 0

    async def list_documents(self, kind: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        return [(id, body) for id, body in await self._ask("list_documents", kind, after, limit)]

    async def delete_expired(self, now: int) -> int:
        return await self._change(DELETE_EXPIRED, now)

    @property
    def _write(self) -> Lane:
        return _open(self._writer)

    async def _ask(self, read: str, *values: object) -> list[tuple[Any, ...]]:
        return await _open(self._reader).do(lambda db: db.execute(READS[read], (self._workspace, *values)).fetchall())

    async def _change(self, statement: str, *values: object) -> int:
        """The number of rows that it touched."""
        return await self._write.do(lambda db: db.execute(statement, (self._workspace, *values)).rowcount)

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _connect(path: Path) -> tuple[sqlite3.Connection, ...]:
    """The writer, the reader, and the reader of rows; all or none."""
    made: list[sqlite3.Connection] = []
    try:
        for connect in (connect_writer, connect_reader, connect_reader):
            made.append(connect(path))
    except BaseException:
        for db in made:
            db.close()
        raise
    return tuple(made)


def _open(lane: Lane | None) -> Lane:
    if lane is None:
        raise RuntimeError("the store is not open")
    return lane


def _ask_version(db: sqlite3.Connection) -> None:
    db.execute("SELECT version FROM schema_version").fetchone()


def _commit(db: sqlite3.Connection, workspace: str, batch: Batch) -> None:
    """Inside a savepoint that is taken back when this raises."""
    _check_inputs(db, workspace, batch.records)
    try:
        _write_changes(db, workspace, batch.changes)
        _write_records(db, workspace, batch.records)
    except sqlite3.IntegrityError as failure:
        if failure.sqlite_errorcode in _UNIQUE:
            raise VersionConflict(str(failure)) from None
        raise


def _check_inputs(db: sqlite3.Connection, workspace: str, records: tuple[LogRecord, ...]) -> None:
    seen: set[str] = set()
    for record in records:
        if record.input_id is None:
            continue
        if record.input_id in seen or db.execute(READS["answered"], (workspace, record.input_id)).fetchone():
            raise DuplicateInput(record.input_id)
        seen.add(record.input_id)


def _write_changes(db: sqlite3.Connection, workspace: str, changes: tuple[Change, ...]) -> None:
    if len(changes) > 1:
        # First let go of claims, so that one may pass from one stream of the batch to another.
        db.executemany(_LET_GO, [(workspace, change.stream, change.claim) for change in changes])
    for change in changes:
        row = (change.version, change.wake_at, change.open, change.claim, change.body, workspace, change.stream)
        if change.expected == 0:
            db.execute(_INSERT_STATE, row)
            continue
        if db.execute(_UPDATE_STATE, (*row, change.expected)).rowcount != 1:
            raise VersionConflict(f"{change.stream} is no longer at version {change.expected}")


def _write_records(db: sqlite3.Connection, workspace: str, records: tuple[LogRecord, ...]) -> None:
    if not records:
        return
    ((head,),) = db.execute(READS["head"], (workspace,))
    for seq, record in enumerate(records, head + 1):
        if record.seq != seq:
            raise VersionConflict(f"record {record.seq} does not follow the log's head: {seq} was next")
    db.executemany(
        _INSERT_RECORD,
        [(workspace, r.seq, r.stream, r.version, r.at, r.kind, r.input_id, r.body) for r in records],
    )
