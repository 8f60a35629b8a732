"""The port's records as MongoDB documents and back: plain data, without the driver.

Bodies become native BSON, so that an operator can query what is inside; what BSON cannot hold faithfully stays as
bytes. A field without a value is left out, so that partial indexes can ask for its existence.
"""

from typing import Any

import msgspec

from chatserver.hub.ports import Change, LogRecord, StoredState

Row = dict[str, Any]

# MongoDB refuses documents nested deeper than 100; the document around a body and the command around that take a few.
_DEPTH = 80
_INT64 = range(-(2**63), 2**63)


def state_row(workspace: str, change: Change) -> Row:
    row: Row = {"workspace": workspace, "stream": change.stream, "version": change.version, "open": change.open}
    return row | present("wake_at", change.wake_at) | present("claim", change.claim) | {"body": to_bson(change.body)}


def stored_state(row: Row) -> StoredState:
    wake_at = row.get("wake_at")
    return StoredState(
        row["stream"], int(row["version"]), from_bson(row["body"]), None if wake_at is None else int(wake_at)
    )


def log_row(workspace: str, record: LogRecord) -> Row:
    row: Row = {"workspace": workspace, "seq": record.seq, "stream": record.stream, "version": record.version}
    row |= {"at": record.at, "kind": record.kind} | present("input_id", record.input_id)
    return row | {"body": to_bson(record.body)}


def log_record(row: Row) -> LogRecord:
    return LogRecord(
        seq=int(row["seq"]),
        stream=row["stream"],
        version=int(row["version"]),
        at=int(row["at"]),
        kind=row["kind"],
        body=from_bson(row["body"]),
        input_id=row.get("input_id"),
    )


def present(field: str, value: int | str | None) -> Row:
    """The field alone, or nothing when it has no value."""
    return {} if value is None else {field: value}


def to_bson(body: bytes) -> Any:
    """Native values when they come back as the same data, else the bytes themselves."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return body
    return value if _fits(value, _DEPTH) else body


def from_bson(value: Any) -> bytes:
    """JSON of the same data, keys in the same order; bytes as they are."""
    if isinstance(value, bytes):
        return value
    return msgspec.json.encode(value, enc_hook=int)  # the driver's 64-bit integers are a class of their own


def _fits(value: Any, depth: int) -> bool:
    """False for what the database refuses (depth, NUL in a key, huge numbers) or could take for a command ("$…")."""
    if isinstance(value, dict):
        return depth > 0 and all(
            not key.startswith("$") and "\0" not in key and _fits(item, depth - 1) for key, item in value.items()
        )
    if isinstance(value, list):
        return depth > 0 and all(_fits(item, depth - 1) for item in value)
    return not isinstance(value, int) or value in _INT64
