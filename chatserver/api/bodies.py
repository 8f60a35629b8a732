"""What a request holds, read with a limit and refused with the path of what is wrong."""

import asyncio
from functools import cache
from typing import Any, TypeVar

import msgspec
import msgspec.inspect as mi
from aiohttp import web

from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.protocol.wire import bad_request

T = TypeVar("T")

BODY_WITHIN = 30.0
"""Seconds for the body of a request: settings over a slow line."""

SLOWEST = 100_000
"""Bytes a second that a large body must come with, beyond that."""

JSON = "application/json"

MAX_NAME = 200
"""Characters of a name in a path; every id is shorter."""


async def read(request: web.Request, limit: int) -> bytes:
    """The body, of at most `limit` bytes. No more than that is ever held."""
    if (request.content_length or 0) > limit:
        raise Refused(ErrorCode.TOO_LARGE, path="$", limit=limit)
    found = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN + limit / SLOWEST):
            async for chunk in request.content.iter_any():
                found += chunk
                if len(found) > limit:
                    raise Refused(ErrorCode.TOO_LARGE, path="$", limit=limit)
    except TimeoutError:
        raise Refused(ErrorCode.BAD_REQUEST, path="$", reason="the body did not come in time") from None
    return bytes(found)


def from_json(request: web.Request, body: bytes, kind: type[T]) -> T:
    """The body as JSON; only under its right name, which a form on a foreign page cannot give it without being asked
    first. An empty body is an object without fields."""
    if body and request.content_type != JSON:
        raise Refused(ErrorCode.BAD_REQUEST, path="$", reason=f"Content-Type is not {JSON}")
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as failure:
        raise bad_request(failure) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(ErrorCode.BAD_REQUEST, path="$", reason="not JSON") from None


def from_query(request: web.Request, kind: Any) -> Any:
    """What stands behind the question mark: each name once, those of lists as often as wanted."""
    many = lists(kind)
    given: dict[str, Any] = {}
    for name in dict.fromkeys(request.query):
        values = request.query.getall(name)
        if name not in many and len(values) > 1:
            raise Refused(ErrorCode.BAD_REQUEST, path=f"$.{name[:64]}", reason="given more than once")
        given[name] = values if name in many else values[0]
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as failure:
        raise bad_request(failure) from None


def from_path(request: web.Request) -> dict[str, str]:
    """The names in the path. What cannot be a name is the name of nothing."""
    names = dict(request.match_info)
    if any(len(name) > MAX_NAME or not name.isprintable() for name in names.values()):
        raise Refused(ErrorCode.NOT_FOUND)
    return names


@cache
def lists(kind: Any) -> frozenset[str]:
    """The fields that hold several values."""
    info = mi.type_info(kind)
    assert isinstance(info, mi.StructType)
    return frozenset(f.encode_name for f in info.fields if _is_list(f.type))


def _is_list(t: mi.Type) -> bool:
    match t:
        case mi.Metadata():
            return _is_list(t.type)
        case mi.UnionType():
            return any(_is_list(u) for u in t.types)
        case _:
            return isinstance(t, mi.CollectionType)
