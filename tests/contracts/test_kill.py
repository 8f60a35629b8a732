"""Nothing that was acknowledged is lost when a process is killed in the middle of its work."""

import subprocess
import sys
from pathlib import Path

import pytest

from chatserver.hub.ports import Store
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.contracts.batches import batch, change, record
from tests.contracts.committer import WORKSPACE
from tests.providers import mongod
from tests.providers.process import Server

_ENOUGH = 300
"""Acknowledged commits before the kill: by then many transactions are done and others are under way."""


async def test_killing_the_server_loses_no_acknowledged_commit_in_sqlite(tmp_path: Path) -> None:
    """kill -9 of the server itself, twice on the same file; afterwards the file is free for the next process."""
    path = tmp_path / "chat.db"
    for _ in range(2):
        committer = _committer(str(path))
        acknowledged = _acknowledged(committer, _ENOUGH)
        committer.kill()
        acknowledged += _rest(committer)

        store = SqliteStore(path, WORKSPACE)
        await store.open()
        await _prove(store, acknowledged)
        await store.close()


@pytest.mark.mongod
async def test_killing_mongod_loses_no_acknowledged_commit(own_mongod: Server) -> None:
    """kill -9 of the database under the server; it comes back on the same data."""
    uri = mongod.address(own_mongod.port)
    committer = _committer(uri, "kill")
    acknowledged = _acknowledged(committer, _ENOUGH)
    own_mongod.kill()
    committer.kill()
    acknowledged += _rest(committer)
    own_mongod.start()

    store = MongoStore(uri, "kill", WORKSPACE)
    await store.open()
    await _prove(store, acknowledged)
    await store.close()


async def _prove(store: Store, acknowledged: list[int]) -> None:
    """Each acknowledged seq is in the log; the log has no hole; states and log tell the same; writing goes on."""
    log = await store.read_log(0, 1_000_000)
    assert len(acknowledged) >= _ENOUGH
    assert [r.seq for r in log] == list(range(1, len(log) + 1))
    assert max(acknowledged) <= len(log)
    versions: dict[str, int] = {}
    for event in log:
        assert event.version == versions.get(event.stream, 0) + 1
        versions[event.stream] = event.version
    assert {state.stream: state.version for state in await store.list_open("conversation")} == versions
    # What was written but not acknowledged may stay or go, but only whole: its answer is there with it.
    assert await store.answered(f"i{len(log)}") is not None
    after = f"conversation/after{len(log)}"
    await store.commit(batch(change(after), record(len(log) + 1, after, 1)))


def _committer(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.committer", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


def _acknowledged(committer: subprocess.Popen[bytes], count: int) -> list[int]:
    assert committer.stdout is not None
    return [int(committer.stdout.readline()) for _ in range(count)]


def _rest(committer: subprocess.Popen[bytes]) -> list[int]:
    """What it had said by the time it was killed."""
    said, _ = committer.communicate()
    return [int(line) for line in said.splitlines()]
