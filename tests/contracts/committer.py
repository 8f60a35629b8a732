"""A process that commits as fast as it can and says on standard output which seq is acknowledged, until it is killed.

Run as `python -m tests.contracts.committer <path>` or `… <mongodb uri> <database>`; the workspace is `kill`.
"""

import asyncio
import os
import sys
from pathlib import Path

from chatserver.hub.ports import Store
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.contracts.batches import batch, change, record

WORKSPACE = "kill"
_WRITERS = 8


async def main(store: Store) -> None:
    """Each commit is one change of one stream and its event, like a message."""
    await store.open()
    seq = await store.head()

    async def write(stream: str) -> None:
        nonlocal seq
        state = await store.load(stream)
        version = state.version if state else 0
        while True:
            seq += 1
            mine = seq
            await store.commit(batch(change(stream, version), record(mine, stream, version + 1, input_id=f"i{mine}")))
            version += 1
            # One write of a whole line, straight to the pipe: what was said before the kill is never lost or cut.
            os.write(sys.stdout.fileno(), b"%d\n" % mine)

    async with asyncio.TaskGroup() as writers:
        for number in range(_WRITERS):
            writers.create_task(write(f"conversation/c{number}"))


if __name__ == "__main__":
    match sys.argv[1:]:
        case [uri, database]:
            asyncio.run(main(MongoStore(uri, database, WORKSPACE)))
        case [path]:
            asyncio.run(main(SqliteStore(Path(path), WORKSPACE)))
        case _:
            sys.exit(__doc__)
