"""What the hub needs of a store, in its own words; never a query language.

A store keeps bytes: it never judges time, never makes ids and never looks into a state or an event. Both
adapters pass one contract suite (`tests/contracts/test_store.py`). All instants are epoch milliseconds.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from chatserver.hub.tables import Rows


class LogRecord(msgspec.Struct, frozen=True):
    """One event in the log. `seq` has no gaps in a workspace, `version` none in a stream; both start at 1.

    `input_id` names the input that caused the event and stands on the first event of its step only.
    """

    seq: int
    stream: str
    version: int
    at: int
    kind: str
    body: bytes
    input_id: str | None = None


class Change(msgspec.Struct, frozen=True):
    """A stream's new state. `expected` is the version that it must have now, 0 for a stream that is new.

    `claim` is a key that at most one stream of the workspace may hold at a time (None lets go of it);
    `open` puts the stream among those that `list_open` brings back at a start.
    """

    stream: str
    expected: int
    version: int
    body: bytes
    wake_at: int | None = None
    open: bool = True
    claim: str | None = None


class StoredState(msgspec.Struct, frozen=True):
    """A stream as it was last committed."""

    stream: str
    version: int
    body: bytes
    wake_at: int | None = None


class Batch(msgspec.Struct, frozen=True):
    """What is committed together or not at all: at most one change a stream, records in the order of `seq`."""

    changes: tuple[Change, ...]
    records: tuple[LogRecord, ...]


class Answered(msgspec.Struct, frozen=True):
    """Where an input went: the first event that it caused."""

    input_id: str
    stream: str
    seq: int
    at: int


class BatchTooLarge(Exception):
    """More than the store takes in one commit, now and ever."""


class VersionConflict(Exception):
    """Somebody else has written: a stream's version, the log's next `seq` or a claim is not as expected."""


class DuplicateInput(Exception):
    """An `input_id` of the batch is already in the log."""


class Store(Protocol):
    """Durable memory of one workspace. Streams are named `kind/id`."""

    @property
    def rows(self) -> Rows:
        """What contexts keep of the log, in the same place; it answers while the store is open."""
        ...

    async def open(self) -> None:
        """Make what is missing (files, tables, indexes) and take hold of it."""
        ...

    async def close(self) -> None:
        """Finish what is under way and let go."""
        ...

    async def ping(self) -> None:
        """Raise if the store cannot answer now."""
        ...

    async def commit(self, batch: Batch) -> None:
        """Write the whole batch durably, or raise and write nothing.

        Raises `VersionConflict`, `DuplicateInput`, `BatchTooLarge`, or whatever the engine below raises (disk full, no
        primary).
        """
        ...

    async def load(self, stream: str) -> StoredState | None: ...

    async def load_all(self, streams: Sequence[str]) -> list[StoredState]:
        """Those of these streams that there are, in no order."""
        ...

    async def list_open(self, kind: str) -> list[StoredState]:
        """Every open stream of a kind, by name."""
        ...

    async def due(self, before: int, limit: int) -> list[tuple[int, str]]:
        """(wake_at, stream) with `wake_at <= before`, earliest first, then by stream."""
        ...

    async def answered(self, input_id: str) -> Answered | None: ...

    async def head(self) -> int:
        """The log's last `seq`, 0 for an empty log."""
        ...

    async def read_log(self, after: int, limit: int) -> list[LogRecord]:
        """Records with `seq > after`, in order."""
        ...

    async def history(self, stream: str, before: int, limit: int) -> list[LogRecord]:
        """The newest `limit` records of a stream with `seq < before` (0: no bound), oldest first."""
        ...

    async def put_document(self, kind: str, id: str, body: bytes, expires_at: int | None = None) -> None:
        """Keep a small document outside the log (accounts, login sessions): whole, last write wins."""
        ...

    async def get_document(self, kind: str, id: str) -> bytes | None: ...

    async def delete_document(self, kind: str, id: str) -> bool:
        """False when there was none."""
        ...

    async def list_documents(self, kind: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        """(id, body) with `id > after`, by id."""
        ...

    async def delete_expired(self, now: int) -> int:
        """Delete the documents with `expires_at <= now`; how many there were."""
        ...
