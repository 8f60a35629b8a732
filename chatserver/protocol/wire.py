"""Words that both ends of the wire share: ids, acknowledgements, and the decoder that names the bad field."""

import re
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, field

from chatserver.conversation.content import AnyContent
from chatserver.conversation.model import Quote
from chatserver.kernel.errors import ERRORS, ErrorCode, Refused, Retry

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_:.\-]+$(?!\n)")]
"""An id that a client made or repeats: no spaces, no controls, fit for a log line (`$` alone would let a last line
break through)."""

Seq = Annotated[int, Meta(ge=0)]
"""A place in the workspace's log."""


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a client sends: unknown fields are refused by name."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what the server sends: clients ignore fields that they do not know."""


class Ack(Sent, frozen=True, kw_only=True):
    """Durable: the input is in the log at `seq`, and was accepted at `at` (epoch ms)."""

    seq: int
    at: int
    conversation: str = ""


class LineAt(Struct, frozen=True, kw_only=True):
    """A line of the conversation, by its place in the log."""

    seq: Seq


class Refusal(Sent, frozen=True, kw_only=True):
    """Why not. `data` may hold `path`, the place of the offending field."""

    code: str
    retry: Retry
    data: dict[str, Any] = {}


class Failed(Sent, frozen=True, kw_only=True):
    """The acknowledgement of a refused input."""

    error: Refusal


class Item(Sent, frozen=True, kw_only=True):
    """One line of a conversation as a person sees it; `note` marks a line that only agents see, `whisper` one of them
    that is for the agent who serves.

    With `replaces`, it is no line of its own: it stands in the place of the line with that id from now on. `edited`: it
    does not read as it did at first. `original` is what it said before it was recalled, for those who may know.
    """

    seq: int
    id: str
    at: int
    conversation: str
    by: Literal["visitor", "agent", "bot", "system"]
    content: AnyContent
    name: str = ""
    avatar: str = ""
    note: bool = False
    whisper: bool = False
    mentions: list[str] = field(default_factory=list)
    quote: Quote | None = None
    replaces: str | None = None
    edited: bool = False
    original: AnyContent | None = None


class Page(Sent, frozen=True, kw_only=True):
    """A stretch of a conversation, oldest first; `more` says that older lines exist."""

    items: list[Item]
    more: bool


T = TypeVar("T")
_AT = re.compile(r" - at `(\$[^`]*)`$")
_FIELD = re.compile(r"(?:required field|unknown field) `([^`]+)`")


def decode(kind: type[T], data: object) -> T:
    """Read what a client sent; `Refused(bad_request)` names the path and the reason."""
    try:
        return msgspec.convert(data, kind, strict=True)
    except msgspec.ValidationError as failure:
        raise bad_request(failure) from None


def bad_request(failure: msgspec.ValidationError, code: ErrorCode = ErrorCode.BAD_REQUEST) -> Refused:
    """msgspec's sentence, split into the path of the field and the reason."""
    text = str(failure)
    path = m.group(1) if (m := _AT.search(text)) else "$"
    if field := _FIELD.search(text):
        path = f"{path}.{field.group(1)}"
    if "of length <=" in text:
        code = ErrorCode.TOO_LARGE
    return Refused(code, path=path, reason=_AT.sub("", text))


def refusal(refused: Refused) -> Failed:
    """The wire's form of a refusal. What it repeats of a header need not be text."""
    data = {k: v.encode(errors="replace").decode() if isinstance(v, str) else v for k, v in refused.data.items()}
    return Failed(error=Refusal(code=refused.code.value, retry=ERRORS[refused.code].retry, data=data))
