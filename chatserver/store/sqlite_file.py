"""The SQLite file itself: who holds it, how it is opened, which tables it has. Knows nothing of reads and writes."""

import fcntl
import os
import sqlite3
from pathlib import Path

from chatserver.store.errors import SchemaTooNew, StoreInUse

SCHEMA_VERSION = 1

# Bodies are kept as TEXT so that an operator can use SQLite's JSON functions on them; the casts pass the bytes through
# untouched. Tables have rowids because a body makes rows wide, and wide rows make a bad WITHOUT ROWID tree.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS state (workspace TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL,"
    " wake_at INTEGER, open INTEGER NOT NULL, claim TEXT, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS state_stream ON state (workspace, stream)",
    "CREATE UNIQUE INDEX IF NOT EXISTS state_claim ON state (workspace, claim) WHERE claim IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS state_open ON state (workspace, stream) WHERE open = 1",
    "CREATE INDEX IF NOT EXISTS state_wake ON state (workspace, wake_at, stream) WHERE wake_at IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS log (workspace TEXT NOT NULL, seq INTEGER NOT NULL, stream TEXT NOT NULL,"
    " version INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, input_id TEXT, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS log_seq ON log (workspace, seq)",
    "CREATE UNIQUE INDEX IF NOT EXISTS log_version ON log (workspace, stream, version)",
    "CREATE INDEX IF NOT EXISTS log_stream ON log (workspace, stream, seq)",
    "CREATE UNIQUE INDEX IF NOT EXISTS log_input ON log (workspace, input_id) WHERE input_id IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS document (workspace TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,"
    " expires_at INTEGER, body TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS document_id ON document (workspace, kind, id)",
    "CREATE INDEX IF NOT EXISTS document_expiry ON document (workspace, expires_at) WHERE expires_at IS NOT NULL",
)

_MIB = 1024 * 1024


def lock(path: Path) -> int:
    """Hold `<path>.lock` for this process alone; the system lets go of it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f"{path.name}.lock")
    handle = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise StoreInUse(
            f"{path} is in use by another process (it holds {name}). One SQLite file serves one process; "
            "stop the other one first."
        ) from None
    except BaseException:
        os.close(handle)
        raise
    return handle


def _connect(path: Path, cache_mib: int) -> sqlite3.Connection:
    # The connection is made on a helper thread and then belongs to its lane's thread alone.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)
    db.execute("PRAGMA busy_timeout = 5000")
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(f"PRAGMA cache_size = -{cache_mib * 1024}")
    return db


def connect_writer(path: Path) -> sqlite3.Connection:
    # What visitors write is nobody else's to read; SQLite gives its other files the mode of this one.
    path.touch(mode=0o600)
    db = _connect(path, cache_mib=64)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # FULL: each commit is on the disk before it is acknowledged, so that not even a power cut takes it back.
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_autocheckpoint = 4000")  # pages, about 16 MiB: rarer checkpoints, steadier latency
        db.execute(f"PRAGMA journal_size_limit = {64 * _MIB}")  # a long read lets the log grow; give the space back
        _make_tables(db, path)
    except BaseException:
        db.close()
        raise
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    db = _connect(path, cache_mib=32)
    db.execute("PRAGMA query_only = ON")
    return db


def _make_tables(db: sqlite3.Connection, path: Path) -> None:
    with db:
        db.execute("BEGIN IMMEDIATE")
        db.execute(_TABLES[0])
        row = db.execute("SELECT version FROM schema_version").fetchone()
        if row is not None and row[0] > SCHEMA_VERSION:
            raise SchemaTooNew(
                f"{path} was written by a newer server: it has schema {row[0]}, this server knows {SCHEMA_VERSION}. "
                "Install the newer version again, or go back to a backup."
            )
        for statement in _TABLES[1:]:
            db.execute(statement)
        if row is None:
            db.execute("INSERT INTO schema_version VALUES (?)", (SCHEMA_VERSION,))
