"""A transaction in MongoDB, done again as long as the database says that it may work next time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pymongo import AsyncMongoClient, ReadPreference
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

DURABLE = WriteConcern("majority", j=True)

# A conflict between transactions passes in milliseconds, an election in a second or two: 1.3 s of pauses in all.
_TRIES = 8
_FIRST_PAUSE = 0.005

Client = AsyncMongoClient[dict[str, Any]]


class InDoubt(Exception):
    """A transaction's commit was sent, and the database did not say whether it was done."""

    def __init__(self, session_id: Mapping[str, Any]) -> None:
        super().__init__("the outcome of a commit is unknown")
        self.session_id = session_id


async def transact(client: Client, work: Callable[[AsyncClientSession], Awaitable[None]]) -> None:
    """`work` on a snapshot, durable when this returns. Raises `InDoubt`, or what the database said in the end."""
    pause = _FIRST_PAUSE
    for left in reversed(range(_TRIES)):
        try:
            return await _once(client, work)
        except PyMongoError as failure:
            if not failure.has_error_label("TransientTransactionError") or not left:
                raise
        await asyncio.sleep(pause)
        pause *= 2


async def _once(client: Client, work: Callable[[AsyncClientSession], Awaitable[None]]) -> None:
    """Leaving the session takes back what was not committed."""
    async with client.start_session() as session:
        await session.start_transaction(ReadConcern("snapshot"), DURABLE, ReadPreference.PRIMARY)
        await work(session)
        doubt: PyMongoError | None = None
        for _ in range(_TRIES):
            try:
                return await session.commit_transaction()
            except PyMongoError as failure:
                # To commit the same transaction again is safe, and the answer to that will do as well.
                if failure.has_error_label("UnknownTransactionCommitResult"):
                    doubt = failure
                elif doubt is None:
                    raise
        raise InDoubt(session.session_id) from doubt


async def end(client: Client, doubt: InDoubt) -> None:
    """A transaction that still stands open can neither be done later nor keep others from writing for a minute.

    After this a linearizable look tells the outcome: it waits until a majority has what it saw, so a slow majority is
    not taken for a commit that failed.
    """
    await client.admin.command("killSessions", [doubt.session_id])
