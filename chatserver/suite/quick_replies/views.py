"""Quick replies as they go over HTTP."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chatserver.suite.quick_replies.model import Category, Name, QuickReplies, Text, Title, Whose
from chatserver.suite.quick_replies.placeholders import Rendered
from chatserver.suite.quick_replies.shelf import Answers, QuickReply

Id = Annotated[str, Meta(min_length=1, max_length=64)]

Address = Callable[[str], str]
"""A picture's media id -> where its small edition is shown."""

PREVIEW = 60
"""Characters of a text that a list shows: what fits on a line. The whole is asked for one by one."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A quick reply in a list; `preview` is how its text begins, `image_url` where its picture is seen, small."""

    id: str
    title: str
    preview: str
    image: str | None
    image_url: str | None


class CategoryView(msgspec.Struct, frozen=True, kw_only=True):
    """分类: its entries in their order."""

    id: str
    name: str
    items: list[Entry]


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """One's own, and what all agents share."""

    personal: list[CategoryView]
    shared: list[CategoryView]


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """A quick reply as it was written; `image` is a media id, `image_url` where it is seen, small."""

    id: str
    category: str
    title: str
    text: str
    image: str | None
    image_url: str | None


class RenderedView(Rendered, frozen=True, kw_only=True):
    """The words for one conversation, and the picture that goes with them."""

    image_url: str | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What fits, the nearest first."""

    items: list[ItemView]


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words, pinyin (`kuaidi`) or initials (`kd`)."""

    q: Annotated[str, Meta(min_length=1, max_length=64)]
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class NewCategory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category to be made; a shared one needs its permission."""

    name: Name
    whose: Whose = "personal"


class CategoryChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be otherwise. `before` is the category in front of which it goes; null puts it last."""

    name: Name | UnsetType = UNSET
    before: Id | UnsetType | None = UNSET


class Deletion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of what is in it."""

    move_to: Id | None = None
    with_items: bool = False


class NewItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quick reply to be made. The text may name `{visitor}`, `{agent}`, `{company}` and `{answer:key}`."""

    category: Id
    title: Title
    text: Text = ""
    image: Id | None = None


class ItemChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The quick reply as it shall be. Without `category` and `before` it stays where it is; `before` null: last."""

    title: Title
    text: Text = ""
    image: Id | None = None
    category: Id | UnsetType = UNSET
    before: Id | UnsetType | None = UNSET


class RenderQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conversation that the words are for."""

    conversation: Id


def tree(s: QuickReplies, answers: Answers, address: Address) -> list[CategoryView]:
    return [category(c, answers, address) for c in s.categories]


def category(c: Category, answers: Answers, address: Address) -> CategoryView:
    items = [_entry(answers[id].row, address) for id in c.items if id in answers]
    return CategoryView(id=c.id, name=c.name, items=items)


def item(row: QuickReply, category: str, address: Address) -> ItemView:
    return ItemView(
        id=row.id,
        category=category,
        title=row.title,
        text=row.text,
        image=row.image,
        image_url=_picture(row, address),
    )


def rendered(words: Rendered, row: QuickReply, address: Address) -> RenderedView:
    url = _picture(row, address)
    return RenderedView(text=words.text, image=words.image if url else None, missing=words.missing, image_url=url)


def _picture(row: QuickReply, address: Address) -> str | None:
    """Old answers may name what nobody may show, or what is no picture: for that there is no address."""
    return address(row.image) if row.image and row.pictured else None


def _entry(row: QuickReply, address: Address) -> Entry:
    line = " ".join(row.text.split())
    url = _picture(row, address)
    preview = line if len(line) <= PREVIEW else line[: PREVIEW - 1] + "…"
    return Entry(id=row.id, title=row.title, preview=preview, image=row.image, image_url=url)
