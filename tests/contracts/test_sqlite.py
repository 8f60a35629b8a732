"""What the embedded store promises beyond the contract: one process a file, one fsync for many, no read in the way."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatserver.hub.ports import VersionConflict
from chatserver.kernel.tasks import spawn, stop
from chatserver.store.errors import SchemaTooNew, StoreInUse
from chatserver.store.sqlite import DELETE_EXPIRED, READS, SqliteStore
from chatserver.store.sqlite_file import connect_reader, connect_writer
from chatserver.store.sqlite_lane import Lane
from tests.contracts.batches import batch, change, everything, fill, record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chat.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(path, "w")
    await made.open()
    yield made
    await made.close()


async def test_a_second_server_on_the_same_file_is_told_which_file(store: SqliteStore, path: Path) -> None:
    with pytest.raises(StoreInUse, match=r"chat\.db is in use by another process"):
        await SqliteStore(path, "w").open()

    await store.commit(batch(record(1)))  # the first one is not disturbed
    await store.close()
    second = SqliteStore(path, "w")
    await second.open()
    assert await second.head() == 1
    await second.close()


async def test_a_store_that_did_not_open_lets_go_of_the_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, but long enough to be taken for one" * 20)
    store = SqliteStore(path, "w")
    with pytest.raises(sqlite3.DatabaseError):
        await store.open()

    path.unlink()
    await store.open()
    await store.close()


async def test_a_file_of_a_newer_server_is_refused_and_left_alone(store: SqliteStore, path: Path) -> None:
    await fill(store, 1)
    await store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE schema_version SET version = version + 1")
    db.close()
    before = path.read_bytes()

    with pytest.raises(SchemaTooNew, match=r"chat\.db was written by a newer server"):
        await store.open()
    assert path.read_bytes() == before


async def test_after_a_close_the_one_file_has_everything(store: SqliteStore, path: Path) -> None:
    """Somebody who copies chat.db of a stopped server has a whole backup."""
    await fill(store, 50)
    await store.close()

    assert [file.name for file in sorted(path.parent.iterdir())] == ["chat.db", "chat.db.lock"]
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM log").fetchone() == (50,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


async def test_every_commit_waits_for_the_disk(path: Path) -> None:
    path.parent.mkdir()
    db = connect_writer(path)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


async def test_commits_that_queue_up_share_one_transaction(path: Path) -> None:
    """What arrives during one fsync is written with the next one: sixty messages do not cost sixty of them."""
    path.parent.mkdir()
    db = connect_writer(path)
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    lane = Lane(db, "test", group=True)
    busy, gate = threading.Event(), threading.Event()

    def fsync(_: sqlite3.Connection) -> None:
        busy.set()
        gate.wait(60)

    first = spawn(lane.do(fsync), "first")
    await asyncio.to_thread(busy.wait, 60)
    rest = asyncio.gather(*(lane.do(lambda db: db.execute("SELECT 1").fetchone()) for _ in range(60)))
    await asyncio.sleep(0)  # all sixty have asked
    gate.set()
    await asyncio.gather(first, rest)
    await lane.close()

    assert statements.count("COMMIT") == 2


async def test_a_slow_read_does_not_hold_up_a_commit(store: SqliteStore, path: Path) -> None:
    """A report that takes long reads its own moment in time; messages go on meanwhile."""
    reader = Lane(connect_reader(path), "test", group=False)
    reading, gate = threading.Event(), threading.Event()

    def pause() -> bool:
        reading.set()
        return gate.wait(60)

    def slow(db: sqlite3.Connection) -> int:
        db.create_function("pause", 0, pause)
        db.execute("BEGIN")
        ((before,),) = db.execute("SELECT count(*) + 0 * pause() FROM log")
        ((after,),) = db.execute("SELECT count(*) FROM log")
        db.execute("COMMIT")
        assert before == after
        return int(after)

    await fill(store, 1)
    report = spawn(reader.do(slow), "report")
    await asyncio.to_thread(reading.wait, 60)
    await store.commit(batch(record(2)))
    gate.set()
    assert await report == 1
    assert await store.head() == 2
    await reader.close()


async def test_a_full_disk_refuses_everybody_and_leaves_nothing_half_done(path: Path) -> None:
    """When there is space again the very same commits are accepted."""
    store = SqliteStore(path, "w")
    await store.open()
    await fill(store, 3)
    before = await everything(store)
    ((pages,),) = await _as_operator(store, "PRAGMA page_count")
    await _as_operator(store, f"PRAGMA max_page_count = {pages}")
    big = [batch(change(f"conversation/c{n}", text="长" * 20_000), record(4 + n, version=4 + n)) for n in range(4)]

    outcomes = await asyncio.gather(*(store.commit(step) for step in big), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} <= {sqlite3.OperationalError, VersionConflict}
    assert isinstance(outcomes[0], sqlite3.OperationalError)
    assert "full" in str(outcomes[0])
    assert await everything(store) == before
    await _as_operator(store, "PRAGMA max_page_count = 1000000")
    await asyncio.gather(*(store.commit(step) for step in big))
    assert await store.head() == 7
    await store.close()


async def test_a_caller_that_gives_up_does_not_disturb_the_others(store: SqliteStore) -> None:
    """A connection breaks while its commit is under way: the commit is done all the same, and so are the others."""
    given_up = spawn(store.commit(batch(record(1))), "given up")
    others = asyncio.gather(*(store.commit(batch(change(f"conversation/c{n}"))) for n in range(10)))
    await asyncio.sleep(0)  # all have asked
    await stop(given_up)
    await others

    assert given_up.cancelled()
    assert await store.head() == 1
    assert len(await store.list_open("conversation")) == 10


async def test_an_operator_can_query_bodies_with_json_functions(store: SqliteStore, path: Path) -> None:
    await store.commit(batch(change("conversation/c1", text="退款")))
    db = connect_reader(path)
    found = db.execute("SELECT stream FROM state WHERE json_extract(body, '$.text') = '退款'").fetchall()
    db.close()
    assert found == [("conversation/c1",)]


PLANS = {
    "load": "state_stream (workspace=? AND stream=?)",
    "list_open": "state_open (workspace=? AND stream>? AND stream<?)",
    "due": "COVERING state_wake (workspace=? AND wake_at<?)",
    "answered": "log_input (workspace=? AND input_id=?)",
    "head": "COVERING log_seq (workspace=?)",  # of which max() looks at the last entry only
    "read_log": "log_seq (workspace=? AND seq>?)",
    "history": "log_stream (workspace=? AND stream=? AND seq<?)",
    "get_document": "document_id (workspace=? AND kind=? AND id=?)",
    "list_documents": "document_id (workspace=? AND kind=? AND id>?)",
    "delete_expired": "document_expiry (workspace=? AND expires_at<?)",
}


@pytest.mark.parametrize("read", [*READS, "delete_expired"])
async def test_no_question_walks_through_a_table(path: Path, read: str) -> None:
    """SQLite's own plan: one index finds the rows, in the order that is asked for, however many others there are."""
    path.parent.mkdir()
    db = connect_writer(path)
    statement = READS.get(read, DELETE_EXPIRED)
    values = (None,) * statement.count("?")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()

    table, wanted = statement.partition("FROM ")[2].split()[0], PLANS[read]
    using = "USING COVERING INDEX" if wanted.startswith("COVERING ") else "USING INDEX"
    assert plan == [f"SEARCH {table} {using} {wanted.removeprefix('COVERING ')}"]  # and no tree to sort with


async def _as_operator(store: SqliteStore, statement: str) -> list[tuple[object, ...]]:
    """On the store's own writing connection: limits of SQLite's belong to a connection."""
    return await store._write.do(lambda db: db.execute(statement).fetchall())


async def test_nobody_else_may_read_the_conversations(tmp_path: Path) -> None:
    """The file and what SQLite lays beside it belong to the server's user alone."""
    path = tmp_path / "chat.db"
    store = SqliteStore(path, "w")
    await store.open()
    await store.put_document("kind", "id", b"{}")
    try:
        for file in tmp_path.glob("chat.db*"):
            if not file.name.endswith(".lock"):
                assert file.stat().st_mode & 0o077 == 0, file.name
    finally:
        await store.close()
