"""快捷回复 as a machine: one stream for each agent, and one for what all share. Where each stands, and the limits.

What the answers say is not kept in the state, which is written whole at each change: it is in the events, and in
`shelf.py` to be read.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Event, Input

KIND = "quick_replies"
SHARED = "*"
"""The owner of what all agents share: no agent and no key can be called so."""

Whose = Literal["personal", "shared"]

MAX_ITEMS: dict[Whose, int] = {"personal": 500, "shared": 5_000}
MAX_CATEGORIES = 100

Name = Annotated[str, Meta(min_length=1, max_length=50, title="分类名称")]
Title = Annotated[str, Meta(min_length=1, max_length=100, title="标题")]
Text = Annotated[str, Meta(max_length=2_000, title="内容")]


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """分类: its items by id, in their order."""

    id: str
    name: str
    items: tuple[str, ...] = ()


class QuickReplies(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one owner; `id` is the agent's, or `SHARED`."""

    id: str
    version: int = 0
    categories: tuple[Category, ...] = ()

    @property
    def whose(self) -> Whose:
        return "shared" if self.id == SHARED else "personal"

    @property
    def count(self) -> int:
        return sum(len(c.items) for c in self.categories)

    def category(self, id: str) -> Category:
        found = next((c for c in self.categories if c.id == id), None)
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, category=id)
        return found

    def holder(self, item: str) -> Category:
        """The category that an item stands in."""
        found = next((c for c in self.categories if item in c.items), None)
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, quick_reply=item)
        return found


class CreateCategory(Input, frozen=True, kw_only=True):
    """A new category, last of all."""

    id: str
    name: str
    by: str


class ChangeCategory(Input, frozen=True, kw_only=True):
    """Another name, another place (in front of `before`, or last): whatever is set."""

    category: str
    by: str
    name: str | UnsetType = UNSET
    before: str | UnsetType | None = UNSET


class DeleteCategory(Input, frozen=True, kw_only=True):
    """What is in it goes to `move_to`, or goes `with_items`; one of them must be said, unless it is empty."""

    category: str
    by: str
    move_to: str | None = None
    with_items: bool = False


class CreateItem(Input, frozen=True, kw_only=True):
    """A new answer, last in its category. `image` is a media id."""

    id: str
    category: str
    title: str
    text: str
    image: str | None
    by: str


class ChangeItem(Input, frozen=True, kw_only=True):
    """What an answer says from now on; and where it stands, if `category` or `before` is set."""

    item: str
    title: str
    text: str
    image: str | None
    by: str
    category: str | UnsetType = UNSET
    before: str | UnsetType | None = UNSET


class DeleteItem(Input, frozen=True, kw_only=True):
    item: str
    by: str


class CategoryCreated(Event, frozen=True, kw_only=True):
    id: str
    name: str
    by: str


class CategoryRenamed(Event, frozen=True, kw_only=True):
    id: str
    name: str
    by: str


class CategoryMoved(Event, frozen=True, kw_only=True):
    """In front of the category `before`; last where that is None."""

    id: str
    before: str | None
    by: str


class CategoryDeleted(Event, frozen=True, kw_only=True):
    """Its items stand at the end of `moved_to` now, or are gone: `dropped`."""

    id: str
    moved_to: str | None
    dropped: tuple[str, ...]
    by: str


class ItemCreated(Event, frozen=True, kw_only=True):
    id: str
    category: str
    title: str
    text: str
    image: str | None
    by: str


class ItemChanged(Event, frozen=True, kw_only=True):
    id: str
    title: str
    text: str
    image: str | None
    by: str


class ItemMoved(Event, frozen=True, kw_only=True):
    """Into `category`, in front of the item `before`; last where that is None."""

    id: str
    category: str
    before: str | None
    by: str


class ItemDeleted(Event, frozen=True, kw_only=True):
    id: str
    by: str


AnyInput = CreateCategory | ChangeCategory | DeleteCategory | CreateItem | ChangeItem | DeleteItem
CategoryEvent = CategoryCreated | CategoryRenamed | CategoryMoved | CategoryDeleted
ItemEvent = ItemCreated | ItemChanged | ItemMoved | ItemDeleted
AnyEvent = CategoryEvent | ItemEvent
