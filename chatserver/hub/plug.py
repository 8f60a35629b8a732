"""How a context plugs in: one object that names its machines, wiring and tables, and opens what works on a running hub.

An operation is what a program may ask over HTTP, as data: `api/rest.py` serves them all in one way under `/api/v1`, and
the OpenAPI document is made from the same rows. A context knows the hub, and no other context.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from chatserver.access.check import Actor
from chatserver.access.permissions import Permission
from chatserver.hub.hub import Hub
from chatserver.hub.machines import Machine
from chatserver.hub.relay import Subscriber
from chatserver.hub.tables import Ask, Is, Row, Rows, Table, Tally, Value
from chatserver.hub.wiring import Row as Wire
from chatserver.kernel.errors import ErrorCode, Refused

T = TypeVar("T")

MAX_BODY = 1_000_000
"""Bytes of a request's body, unless its operation says otherwise."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request: decoded, and `actor` holds the operation's permission at some scope. Whether that reaches the object
    the operation asks itself (`access.check.require`).

    `path` holds the values of the path's `{names}`. `id` is fit as an input id: it is the same when the caller
    repeats the request with the same idempotency key.
    """

    actor: Actor
    id: str
    path: Mapping[str, str] = {}
    query: Any = None
    body: Any = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the HTTP API. `name` is the OpenAPI operation id (like `listTags`), `path` stands under `/api/v1`.

    `query`, `body` and `answers` are the types of what goes in and out; unknown fields are refused with their path.
    A `body` of `bytes` is taken as it comes, up to `max_body` bytes; an answer may be a `Download`, and without one the
    status is 204. `shows_secret`: what it answers is shown once, so it is not kept for repetitions. The first line of
    `run`'s docstring is the summary, the rest the description.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    requires: Permission | None
    run: Callable[[Call], Awaitable[Any]]
    query: type[Any] | None = None
    body: type[Any] | None = None
    answers: Any = None
    status: int = 200
    max_body: int = MAX_BODY
    shows_secret: bool = False


class Download(msgspec.Struct, frozen=True):
    """A file as an answer; the caller is told to save it."""

    filename: str
    mime: str
    body: bytes


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a context does while the hub runs. `start` is awaited at the beginning, `close` at the end, after the
    subscribers have stopped."""

    operations: Sequence[Operation] = ()
    subscribers: Sequence[Subscriber] = ()
    start: Callable[[], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] | None = None


class Plug(msgspec.Struct, frozen=True, kw_only=True):
    """The one object of a context. `open` is called before the hub starts, with the hub and the store's rows."""

    name: str
    open: Callable[[Hub, Rows], Opened]
    machines: Sequence[Machine] = ()
    wiring: Mapping[type[Any], Wire] = {}
    tables: Mapping[Table, str] = {}
    """Table -> name of the subscriber that writes it."""
    questions: Mapping[str, Ask | Tally] = {}
    """What its operations ask of the tables, by a name: a test demands an index for each, a benchmark its time."""


class Paged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the query of every list: `after` is the `next` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Items of a page.")] = 50
    after: Annotated[str, Meta(max_length=500, description="The `next` of the page before.")] = ""


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A stretch of a list; `next` leads to the following one, and is null at the end."""

    items: list[T]
    next: str | None


async def page(rows: Rows, ask: Ask | Sequence[Ask], query: Paged, show: Callable[[Any], T]) -> Page[T]:
    """The page of `ask` that `query` wants, each row as `show` shows it.

    Of several asks, in one order and with keys that begin alike, the rows that any of them finds, each once: what one
    may see for several reasons is asked for each reason, and each is answered from its own index.
    """
    asks = (ask,) if isinstance(ask, Ask) else tuple(ask)
    if not asks:
        return Page(items=[], next=None)
    place = _place(asks[0], query.after)
    found = [await rows.rows(_from(each, asks[0], place, query.limit + 1)) for each in asks]
    items = _together(asks[0], found) if len(asks) > 1 else found[0]
    last = items[query.limit - 1] if len(items) > query.limit else None
    return Page(items=[show(row) for row in items[: query.limit]], next=_next(asks[0], last) if last else None)


def _from(ask: Ask, first: Ask, place: tuple[Value, ...] | None, limit: int) -> Ask:
    """`place` is one of the first ask's; what else belongs to this one's key, its conditions say."""
    if place is None:
        return msgspec.structs.replace(ask, limit=limit)
    known = dict(zip((first.order, *first.table.key), place, strict=True))
    fixed = {term.column: term.values[0] for term in ask.where if isinstance(term, Is) and len(term.values) == 1}
    after = tuple(known[column] if column in known else fixed[column] for column in (ask.order, *ask.table.key))
    return msgspec.structs.replace(ask, after=after, limit=limit)


def _together(ask: Ask, found: Sequence[Sequence[Row]]) -> list[Row]:
    def place(row: Row) -> list[tuple[bool, Any]]:
        values = [getattr(row, column) for column in (ask.order, *ask.table.key)]
        return [(value is not None, value) for value in values]

    each = {tuple(getattr(row, column) for column in ask.table.key): row for rows in found for row in rows}
    return sorted(each.values(), key=place, reverse=ask.descending)


def _next(ask: Ask, row: Row) -> str:
    place = [getattr(row, column) for column in (ask.order, *ask.table.key)]
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(ask: Ask, text: str) -> tuple[Value, ...] | None:
    """A place that nobody of ours made is refused, never guessed at."""
    if not text:
        return None
    kinds = {field.name: field.type for field in msgspec.structs.fields(ask.table.row)}
    columns = (ask.order, *ask.table.key)
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place = msgspec.json.decode(raw, type=list[Value])
        return tuple(_fitting(kinds[column], value) for column, value in zip(columns, place, strict=True))
    except ValueError:  # of whichever decoder
        raise Refused(ErrorCode.BAD_REQUEST, path="$.after", reason="not a `next` of this list") from None


def _fitting(kind: Any, value: Value) -> Value:
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("no column holds it")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
    msgspec.convert(value, kind)
    return value
