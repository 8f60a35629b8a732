"""What may be done to quick replies, and what it makes of them. Pure."""

from collections.abc import Iterator
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from chatserver.hub.machines import Machine
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env
from chatserver.suite.quick_replies import model as m
from chatserver.suite.quick_replies.model import AnyEvent, AnyInput, Category, QuickReplies
from chatserver.suite.quick_replies.placeholders import check_placeholders

Rules = Env[object]


def decide(s: QuickReplies, input: AnyInput, env: Rules) -> list[AnyEvent]:
    match input:
        case m.CreateCategory():
            if len(s.categories) >= m.MAX_CATEGORIES:
                raise Refused(ErrorCode.LIMIT_REACHED, limit=m.MAX_CATEGORIES)
            return [m.CategoryCreated(at=env.now, id=input.id, name=_free(s, input.name), by=input.by)]
        case m.ChangeCategory():
            return list(_category_changed(s, input, env))
        case m.DeleteCategory():
            return [_category_deleted(s, input, env)]
        case m.CreateItem():
            return [_item_created(s, input, env)]
        case m.ChangeItem():
            return list(_item_changed(s, input, env))
        case m.DeleteItem():
            s.holder(input.item)
            return [m.ItemDeleted(at=env.now, id=input.item, by=input.by)]
        case _:
            assert_never(input)


def _category_changed(s: QuickReplies, input: m.ChangeCategory, env: Rules) -> Iterator[AnyEvent]:
    category = s.category(input.category)
    if input.name is not UNSET and (name := _free(s, input.name, category.id)) != category.name:
        yield m.CategoryRenamed(at=env.now, id=category.id, name=name, by=input.by)
    if input.before is not UNSET:
        _check_neighbour(input.before, category.id, [c.id for c in s.categories])
        yield m.CategoryMoved(at=env.now, id=category.id, before=input.before, by=input.by)


def _category_deleted(s: QuickReplies, input: m.DeleteCategory, env: Rules) -> m.CategoryDeleted:
    category = s.category(input.category)
    if input.move_to is not None and s.category(input.move_to).id == category.id:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.move_to", reason="it is the category that goes")
    if category.items and input.move_to is None and not input.with_items:
        raise Refused(ErrorCode.NOT_EMPTY, count=len(category.items))
    dropped = category.items if input.move_to is None else ()
    return m.CategoryDeleted(at=env.now, id=category.id, moved_to=input.move_to, dropped=dropped, by=input.by)


def _item_created(s: QuickReplies, input: m.CreateItem, env: Rules) -> m.ItemCreated:
    limit = m.MAX_ITEMS[s.whose]
    if s.count >= limit:
        raise Refused(ErrorCode.LIMIT_REACHED, limit=limit)
    category = s.category(input.category).id
    title = _said(input)
    return m.ItemCreated(
        at=env.now, id=input.id, category=category, title=title, text=input.text, image=input.image, by=input.by
    )


def _item_changed(s: QuickReplies, input: m.ChangeItem, env: Rules) -> Iterator[AnyEvent]:
    id, here = input.item, s.holder(input.item)
    title = _said(input)
    yield m.ItemChanged(at=env.now, id=id, title=title, text=input.text, image=input.image, by=input.by)
    to = here if input.category is UNSET else s.category(input.category)
    if to.id != here.id or input.before is not UNSET:
        before = None if input.before is UNSET else input.before
        _check_neighbour(before, id, list(to.items))
        yield m.ItemMoved(at=env.now, id=id, category=to.id, before=before, by=input.by)


def _said(input: m.CreateItem | m.ChangeItem) -> str:
    """The title as it is kept, if there is something to say."""
    title = " ".join(input.title.split())
    if not title:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.title", reason="Expected a title")
    if not input.text.strip() and input.image is None:
        raise Refused(ErrorCode.MESSAGE_EMPTY, path="$.text")
    check_placeholders(input.text)
    return title


def _free(s: QuickReplies, name: str, own: str = "") -> str:
    kept = " ".join(name.split())
    if not kept:
        raise Refused(ErrorCode.BAD_REQUEST, path="$.name", reason="Expected a name")
    if any(c.name.casefold() == kept.casefold() for c in s.categories if c.id != own):
        raise Refused(ErrorCode.NAME_TAKEN, name=kept)
    return kept


def _check_neighbour(before: str | None, own: str, neighbours: list[str]) -> None:
    if before is not None and (before == own or before not in neighbours):
        raise Refused(ErrorCode.BAD_REQUEST, path="$.before", reason="not a neighbour")


def evolve(s: QuickReplies, event: AnyEvent) -> QuickReplies:
    s = replace(s, version=s.version + 1)
    match event:
        case m.CategoryCreated():
            return replace(s, categories=(*s.categories, Category(id=event.id, name=event.name)))
        case m.CategoryRenamed():
            return _with(s, replace(s.category(event.id), name=event.name))
        case m.CategoryMoved():
            others = tuple(c for c in s.categories if c.id != event.id)
            at = next((n for n, c in enumerate(others) if c.id == event.before), len(others))
            return replace(s, categories=(*others[:at], s.category(event.id), *others[at:]))
        case m.CategoryDeleted():
            if event.moved_to:
                to, left = s.category(event.moved_to), s.category(event.id).items
                s = _with(s, replace(to, items=(*to.items, *left)))
            return replace(s, categories=tuple(c for c in s.categories if c.id != event.id))
        case m.ItemCreated():
            return _placed(s, event.id, event.category, None)
        case m.ItemChanged():
            return s
        case m.ItemMoved():
            return _placed(_without(s, event.id), event.id, event.category, event.before)
        case m.ItemDeleted():
            return _without(s, event.id)
        case _:
            assert_never(event)


def _with(s: QuickReplies, category: Category) -> QuickReplies:
    return replace(s, categories=tuple(category if c.id == category.id else c for c in s.categories))


def _without(s: QuickReplies, item: str) -> QuickReplies:
    here = s.holder(item)
    return _with(s, replace(here, items=tuple(i for i in here.items if i != item)))


def _placed(s: QuickReplies, item: str, category: str, before: str | None) -> QuickReplies:
    to = s.category(category)
    at = to.items.index(before) if before in to.items else len(to.items)
    return _with(s, replace(to, items=(*to.items[:at], item, *to.items[at:])))


def wake_at(s: QuickReplies, settings: object) -> None:
    """Prepared answers wait for nothing."""


MACHINE = Machine(
    kind=m.KIND,
    state=QuickReplies,
    event=AnyEvent,
    fresh=lambda id: QuickReplies(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
    is_open=lambda s: s.id == m.SHARED,
)
