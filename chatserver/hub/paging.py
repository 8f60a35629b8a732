"""Lists over HTTP, a page at a time: by a mark that the page before gives out, never by counting from the beginning."""

import base64
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from chatserver.hub.tables import Ask, Is, Row, Rows, Value
from chatserver.kernel.errors import ErrorCode, Refused

S = TypeVar("S")
T = TypeVar("T")


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


def listed(found: Iterable[S], query: Paged, key: Callable[[S], str], show: Callable[[S], T]) -> Page[T]:
    """The same of what is in memory: in the order of `key`, which no two have in common."""
    after = begins(query)
    left = sorted((one for one in found if key(one) > after), key=key)
    shown = left[: query.limit]
    return Page(items=[show(one) for one in shown], next=mark([key(shown[-1])]) if len(left) > len(shown) else None)


def begins(query: Paged) -> str:
    """The one text behind which a page begins, "" for the first: of a list that is in the order of one text."""
    return str(_marked(query.after, (str,))[0]) if query.after else ""


def mark(place: Sequence[Value]) -> str:
    """A place in a list as a text that goes into a URL as it is."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


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
    return mark([getattr(row, column) for column in (ask.order, *ask.table.key)])


def _place(ask: Ask, text: str) -> tuple[Value, ...] | None:
    if not text:
        return None
    kinds = {field.name: field.type for field in msgspec.structs.fields(ask.table.row)}
    return _marked(text, [kinds[column] for column in (ask.order, *ask.table.key)])


def _marked(text: str, kinds: Sequence[Any]) -> tuple[Value, ...]:
    """A place that nobody of ours made is refused, never guessed at."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place = msgspec.json.decode(raw, type=list[Value])
        return tuple(_fitting(kind, value) for kind, value in zip(kinds, place, strict=True))
    except ValueError:  # of whichever decoder
        raise Refused(ErrorCode.BAD_REQUEST, path="$.after", reason="not a `next` of this list") from None


def _fitting(kind: Any, value: Value) -> Value:
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("no column holds it")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
    msgspec.convert(value, kind)
    return value
