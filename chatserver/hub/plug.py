"""How a context plugs in: one object that names its machines, wiring and tables, and opens what works on a running hub.

An operation is what a program may ask over HTTP, as data: `api/rest.py` serves them all in one way under `/api/v1`, and
the OpenAPI document is made from the same rows. A context knows the hub, and no other context.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from chatserver.access.check import Actor
from chatserver.access.permissions import Permission
from chatserver.hub.hub import Hub
from chatserver.hub.machines import Machine
from chatserver.hub.relay import Subscriber
from chatserver.hub.tables import Ask, Row, Rows, Table, Value
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
    """One row of the HTTP API. `name` is the OpenAPI operation id, `path` stands under `/api/v1`.

    `query`, `body` and `answers` are the types of what goes in and out; unknown fields are refused with their path.
    A `body` of `bytes` is taken as it comes, up to `max_body` bytes; an answer may be a `Download`. The first line
    of `run`'s docstring is the summary, the rest the description.
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


class Download(msgspec.Struct, frozen=True):
    """A file as an answer; the caller is told to save it."""

    filename: str
    mime: str
    body: bytes


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a context does while the hub runs. `close` is awaited at the end, after the subscribers have stopped."""

    operations: Sequence[Operation] = ()
    subscribers: Sequence[Subscriber] = ()
    close: Callable[[], Awaitable[None]] | None = None


class Plug(msgspec.Struct, frozen=True, kw_only=True):
    """The one object of a context. `open` is called before the hub starts, with the hub and the store's rows."""

    name: str
    open: Callable[[Hub, Rows], Opened]
    machines: Sequence[Machine] = ()
    wiring: Mapping[type[Any], Wire] = {}
    tables: Mapping[Table, str] = {}
    """Table -> name of the subscriber that writes it."""


class Paged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the query of every list: `after` is the `next` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Items of a page.")] = 50
    after: Annotated[str, Meta(max_length=500, description="The `next` of the page before.")] = ""


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A stretch of a list; `next` leads to the following one, and is null at the end."""

    items: list[T]
    next: str | None


async def page(rows: Rows, ask: Ask, query: Paged, show: Callable[[Any], T]) -> Page[T]:
    """The page of `ask` that `query` wants, each row as `show` shows it."""
    wanted = msgspec.structs.replace(ask, after=_after(ask, query.after), limit=query.limit + 1)
    found = await rows.rows(wanted)
    items = found[: query.limit]
    return Page(items=[show(row) for row in items], next=_next(ask, items[-1]) if len(found) > query.limit else None)


def _next(ask: Ask, row: Row) -> str:
    place = [getattr(row, column) for column in (ask.order, *ask.table.key)]
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _after(ask: Ask, text: str) -> tuple[Value, ...] | None:
    """A place that nobody of ours made is refused, never guessed at."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place = msgspec.json.decode(raw, type=tuple[Value, ...])
    except (msgspec.DecodeError, msgspec.ValidationError, binascii.Error, UnicodeError, ValueError):
        raise Refused(ErrorCode.BAD_REQUEST, path="$.after", reason="not a `next` of this list") from None
    if len(place) != 1 + len(ask.table.key):
        raise Refused(ErrorCode.BAD_REQUEST, path="$.after", reason="not a `next` of this list")
    return place
