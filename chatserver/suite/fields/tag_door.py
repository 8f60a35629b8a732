"""Tags over HTTP: read the tree, and tend it."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chatserver.access import permissions as p
from chatserver.access.check import Target, require
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.ids import new_id
from chatserver.suite.fields import tags
from chatserver.suite.fields.tags import TagName, Tags
from chatserver.suite.fields.uses import NAME, Uses

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class TagView(msgspec.Struct, frozen=True, kw_only=True):
    """One tag with the tags below it, in their order."""

    id: str
    name: str
    parent: str | None
    active: bool
    children: list["TagView"]


class TagTree(msgspec.Struct, frozen=True, kw_only=True):
    """All tags; `count` of at most `limit`."""

    items: list[TagView]
    count: int
    limit: int


class NewTag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tag to be made, below `parent` or at the top."""

    name: TagName
    parent: Id | None = None


class TagChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be otherwise; what is left out stays. `before` is the neighbour in front of which the tag goes; null
    puts it last."""

    name: TagName | UnsetType = UNSET
    parent: Id | UnsetType | None = UNSET
    before: Id | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class TagDeletionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`confirm` is the `uses` of the warning, to say that it was read."""

    confirm: Annotated[int, Meta(ge=0)] | None = None


class TagDeletion(msgspec.Struct, frozen=True, kw_only=True):
    """`deleted`, or else the warning: so many `tags` would go, and be taken from conversations so many times."""

    deleted: bool
    tags: int
    uses: int


class TagDoor:
    """The operations of tags."""

    def __init__(self, hub: Hub, uses: Uses) -> None:
        self._hub = hub
        self._uses = uses
        self.operations: Sequence[Operation] = (
            Operation(name="listTags", method="GET", path="/tags", requires=p.TAG_READ, run=self.list, answers=TagTree),
            Operation(
                name="createTag",
                method="POST",
                path="/tags",
                requires=p.TAG_MANAGE,
                run=self.create,
                body=NewTag,
                answers=TagView,
                status=201,
            ),
            Operation(
                name="changeTag",
                method="PATCH",
                path="/tags/{id}",
                requires=p.TAG_MANAGE,
                run=self.change,
                body=TagChange,
                answers=TagView,
            ),
            Operation(
                name="deleteTag",
                method="DELETE",
                path="/tags/{id}",
                requires=p.TAG_MANAGE,
                run=self.delete,
                query=TagDeletionQuery,
                answers=TagDeletion,
            ),
        )

    async def list(self, call: Call) -> TagTree:
        """All tags, as a tree, those included that are switched off."""
        now = self._now()
        return TagTree(items=[view(now, t) for t in now.below(None)], count=len(now.tags), limit=tags.MAX_TAGS)

    async def create(self, call: Call) -> TagView:
        """Make a tag. Its name must be unique among its neighbours."""
        require(call.actor, p.TAG_MANAGE, Target())
        new: NewTag = call.body
        create = tags.CreateTag(id=new_id(), name=new.name, parent=new.parent, by=call.actor.agent)
        made = await self._hub.first_event(await self._hub.send(Envelope(tags.STREAM, create, call.id)))
        return self._view(made.id)

    async def change(self, call: Call) -> TagView:
        """Rename, move, sort, switch on or off. Conversations that carry the tag show the new name at once."""
        require(call.actor, p.TAG_MANAGE, Target())
        asked: TagChange = call.body
        wanted = {f: getattr(asked, f) for f in asked.__struct_fields__}
        change = tags.ChangeTag(tag=call.path["id"], by=call.actor.agent, **wanted)
        await self._hub.send(Envelope(tags.STREAM, change, call.id))
        return self._view(change.tag)

    async def delete(self, call: Call) -> TagDeletion:
        """Delete a tag and all below it, and take them from the conversations that carry them.

        Without `confirm`, or with a number that is not true any more, nothing is deleted and the answer is the warning.
        """
        require(call.actor, p.TAG_MANAGE, Target())
        family = self._now().family(self._now().tag(call.path["id"]).id)
        await self._hub.caught_up(NAME)
        uses = await self._uses.count(family)
        confirmed = call.query.confirm == uses
        if confirmed:
            delete = tags.DeleteTag(tag=family[0], by=call.actor.agent)
            await self._hub.send(Envelope(tags.STREAM, delete, call.id))
        return TagDeletion(deleted=confirmed, tags=len(family), uses=uses)

    def _now(self) -> Tags:
        now: Tags = self._hub.held(tags.KIND, tags.ID)
        return now

    def _view(self, id: str) -> TagView:
        return view(self._now(), self._now().tag(id))


def view(s: Tags, tag: tags.Tag) -> TagView:
    children = [view(s, child) for child in s.below(tag.id)]
    return TagView(id=tag.id, name=tag.name, parent=tag.parent, active=tag.active, children=children)
