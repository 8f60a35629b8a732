"""The OpenAPI document, made from the operations themselves: what is described is what is served."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import msgspec

import chatserver
from chatserver.access.permissions import PUBLIC
from chatserver.api.auth import COOKIE
from chatserver.api.callers import CSRF_HEADER, SAFE
from chatserver.api.rest import IDEMPOTENCY_HEADER, PREFIX
from chatserver.hub.plug import Call, Download, Operation
from chatserver.kernel.errors import ERRORS, ErrorCode
from chatserver.protocol.wire import Failed

ABOUT = """
JSON in, JSON out. Instants are milliseconds since 1970 (UTC), days are ISO dates.

**Who asks.** A program sends a key: `Authorization: Bearer csk_…`. A console sends the cookie of its login, and with
whatever changes something the login's `csrf` in `X-CSRF-Token`. Each operation names the permission that it needs;
what a caller may not see does not exist for that caller.

**Refusals** are `{"error": {"code", "retry", "data"}}` with the status of the code. `retry` says what to do: `never`
the same again, `later`, `reconnect` (log in again) or `resync`. `data.path` names the field that was wrong. Unknown
fields and unknown query names are refused.

**Lists** come in pages of `limit` items; `next` of a page is the `after` of the following one, and null at the end.

**Repeating is harmless** with the header `Idempotency-Key` (1 to 128 visible characters, chosen by the caller): for 24
hours the same request with the same key gets the first answer, byte for byte, and nothing is done twice; another
request with that key is refused with `idempotency_conflict`. Refusals are not kept. An answer that shows a secret is
not kept either: its repetition is refused with `shown_once`.

**Limits.** Each key and each login may ask 100 times at once, then 20 times a second; beyond it `rate_limited` comes
with `Retry-After`. `GET` answers have an `ETag` for `If-None-Match`. Every answer names its request in `X-Request-Id`,
which a caller may choose.
"""

_NAME = re.compile(r"\{(\w+)\}")

REF = "#/components/{}/{}"

_REFS = re.compile(r'"#/components/schemas/([^"]+)"')

NOT_JSON = (None, bytes, Download)

BYTES = {"schema": {"type": "string", "format": "binary"}}

FAILED: dict[str, Any] = {
    "description": "Refused.",
    "content": {"application/json": {"schema": {"$ref": REF.format("schemas", "Failed")}}},
}


Letters = Mapping[str, tuple[str, Any]]
"""What webhooks post: name -> what it means, and its type."""


def operation(others: Sequence[Operation], letters: Letters) -> Operation:
    """The operation that answers with the document of the others, and of itself."""

    @cache
    def document() -> dict[str, Any]:
        return describe_all((*others, own), letters)

    async def describe(call: Call) -> dict[str, Any]:
        """This document."""
        return document()

    own = Operation(
        name="readOpenapi", method="GET", path="/openapi.json", requires=PUBLIC, run=describe, answers=dict[str, Any]
    )
    return own


def describe_all(operations: Sequence[Operation], letters: Letters) -> dict[str, Any]:
    """The document. Sorted, so that it is the same however the operations were collected."""
    operations = sorted(operations, key=lambda o: (o.path, o.method))
    schemas = _Schemas(operations, [kind for _, kind in letters.values()])
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _described(one, schemas)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "chatserver", "version": chatserver.__version__, "description": ABOUT.strip()},
        "servers": [{"url": PREFIX}],
        "tags": [{"name": name} for name in sorted({tag(one) for one in operations})],
        "paths": paths,
        "webhooks": {name: {"post": _posted(name, *letter, schemas)} for name, letter in letters.items()},
        "components": {
            "schemas": schemas.components,
            "responses": _refusals(),
            "parameters": _headers(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key of the workspace."},
                "login": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A console's login."},
            },
        },
    }
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))  # plain JSON, no tuples
    return decoded


def tag(one: Operation) -> str:
    """The context, as its addresses name it."""
    return one.path.split("/")[1].removesuffix(".json")


def said(run: Callable[..., Any]) -> tuple[str, str]:
    """(summary, description) of a handler: the first sentence of its docstring, and the rest."""
    text = inspect.getdoc(run.func if isinstance(run, partial) else run) or ""
    first, _, rest = text.partition("\n\n")
    summary, more, behind = " ".join(first.split()).partition(". ")
    return summary + ("." if more else ""), "\n\n".join(part for part in (behind, rest) if part)


class _Schemas:
    """The schemas of all types that go in and out, made at once so that every name is given once."""

    def __init__(self, operations: Sequence[Operation], letters: Sequence[Any]) -> None:
        queries = list(dict.fromkeys(one.query for one in operations if one.query))
        bodies = [Failed if one.body in NOT_JSON else one.body for one in operations]
        answers = [Failed, *letters, *(one.answers for one in operations if one.answers not in NOT_JSON)]
        types = list(dict.fromkeys([*queries, *bodies, *answers]))
        made, self.components = msgspec.json.schema_components(types, ref_template=REF.format("schemas", "{name}"))
        self._made = dict(zip(types, made, strict=True))
        self.components["Refusal"]["properties"]["code"]["enum"] = [code.value for code in ErrorCode]
        sent = self._reached(answers)
        taken = self._reached([body for body in bodies if body is not Failed])
        for name in sent - taken:
            # What the server sends always has every field.
            if "properties" in self.components[name]:
                self.components[name]["required"] = list(self.components[name]["properties"])
        self._queries = {query: self.components[_named(self._made[query])] for query in queries}
        for name in {_named(self._made[query]) for query in queries} - sent - taken:
            # Queries are written out as parameters, field by field.
            del self.components[name]

    def of(self, kind: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._made[kind]
        return found

    def fields(self, query: Any) -> list[dict[str, Any]]:
        """A query as parameters."""
        schema = self._queries[query]
        return [
            {"name": name, "in": "query", "required": name in schema["required"], "schema": field}
            for name, field in schema["properties"].items()
        ]

    def required(self, kind: Any) -> bool:
        """Whether there must be a body; one whose fields all have defaults may be left out."""
        schema = self.of(kind)
        return bool(self.components[_named(schema)]["required"]) if "$ref" in schema else True

    def _reached(self, types: Sequence[Any]) -> set[str]:
        """The names of all components that these types are made of."""
        found: set[str] = set()
        todo = [self._made[kind] for kind in types]
        while todo:
            for name in set(_REFS.findall(msgspec.json.encode(todo.pop()).decode())) - found:
                found.add(name)
                todo.append(self.components[name])
        return found


def _named(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _described(one: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, description = said(one.run)
    names = _NAME.findall(one.path)
    in_path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    unsafe = [] if one.method in SAFE else [{"$ref": REF.format("parameters", name)} for name in _headers()]
    found: dict[str, Any] = {
        "operationId": one.name,
        "tags": [tag(one)],
        "summary": summary,
        "description": description,
        "parameters": [*in_path, *(schemas.fields(one.query) if one.query else ()), *unsafe],
        "responses": _answers(one, schemas),
        "security": [{scheme: [one.requires.key]} for scheme in ("key", "login")] if one.requires else [],
    }
    if one.body is bytes:
        found["requestBody"] = {"required": True, "content": {"application/octet-stream": BYTES}}
    elif one.body:
        content = {"application/json": {"schema": schemas.of(one.body)}}
        found["requestBody"] = {"required": schemas.required(one.body), "content": content}
    return {key: value for key, value in found.items() if value != "" and value != []} | {"security": found["security"]}


def _answers(one: Operation, schemas: _Schemas) -> dict[str, Any]:
    """Its own, and the refusals that can come before it is even asked. Which others there are, it says itself."""
    refused = {status: {"$ref": REF.format("responses", str(status))} for status in _statuses(one)}
    own: dict[str, Any]
    match one.answers:
        case None:
            own = {"204": {"description": "Done."}}
        case kind if kind is Download:
            own = {str(one.status): {"description": "A file.", "content": {"*/*": BYTES}}}
        case kind:
            content = {"application/json": {"schema": schemas.of(kind)}}
            own = {str(one.status): {"description": "The answer.", "content": content}}
    return own | {str(status): ref for status, ref in refused.items()} | {"default": FAILED}


def _posted(name: str, means: str, kind: Any, schemas: _Schemas) -> dict[str, Any]:
    """What a subscriber's server is sent."""
    return {
        "operationId": name,
        "summary": means,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schemas.of(kind)}}},
        "responses": {"2XX": {"description": "Taken. Anything else: it comes again."}},
    }


def _statuses(one: Operation) -> list[int]:
    found = [429]
    found += [400] if one.query or one.body or one.method not in SAFE else []
    found += [401, 403] if one.requires is not PUBLIC else []
    found += [404] if "{" in one.path else []
    found += [409, 422] if one.method not in SAFE else []
    found += [413] if one.body else []
    return sorted(found)


def _refusals() -> dict[str, Any]:
    """Status -> the codes that come with it."""
    codes: dict[int, list[str]] = {}
    for code, row in ERRORS.items():
        codes.setdefault(row.http, []).append(f"`{code.value}`")
    return {
        str(status): {"description": f"{HTTPStatus(status).phrase}: {', '.join(found)}.", "content": FAILED["content"]}
        for status, found in sorted(codes.items())
    }


def _headers() -> dict[str, Any]:
    """What goes with whatever changes something."""
    return {
        "IdempotencyKey": {
            "name": IDEMPOTENCY_HEADER, "in": "header", "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 128},
            "description": "The same request with the same key is done once.",
        },
        "CsrfToken": {
            "name": CSRF_HEADER, "in": "header", "required": False, "schema": {"type": "string"},
            "description": "The `csrf` of the login; needed with the cookie, not with a key.",
        },
    }  # fmt: skip
