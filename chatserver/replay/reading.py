"""Reads the whole log of a deployment, page by page, or its settings. The only part of looking back that touches a
store.

The embedded file is read beside a running server: nothing is locked and nothing is changed.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from chatserver.app import make_store
from chatserver.hub.machines import stream
from chatserver.hub.ports import LogRecord, StoredState
from chatserver.settings.deployment import Deployment
from chatserver.settings.model import Settings
from chatserver.settings.workspace import Workspace
from chatserver.store.errors import SchemaTooNew
from chatserver.store.sqlite import READS
from chatserver.store.sqlite_file import SCHEMA_VERSION, connect_reader

WORKSPACE = stream("workspace", "main")

PAGE = 2_000
"""Records read at once: some hundred kilobytes."""


def read(d: Deployment) -> Iterator[LogRecord]:
    """Every record, in order, up to the moment when the last page is read. Raises `RuntimeError`, in a sentence, when
    there is no log."""
    if d.mongodb_uri:
        return _from_port(d)
    return _from_file(Path(d.data_dir) / "chat.db", d.workspace)


def settings(d: Deployment) -> Settings:
    """As they were last saved. Raises `RuntimeError`, in a sentence, when there is no store."""
    if d.mongodb_uri:
        body = _loaded(d)
    else:
        with _file(Path(d.data_dir) / "chat.db") as db:
            row = db.execute(READS["load"], (d.workspace, WORKSPACE)).fetchone()
            body = StoredState(*row).body if row else None
    return msgspec.json.decode(body, type=Workspace).settings if body else Settings()


def _from_file(path: Path, workspace: str) -> Iterator[LogRecord]:
    with _file(path) as db:
        seq = 0
        while rows := db.execute(READS["read_log"], (workspace, seq, PAGE)).fetchall():
            yield from (LogRecord(*row) for row in rows)
            seq = rows[-1][0]


@contextmanager
def _file(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise RuntimeError(f"There is no log at {path}; CHATSERVER_DATA_DIR names the folder.")
    try:
        with closing(connect_reader(path)) as db:
            ((schema,),) = db.execute("SELECT version FROM schema_version")
            if schema > SCHEMA_VERSION:
                raise SchemaTooNew(f"{path} was written by a newer server; read it with that version.")
            yield db
    except sqlite3.Error as failure:
        raise RuntimeError(f"{path} cannot be read: {failure}") from None


def _loaded(d: Deployment) -> bytes | None:
    async def load() -> bytes | None:
        store = make_store(d)
        await store.open()
        try:
            stored = await store.load(WORKSPACE)
        finally:
            await store.close()
        return stored.body if stored else None

    return asyncio.run(load())


def _from_port(d: Deployment) -> Iterator[LogRecord]:
    with asyncio.Runner() as runner:
        store = make_store(d)
        runner.run(store.open())
        try:
            seq = 0
            while records := runner.run(store.read_log(seq, PAGE)):
                yield from records
                seq = records[-1].seq
        finally:
            runner.run(store.close())
