"""Reads settings from the environment and from files, and says exactly what is wrong with them."""

import difflib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import msgspec.inspect as mi

from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings.deployment import Deployment
from chatserver.settings.model import Settings
from chatserver.settings.validate import problems

PREFIX = "CHATSERVER_"
SECRET = "secret.key"
T = TypeVar("T")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_NEAR = re.compile(r"did you mean `([^`]+)`")
_TOP = re.compile(r"\$(?:\.|: )([a-z_]+)")
_STEP = re.compile(r"\.[^.\[]+|\[[^\]]+\]")


class BadSettings(ValueError):
    """Why, in a sentence that names the place."""


def deployment(environ: Mapping[str, str], **overrides: Any) -> Deployment:
    """From `CHATSERVER_*`; lists are separated by commas. Raises `BadSettings`."""
    given: dict[str, Any] = {}
    lists = {f.name for f in msgspec.structs.fields(Deployment) if isinstance(f.default, tuple)}
    for key, value in environ.items():
        if key.startswith(PREFIX) and key != "CHATSERVER_WEB":
            name = key.removeprefix(PREFIX).lower()
            given[name] = [v.strip() for v in value.split(",") if v.strip()] if name in lists else value
    try:
        return _convert({**given, **overrides}, Deployment, strict=False)
    except BadSettings as failure:
        raise BadSettings(_by_variable(str(failure), overrides)) from None


def _by_variable(sentence: str, options: Iterable[str]) -> str:
    """Names what was given: the variable, or the command's option."""
    if unknown := _UNKNOWN.search(sentence):
        near = _NEAR.search(sentence)
        return f"{_variable(unknown[1])}: there is no such variable" + (
            f" (did you mean {_variable(near[1])}?)" if near else ""
        )
    if field := _TOP.match(sentence):
        name = field[1]
        given = f"--{name.replace('_', '-')}" if name in options else _variable(name)
        return given + sentence[field.end() :]
    return sentence


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def settings_file(path: Path) -> Settings:
    """A workspace's settings from a JSON file, checked as the server would. Raises `BadSettings`."""
    settings = _convert(_json(path), Settings)
    if found := problems(settings):
        raise BadSettings("\n".join(f"{p.path}: {p.code}" for p in found))
    return settings


def json_file(path: Path, kind: type[T]) -> T:
    """Any of the product's data from a JSON file: an exported flow, a script. Raises `BadSettings`."""
    return _convert(_json(path), kind)


def workspace_settings(raw: object) -> Settings:
    """The same for what came over the wire. Raises `Refused(settings_invalid)` with the path."""
    try:
        return _convert(raw, Settings)
    except BadSettings as failure:
        path, _, reason = str(failure).partition(": ")
        raise Refused(ErrorCode.SETTINGS_INVALID, path=path, reason=reason) from None


def data_folder(d: Deployment) -> Path:
    """Made where it is missing. Raises `BadSettings` where nothing can be kept there."""
    folder = Path(d.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise BadSettings(f"{_variable('data_dir')}: {folder} cannot be the data folder: {failure.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadSettings(f"{_variable('data_dir')}: {folder} cannot be written to")
    return folder


def kept_secret(d: Deployment) -> str:
    """The signing secret of a server that has been there. Raises `BadSettings` rather than make one that none uses."""
    path = Path(d.data_dir) / SECRET
    if not d.secret and not path.is_file():
        raise BadSettings(
            f"There is no secret of a server in {path.parent}. CHATSERVER_DATA_DIR names the server's data folder, or "
            "CHATSERVER_SECRET the secret itself."
        )
    return secret_of(d)


def secret_of(d: Deployment) -> str:
    """The signing secret: given, or made at the first start and kept where only the server's user reads it."""
    if d.secret:
        return d.secret
    path = data_folder(d) / SECRET
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def _json(path: Path) -> object:
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as failure:
        raise BadSettings(f"{path}: {failure.strerror}") from None
    except msgspec.DecodeError as failure:
        raise BadSettings(f"{path}: not JSON: {failure}") from None


def _convert(raw: object, kind: type[T], strict: bool = True) -> T:
    try:
        return msgspec.convert(raw, kind, strict=strict)
    except msgspec.ValidationError as failure:
        raise BadSettings(_sentence(str(failure), raw, kind)) from None


def _sentence(text: str, raw: object, kind: type[Any]) -> str:
    """`$.path: reason`, with the nearest name for a mistyped key: one that is allowed there."""
    reason, _, path = text.partition(" - at `")
    path = path.rstrip("`") or "$"
    if unknown := _UNKNOWN.search(reason):
        name = unknown.group(1)
        near = difflib.get_close_matches(name, sorted(_names(kind, raw, path) - {name}), 1)
        reason += f" (did you mean `{near[0]}`?)" if near else ""
    return f"{path}: {reason}"


def _names(kind: Any, raw: object, path: str) -> set[str]:
    """The fields that there may be at a place of `raw`."""
    here = list(_shapes(mi.type_info(kind), raw))
    for step in _STEP.findall(path):
        raw = _within(raw, step)
        here = [shape for outer in here for inner in _inside(outer, step) for shape in _shapes(inner, raw)]
    return {f.encode_name for shape in here if isinstance(shape, mi.StructType) for f in shape.fields}


def _shapes(t: mi.Type, raw: object) -> Iterator[mi.Type]:
    """What a value may be; of structs with tags the one that it says it is."""
    match t:
        case mi.Metadata():
            yield from _shapes(t.type, raw)
        case mi.UnionType():
            for each in t.types:
                yield from _shapes(each, raw)
        case mi.StructType(tag_field=str()) if isinstance(raw, dict) and raw.get(t.tag_field, t.tag) != t.tag:
            return
        case _:
            yield t


def _inside(t: mi.Type, step: str) -> Iterable[mi.Type]:
    """The types of what stands at a step: `.field`, `[0]`, or `[...]` for any value of a mapping."""
    match t:
        case mi.StructType():
            return [f.type for f in t.fields if step == f".{f.encode_name}"]
        case mi.DictType():
            return [t.value_type]
        case mi.ListType() | mi.VarTupleType():
            return [t.item_type]
        case _:
            return []


def _within(raw: object, step: str) -> object:
    match raw:
        case dict():
            return raw.get(step[1:])
        case list() if step[1:-1].isdigit():
            return raw[int(step[1:-1])]
        case _:
            return None
