"""The store port kept in plain dictionaries: the fast store of other tests and the model of the contract suite.

It behaves like the durable stores in everything but durability, and knows nothing of disks, networks or JSON.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from chatserver.hub.ports import (
    Answered,
    Batch,
    Change,
    DuplicateInput,
    LogRecord,
    StoredState,
    VersionConflict,
)
from tests.fakes.memory_rows import Documents, MemoryRows


class MemoryStore:
    """One workspace in memory. Set `broken` to an error to make every call raise it, as with a full disk.

    Data outlive `close()`, so that a test can open the same store again as after a restart.
    """

    def __init__(self) -> None:
        self.broken: Exception | None = None
        self._states: dict[str, Change] = {}
        self._claims: dict[str, str] = {}
        self._log: list[LogRecord] = []
        self._streams: dict[str, dict[int, LogRecord]] = {}
        self._inputs: dict[str, LogRecord] = {}
        self._documents: Documents = {}
        self.rows = MemoryRows(lambda: self._turn(), self._documents)

    async def open(self) -> None:
        await self._turn()

    async def close(self) -> None:
        await asyncio.sleep(0)

    async def ping(self) -> None:
        await self._turn()

    async def commit(self, batch: Batch) -> None:
        await self._turn()
        self._check_inputs(batch.records)
        self._check_changes(batch.changes)
        self._check_records(batch.records)
        self._check_claims(batch.changes)
        # Everything has been checked: from here on nothing can fail, so the batch is written whole.
        self._keep(batch.changes)
        for record in batch.records:
            self._log.append(record)
            self._streams.setdefault(record.stream, {})[record.version] = record
            if record.input_id is not None:
                self._inputs[record.input_id] = record

    async def load(self, stream: str) -> StoredState | None:
        await self._turn()
        change = self._states.get(stream)
        return _state(change) if change else None

    async def load_all(self, streams: Sequence[str]) -> list[StoredState]:
        await self._turn()
        return [_state(self._states[stream]) for stream in streams if stream in self._states]

    async def list_open(self, kind: str) -> list[StoredState]:
        await self._turn()
        prefix = f"{kind}/"
        found = [c for c in self._states.values() if c.open and c.stream.startswith(prefix)]
        return [_state(change) for change in sorted(found, key=lambda c: c.stream)]

    async def due(self, before: int, limit: int) -> list[tuple[int, str]]:
        await self._turn()
        waiting = [(c.wake_at, c.stream) for c in self._states.values() if c.wake_at is not None]
        return sorted(item for item in waiting if item[0] <= before)[:limit]

    async def answered(self, input_id: str) -> Answered | None:
        await self._turn()
        record = self._inputs.get(input_id)
        return Answered(input_id, record.stream, record.seq, record.at) if record else None

    async def head(self) -> int:
        await self._turn()
        return len(self._log)

    async def read_log(self, after: int, limit: int) -> list[LogRecord]:
        await self._turn()
        start = max(after, 0)
        return self._log[start : start + limit]

    async def history(self, stream: str, before: int, limit: int) -> list[LogRecord]:
        await self._turn()
        records = self._streams.get(stream, {}).values()
        older = [record for record in records if not before or record.seq < before]
        return older[max(len(older) - limit, 0) :]

    async def put_document(self, kind: str, id: str, body: bytes, expires_at: int | None = None) -> None:
        await self._turn()
        self._documents[kind, id] = (body, expires_at)

    async def get_document(self, kind: str, id: str) -> bytes | None:
        await self._turn()
        found = self._documents.get((kind, id))
        return found[0] if found else None

    async def delete_document(self, kind: str, id: str) -> bool:
        await self._turn()
        return self._documents.pop((kind, id), None) is not None

    async def list_documents(self, kind: str, after: str, limit: int) -> list[tuple[str, bytes]]:
        await self._turn()
        found = sorted((id, body) for (of, id), (body, _) in self._documents.items() if of == kind and id > after)
        return found[:limit]

    async def delete_expired(self, now: int) -> int:
        await self._turn()
        gone = [key for key, (_, expires) in self._documents.items() if expires is not None and expires <= now]
        for key in gone:
            del self._documents[key]
        return len(gone)

    async def _turn(self) -> None:
        # A real store always lets others run meanwhile; a fake that does not would hide races.
        await asyncio.sleep(0)
        if self.broken is not None:
            raise self.broken

    def _check_inputs(self, records: tuple[LogRecord, ...]) -> None:
        seen: set[str] = set()
        for record in records:
            if record.input_id is None:
                continue
            if record.input_id in self._inputs or record.input_id in seen:
                raise DuplicateInput(record.input_id)
            seen.add(record.input_id)

    def _check_changes(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            stored = self._states.get(change.stream)
            if (stored.version if stored else 0) != change.expected:
                raise VersionConflict(change.stream)

    def _check_records(self, records: tuple[LogRecord, ...]) -> None:
        taken: set[tuple[str, int]] = set()
        for seq, record in enumerate(records, len(self._log) + 1):
            if record.seq != seq:
                raise VersionConflict(f"seq {record.seq}, expected {seq}")
            place = (record.stream, record.version)
            if place in taken or record.version in self._streams.get(record.stream, {}):
                raise VersionConflict(f"{record.stream} version {record.version}")
            taken.add(place)

    def _check_claims(self, changes: tuple[Change, ...]) -> None:
        # The batch counts as a whole: a claim may pass from one of its streams to another.
        changed = {change.stream for change in changes}
        taken: set[str] = set()
        for change in changes:
            if change.claim is None:
                continue
            if change.claim in taken or self._claims.get(change.claim, change.stream) not in changed:
                raise VersionConflict(f"claim {change.claim}")
            taken.add(change.claim)

    def _keep(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            before = self._states.get(change.stream)
            if before is not None and before.claim is not None:
                del self._claims[before.claim]
        for change in changes:
            self._states[change.stream] = change
            if change.claim is not None:
                self._claims[change.claim] = change.stream


def _state(change: Change) -> StoredState:
    return msgspec.convert(change, StoredState, from_attributes=True)
