"""The stores under contract. Each test has a workspace of its own, so that one MongoDB database serves them all."""

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from chatserver.hub.ports import Store
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.fakes.memory_store import MemoryStore
from tests.providers import missing, mongod
from tests.providers.process import Server

NewStore = Callable[[str], Store]
"""Makes a store of the named workspace, not opened; every store of a test is on the same data."""

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def database(mongodb_uri: str) -> Iterator[str]:
    """The name of a MongoDB database that is dropped at the end."""
    name = f"chatserver_test_{os.getpid()}"
    yield name
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        client.drop_database(name)


@pytest.fixture(scope="session")
def own_mongod() -> Iterator[Server]:
    """A MongoDB server that a test may harm."""
    found = mongod.program() or missing("a mongod program", mongod.REMEDY)
    with mongod.server(found) as server:
        yield server


@pytest.fixture
def workspace() -> str:
    return f"w{next(_numbers)}"


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.mongod)])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> NewStore:
    """The durable stores."""
    if request.param == "sqlite":
        return lambda workspace: SqliteStore(tmp_path / "chat.db", workspace)
    uri, database = request.getfixturevalue("mongodb_uri"), request.getfixturevalue("database")
    return lambda workspace: MongoStore(uri, database, workspace)


@pytest.fixture(params=["memory", "sqlite", pytest.param("mongo", marks=pytest.mark.mongod)])
async def store(request: pytest.FixtureRequest, tmp_path: Path, workspace: str) -> AsyncIterator[Store]:
    """Every store, open and empty; the one in memory must keep the same promises, because other tests rely on it."""
    made: Store
    match request.param:
        case "memory":
            made = MemoryStore()
        case "sqlite":
            made = SqliteStore(tmp_path / "chat.db", workspace)
        case _:
            uri, database = request.getfixturevalue("mongodb_uri"), request.getfixturevalue("database")
            made = MongoStore(uri, database, workspace)
    await made.open()
    yield made
    await made.close()
