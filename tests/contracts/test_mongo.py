"""What the store for many processes promises beyond the contract: one winner among writers, failures survived."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from chatserver.hub.ports import BatchTooLarge, VersionConflict
from chatserver.store.errors import NoReplicaSet, SchemaTooNew
from chatserver.store.mongo import MongoStore
from tests.contracts.batches import NOON, batch, body, change, everything, fill, record
from tests.providers import missing, mongod
from tests.providers.process import Server

pytestmark = pytest.mark.mongod

Client = MongoClient[dict[str, Any]]
_NAME = "chatserver_test"


@pytest.fixture
def client(own_mongod: Server) -> Iterator[Client]:
    """An operator's own connection."""
    with MongoClient[dict[str, Any]](mongod.address(own_mongod.port)) as client:
        yield client


@pytest.fixture
async def store(own_mongod: Server, workspace: str) -> AsyncIterator[MongoStore]:
    made = MongoStore(mongod.address(own_mongod.port), _NAME, workspace)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def rival(own_mongod: Server, workspace: str) -> AsyncIterator[MongoStore]:
    """The same workspace as another process has it open."""
    made = MongoStore(mongod.address(own_mongod.port), _NAME, workspace)
    await made.open()
    yield made
    await made.close()


async def test_of_two_processes_exactly_one_wins_each_place_in_the_log(store: MongoStore, rival: MongoStore) -> None:
    for seq in range(1, 21):
        outcomes = await asyncio.gather(
            *(each.commit(batch(change(f"conversation/{seq}"), record(seq))) for each in (store, rival)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [VersionConflict]
    assert [r.seq for r in await store.read_log(0, 100)] == list(range(1, 21))


async def test_two_processes_that_write_as_they_can_leave_no_gap_for_a_reader(
    store: MongoStore, rival: MongoStore
) -> None:
    """Both read the head and try the next place; whoever loses looks again. Readers on both sides see 1, 2, 3, …"""
    last = 60
    lost = 0

    async def write(mine: MongoStore, stream: str) -> None:
        nonlocal lost
        version = 0
        while (head := await mine.head()) < last:
            try:
                await mine.commit(batch(change(stream, version), record(head + 1, stream, version + 1)))
            except VersionConflict:
                lost += 1
                continue
            version += 1

    async def follow(mine: MongoStore) -> list[int]:
        seen: list[int] = []
        while len(seen) < last:
            seen.extend(r.seq for r in await mine.read_log(seen[-1] if seen else 0, 5))
        return seen

    writers = asyncio.gather(*(write(each, f"conversation/{n}") for n, each in enumerate((store, rival, store, rival))))
    here, there = await asyncio.gather(follow(store), follow(rival))
    await writers
    assert here[:last] == there[:last] == list(range(1, last + 1))
    assert lost > 0  # they really were in each other's way


async def test_of_two_processes_exactly_one_gets_a_claim(store: MongoStore, rival: MongoStore) -> None:
    for n in range(10):
        outcomes = await asyncio.gather(
            store.commit(batch(change(f"conversation/here{n}", claim=f"visitor/{n}"))),
            rival.commit(batch(change(f"conversation/there{n}", claim=f"visitor/{n}"))),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [VersionConflict]


async def test_a_commit_whose_answer_was_lost_is_found_to_be_done(store: MongoStore, client: Client) -> None:
    """The database did it but could not say so, however often it was asked; the log tells."""
    step = batch(change("conversation/c1"), record(1, input_id="i1"))
    slow_majority = {"code": 64, "errmsg": "waiting for replication timed out"}
    with _hasty(store), _failing(client, "commitTransaction", writeConcernError=slow_majority):
        await store.commit(step)

    assert await store.read_log(0, 9) == [*step.records]
    await store.commit(batch(change("conversation/c1", 1), record(2)))


async def test_a_commit_that_never_arrived_is_not_taken_for_done(store: MongoStore, client: Client) -> None:
    """It is reported, leaves nothing, and does not stand in the way of the next attempt."""
    before = await everything(store)
    with (
        _hasty(store),
        _failing(client, "commitTransaction", closeConnection=True),
        pytest.raises(PyMongoError),
    ):
        await store.commit(batch(change("conversation/c1"), record(1)))

    assert await everything(store) == before
    await store.commit(batch(change("conversation/c1"), record(1)))


@pytest.mark.parametrize("command", ["insert", "update", "find", "commitTransaction"])
async def test_a_failure_that_passes_is_not_noticed(store: MongoStore, client: Client, command: str) -> None:
    """A conflict inside the database, or a primary that steps down: the transaction is simply done again."""
    await store.commit(batch(change("conversation/c1"), change("conversation/c2")))
    step = batch(change("conversation/c1", 1), change("conversation/c2", 1), record(1, input_id="i1"))

    with _failing(client, command, errorCode=112, errorLabels=["TransientTransactionError"], times=3):
        await store.commit(step)

    assert await store.read_log(0, 9) == [*step.records]
    assert [state.version for state in await store.list_open("conversation")] == [2, 2]


async def test_a_failure_that_does_not_pass_is_reported_and_leaves_nothing(store: MongoStore, client: Client) -> None:
    before = await everything(store)
    with (
        _hasty(store),
        _failing(client, "insert", errorCode=112, errorLabels=["TransientTransactionError"]),
        pytest.raises(PyMongoError),
    ):
        await store.commit(batch(change("conversation/c1"), record(1)))
    assert await everything(store) == before


async def test_a_standalone_server_is_refused_with_the_remedy() -> None:
    """Without a replica set there are no transactions, and so no promise could be kept."""
    program = mongod.program() or missing("a mongod program", mongod.REMEDY)
    with mongod.server(program, replica_set=False) as server, pytest.raises(NoReplicaSet, match="--replSet"):
        await MongoStore(mongod.address(server.port), "chat", "w").open()


async def test_a_database_of_a_newer_server_is_refused(own_mongod: Server, client: Client) -> None:
    client["newer"]["schema_version"].insert_one({"_id": "chatserver", "version": 99})

    with pytest.raises(SchemaTooNew, match="newer was written by a newer server"):
        await MongoStore(mongod.address(own_mongod.port), "newer", "w").open()
    assert client["newer"].list_collection_names() == ["schema_version"]


async def test_two_processes_can_open_a_new_database_at_the_same_moment(own_mongod: Server, client: Client) -> None:
    stores = [MongoStore(mongod.address(own_mongod.port), "brand_new", "w") for _ in range(3)]
    await asyncio.gather(*(store.open() for store in stores))
    await stores[0].commit(batch(record(1)))
    assert await stores[1].head() == 1
    await asyncio.gather(*(store.close() for store in stores))
    client.drop_database("brand_new")


@pytest.mark.parametrize("command", ["update", "insert", "commitTransaction"])
async def test_a_commit_that_is_too_large_is_known_as_one(store: MongoStore, client: Client, command: str) -> None:
    """It is not tried again, and leaves nothing."""
    await store.commit(batch(change("conversation/c1"), record(1)))
    before = await everything(store)
    with _failing(client, command, errorCode=388), pytest.raises(BatchTooLarge):
        await store.commit(batch(change("conversation/c1", 1), record(2)))
    assert await everything(store) == before
    await store.commit(batch(change("conversation/c1", 1), record(2)))


async def test_an_operator_can_query_what_is_inside_bodies(store: MongoStore, client: Client, workspace: str) -> None:
    await store.commit(batch(change("conversation/c1", text="退款"), record(1)))
    found = client[_NAME]["state"].find_one({"workspace": workspace, "body.text": "退款"})
    assert found is not None
    assert found["stream"] == "conversation/c1"
    assert client[_NAME]["log"].count_documents({"workspace": workspace, "body.text": "第1句"}) == 1


async def test_no_question_walks_through_a_collection(store: MongoStore, client: Client) -> None:
    """The database's own profile of each call: an index finds the rows, in order, and no more than are given."""
    for n in range(30):
        closed = change(f"conversation/{n:02}", open=n % 10 == 0, wake_at=NOON + n, claim=f"claim{n}")
        await store.commit(batch(closed))
    await fill(store, 60)
    for n in range(30):
        await store.put_document("account", f"{n:02}", body(n=n), NOON + n)
    calls = {
        "load": store.load("conversation/07"),
        "load_all": store.load_all(["conversation/07", "conversation/11"]),
        "list_open": store.list_open("conversation"),
        "due": store.due(NOON + 2, 10),
        "answered": store.answered("i1"),
        "head": store.head(),
        "read_log": store.read_log(20, 10),
        "history": store.history("conversation/c1", 30, 10),
        "history, newest": store.history("conversation/c1", 0, 10),
        "get_document": store.get_document("account", "07"),
        "list_documents": store.list_documents("account", "10", 5),
        "delete_document": store.delete_document("account", "29"),
        "delete_expired": store.delete_expired(NOON + 3),
        "let go, change, append": store.commit(
            batch(change("conversation/01", 1, claim="claim2"), change("conversation/02", 1), record(61))
        ),
    }
    database = client[_NAME]
    database.command("profile", 2)
    try:
        for call in calls.values():
            await call
    finally:
        database.command("profile", 0)
    profile = list(database["system.profile"].find({"op": {"$in": ["query", "update", "remove"]}, "ns": {"$ne": None}}))
    database["system.profile"].drop()

    assert len(profile) >= len(calls)
    for entry in profile:
        assert entry["planSummary"].startswith(("IXSCAN", "IDHACK")), entry
        assert not entry.get("hasSortStage"), entry
        given = entry.get("nreturned", 0) + entry.get("nMatched", 0) + entry.get("ndeleted", 0)
        assert entry["docsExamined"] <= given, entry


@contextlib.contextmanager
def _hasty(store: MongoStore) -> Iterator[None]:
    """It gives up soon, where nothing comes of waiting; a busy machine still gets as far as the failure."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_patience", 3.0)
        yield


@contextlib.contextmanager
def _failing(client: Client, command: str, *, times: int = 1_000_000, **failure: object) -> Iterator[None]:
    """While it lasts, the store's next `times` commands of one name fail as told, inside the real database."""
    data = {"failCommands": [command], "appName": "chatserver", **failure}
    client.admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)
    try:
        yield
    finally:
        client.admin.command("configureFailPoint", "failCommand", mode="off")
