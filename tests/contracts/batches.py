"""Short ways to say what is committed. Bodies are JSON, as the hub's are; some are Chinese, as the market is."""

import msgspec

from chatserver.hub.ports import Batch, Change, LogRecord, Store

NOON = 1_790_000_000_000
"""An instant in epoch milliseconds; nothing depends on which."""


def body(**fields: object) -> bytes:
    return msgspec.json.encode(fields)


def change(
    stream: str,
    expected: int = 0,
    *,
    text: str = "您好",
    wake_at: int | None = None,
    open: bool = True,
    claim: str | None = None,
) -> Change:
    """A stream's step from `expected` to the next version."""
    return Change(stream, expected, expected + 1, body(text=text), wake_at, open, claim)


def record(
    seq: int, stream: str = "conversation/c1", version: int | None = None, *, input_id: str | None = None
) -> LogRecord:
    """An event in a stream; without `version`, the stream has all the log to itself."""
    return LogRecord(seq, stream, version or seq, NOON + seq, "visitor_spoke", body(text=f"第{seq}句"), input_id)


def batch(*parts: Change | LogRecord) -> Batch:
    return Batch(
        tuple(part for part in parts if isinstance(part, Change)),
        tuple(part for part in parts if isinstance(part, LogRecord)),
    )


async def fill(store: Store, count: int, stream: str = "conversation/c1") -> None:
    """Records 1 to `count` of an empty log."""
    await store.commit(batch(*(record(seq, stream) for seq in range(1, count + 1))))


async def everything(store: Store) -> tuple[object, ...]:
    """All that can be seen of a workspace, to prove that nothing of it has changed."""
    return (
        await store.head(),
        await store.read_log(0, 1000),
        await store.list_open("conversation"),
        await store.list_open("agent"),
        await store.due(2**53, 1000),
    )
