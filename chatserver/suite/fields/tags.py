"""标签: the workspace's tree of tags, a machine of its own. Records hold ids, so that a new name shows everywhere.

It knows no conversation: which of them carry a tag, `uses.py` keeps.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated, assert_never

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from chatserver.hub.machines import Machine
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input

KIND, ID = "tags", "main"
STREAM = f"{KIND}/{ID}"

MAX_TAGS = 1_000
"""Of a workspace, those that are switched off included."""

MAX_NAME = 50

MAX_DEPTH = 10
"""Levels of the tree: nobody finds what lies deeper."""

TagName = Annotated[str, Meta(min_length=1, max_length=MAX_NAME, title="标签名称")]


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One tag; `parent` is None at the top. Who is switched off is kept on what has it, and offered no more."""

    id: str
    name: str
    parent: str | None = None
    active: bool = True


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """The state. The order of `tags` is the order in which neighbours are shown."""

    id: str
    version: int = 0
    tags: tuple[Tag, ...] = ()

    def tag(self, id: str) -> Tag:
        found = next((t for t in self.tags if t.id == id), None)
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, tag=id)
        return found

    def below(self, parent: str | None) -> list[Tag]:
        """The neighbours under `parent`, in their order."""
        return [t for t in self.tags if t.parent == parent]

    def family(self, id: str) -> list[str]:
        """The tag and all below it."""
        return [id, *(member for child in self.below(id) for member in self.family(child.id))]

    def level(self, id: str | None) -> int:
        """1 for a tag at the top, 0 for None."""
        return 0 if id is None else 1 + self.level(self.tag(id).parent)


class CreateTag(Input, frozen=True, kw_only=True):
    """A new tag, last among its neighbours."""

    id: str
    name: str
    parent: str | None
    by: str


class ChangeTag(Input, frozen=True, kw_only=True):
    """Another name, another parent, another place (in front of `before`, or last), on or off: whatever is set."""

    tag: str
    by: str
    name: str | UnsetType = UNSET
    parent: str | UnsetType | None = UNSET
    before: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class DeleteTag(Input, frozen=True, kw_only=True):
    """The tag goes, and all below it."""

    tag: str
    by: str


class TagCreated(Event, frozen=True, kw_only=True):
    id: str
    name: str
    parent: str | None
    by: str


class TagRenamed(Event, frozen=True, kw_only=True):
    id: str
    name: str
    by: str


class TagMoved(Event, frozen=True, kw_only=True):
    """Under `parent`, in front of its neighbour `before`; last where that is None."""

    id: str
    parent: str | None
    before: str | None
    by: str


class TagSwitched(Event, frozen=True, kw_only=True):
    id: str
    active: bool
    by: str


class TagsDeleted(Event, frozen=True, kw_only=True):
    """One tag and all that were below it."""

    ids: tuple[str, ...]
    by: str


TagInput = CreateTag | ChangeTag | DeleteTag
TagEvent = TagCreated | TagRenamed | TagMoved | TagSwitched | TagsDeleted


def decide(s: Tags, input: TagInput, env: Env[object]) -> list[TagEvent]:
    match input:
        case CreateTag():
            return [_created(s, input, env)]
        case ChangeTag():
            s.tag(input.tag)
            return list(_changed(s, input, env))
        case DeleteTag():
            return [TagsDeleted(at=env.now, ids=tuple(s.family(s.tag(input.tag).id)), by=input.by)]
        case _:
            assert_never(input)


def _created(s: Tags, input: CreateTag, env: Env[object]) -> TagCreated:
    if len(s.tags) >= MAX_TAGS:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=MAX_TAGS)
    _check_depth(s.level(input.parent) + 1)
    name = _free(s, input.name, input.parent)
    return TagCreated(at=env.now, id=input.id, name=name, parent=input.parent, by=input.by)


def _changed(s: Tags, input: ChangeTag, env: Env[object]) -> Iterator[TagEvent]:
    """What is set as it already is, changes nothing."""
    tag = s.tag(input.tag)
    parent = tag.parent if input.parent is UNSET else input.parent
    name = _free(s, tag.name if input.name is UNSET else input.name, parent, tag.id)
    if name != tag.name:
        yield TagRenamed(at=env.now, id=tag.id, name=name, by=input.by)
    if parent != tag.parent or input.before is not UNSET:
        before = None if input.before is UNSET else input.before
        _check_place(s, tag.id, parent, before)
        yield TagMoved(at=env.now, id=tag.id, parent=parent, before=before, by=input.by)
    if input.active is not UNSET and input.active != tag.active:
        yield TagSwitched(at=env.now, id=tag.id, active=input.active, by=input.by)


def _free(s: Tags, name: str, parent: str | None, own: str = "") -> str:
    """The name as it is kept, if no neighbour has it. Width and case make no difference: ＶＩＰ is vip."""
    kept = " ".join(name.split())
    if not kept or len(kept) > MAX_NAME:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.name", reason=f"Expected 1 to {MAX_NAME} characters")
    if any(_folded(t.name) == _folded(kept) for t in s.below(parent) if t.id != own):
        raise Refused(ErrorCode.NAME_TAKEN, name=kept)
    return kept


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _check_place(s: Tags, id: str, parent: str | None, before: str | None) -> None:
    family = s.family(id)
    if parent in family:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.parent", reason="a tag cannot stand below itself")
    height = max(s.level(member) for member in family) - s.level(id)
    _check_depth(s.level(parent) + 1 + height)
    if before is not None and (before == id or s.tag(before).parent != parent):
        raise Refused(ErrorCode.BAD_REQUEST, path="$.before", reason="not a neighbour")


def _check_depth(level: int) -> None:
    if level > MAX_DEPTH:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.parent", reason=f"the tree has at most {MAX_DEPTH} levels")


def evolve(s: Tags, event: TagEvent) -> Tags:
    s = replace(s, version=s.version + 1)
    match event:
        case TagCreated():
            return replace(s, tags=(*s.tags, Tag(id=event.id, name=event.name, parent=event.parent)))
        case TagRenamed():
            return _with(s, replace(s.tag(event.id), name=event.name))
        case TagMoved():
            moved = replace(s.tag(event.id), parent=event.parent)
            others = [t for t in s.tags if t.id != event.id]
            at = next((n for n, t in enumerate(others) if t.id == event.before), len(others))
            return replace(s, tags=(*others[:at], moved, *others[at:]))
        case TagSwitched():
            return _with(s, replace(s.tag(event.id), active=event.active))
        case TagsDeleted():
            gone = set(event.ids)
            return replace(s, tags=tuple(t for t in s.tags if t.id not in gone))
        case _:
            assert_never(event)


def _with(s: Tags, tag: Tag) -> Tags:
    return replace(s, tags=tuple(tag if t.id == tag.id else t for t in s.tags))


def wake_at(s: Tags, settings: object) -> None:
    """Tags wait for nothing."""


def unfit(s: Tags, wanted: Iterable[str], had: Iterable[str] = ()) -> list[str]:
    """Those of `wanted` that a record may not be given: unknown ones, and those that are switched off, they or a tag
    above them. What the record `had` before, it may keep as long as it exists."""
    known, kept = {t.id: t for t in s.tags}, set(had)
    return [id for id in wanted if id not in known or (id not in kept and not _offered(known, id))]


def _offered(known: dict[str, Tag], id: str | None) -> bool:
    while id is not None:
        if not known[id].active:
            return False
        id = known[id].parent
    return True


MACHINE = Machine(
    kind=KIND,
    only=ID,
    state=Tags,
    event=TagEvent,
    fresh=lambda id: Tags(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
)
