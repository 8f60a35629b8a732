"""How a context plugs in: one object that names its machines, wiring and tables, and opens what works on a running hub.

An operation is what a program may ask over HTTP, as data: `api/rest.py` serves them all in one way under `/api/v1`, and
the OpenAPI document is made from the same rows. A context knows the hub, and no other context.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from chatserver.access.check import Actor, Target
from chatserver.access.permissions import Permission
from chatserver.conversation.content import Said
from chatserver.hub.hub import Hub
from chatserver.hub.machines import Machine
from chatserver.hub.relay import Subscriber
from chatserver.hub.step import Happened
from chatserver.hub.tables import Ask, Rows, Table, Tally
from chatserver.hub.wiring import Row as Wire
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.wire import Sent

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


class Door(Protocol):
    """Whatever holds operations: a part's way in over HTTP."""

    @property
    def operations(self) -> Sequence[Operation]: ...


class Uploads(Protocol):
    """附件: what was uploaded, by its id."""

    async def content(self, media: str, owner: str) -> Said:
        """As a message of `owner` (`agent:a1`) holds it. Raises `Refused(media_unknown)` for what is not there, or is
        somebody else's."""
        ...

    def small(self, media: str) -> str:
        """Where a picture's small edition is shown, as a path on this server."""
        ...

    async def hold(self, holder: str, media: str | None) -> bool:
        """From now on `holder` keeps this upload in use, and no other. Whether it is a picture that agents own; what
        is none is not kept. Saying it twice changes nothing."""
        ...


class _NoUploads:
    async def content(self, media: str, owner: str) -> Said:
        raise Refused(ErrorCode.MEDIA_UNKNOWN, media=media)

    def small(self, media: str) -> str:
        return ""

    async def hold(self, holder: str, media: str | None) -> bool:
        return False


NO_UPLOADS: Uploads = _NoUploads()
"""A server without the part that keeps them."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a context: `url`, where people reach the server, and what was uploaded to it."""

    url: str = "http://localhost"
    uploads: Uploads = NO_UPLOADS


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What connected consoles are told of a context's event: `data` as `event` of the wire, to all whose `requires`
    reaches one of the `targets`."""

    event: str
    data: Sent
    requires: Permission
    targets: Sequence[Target]


Tell = Callable[[int, Happened], Awaitable[News | None]]


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What a context does while the hub runs. `start` is awaited at the beginning, `close` at the end, after the
    subscribers have stopped. `news`, by the kind of stream, says what consoles hear of a record of the log, if it is
    worth telling."""

    operations: Sequence[Operation] = ()
    subscribers: Sequence[Subscriber] = ()
    news: Mapping[str, Tell] = {}
    start: Callable[[], Awaitable[None]] | None = None
    close: Callable[[], Awaitable[None]] | None = None


class Plug(msgspec.Struct, frozen=True, kw_only=True):
    """The one object of a context. `open` is called before the hub starts, with the hub, the store's rows, and what
    surrounds them."""

    name: str
    open: Callable[[Hub, Rows, Site], Opened]
    machines: Sequence[Machine] = ()
    wiring: Mapping[type[Any], Wire] = {}
    tables: Mapping[Table, str] = {}
    """Table -> name of the subscriber that writes it."""
    questions: Mapping[str, Ask | Tally] = {}
    """What its operations ask of the tables, by a name: a test demands an index for each, a benchmark its time."""
