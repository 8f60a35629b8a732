"""Quick replies over HTTP: one's own, which nobody else sees, and those that all agents share."""

from collections.abc import Sequence
from typing import Any

from chatserver.access import permissions as p
from chatserver.access.check import Actor, Target, require
from chatserver.agents.model import Agent
from chatserver.conversation.content import ImageContent
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.sight import sees
from chatserver.hub.hub import Hub, stream
from chatserver.hub.plug import Call, Operation, Uploads
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.suite.quick_replies import model as m
from chatserver.suite.quick_replies import views as v
from chatserver.suite.quick_replies.model import KIND, SHARED, QuickReplies
from chatserver.suite.quick_replies.placeholders import render, values_of
from chatserver.suite.quick_replies.search import find, in_order
from chatserver.suite.quick_replies.shelf import NAME, QuickReply, Shelf


class Door:
    """The operations of quick replies."""

    def __init__(self, hub: Hub, shelf: Shelf, uploads: Uploads) -> None:
        self._hub = hub
        self._shelf = shelf
        self._uploads = uploads
        self.operations: Sequence[Operation] = (
            _row("listQuickReplies", "GET", "", self.list, answers=v.Lists),
            _row("searchQuickReplies", "GET", "/search", self.search, query=v.SearchQuery, answers=v.Found),
            _row("createQuickReplyCategory", "POST", "/categories", self.create_category,
                 body=v.NewCategory, answers=v.CategoryView, status=201),
            _row("changeQuickReplyCategory", "PATCH", "/categories/{id}", self.change_category,
                 body=v.CategoryChange, answers=v.CategoryView),
            _row("deleteQuickReplyCategory", "DELETE", "/categories/{id}", self.delete_category, query=v.Deletion),
            _row("createQuickReply", "POST", "/items", self.create, body=v.NewItem, answers=v.ItemView, status=201),
            _row("readQuickReply", "GET", "/items/{id}", self.read, answers=v.ItemView),
            _row("changeQuickReply", "PUT", "/items/{id}", self.change, body=v.ItemChange, answers=v.ItemView),
            _row("deleteQuickReply", "DELETE", "/items/{id}", self.delete),
            _row("renderQuickReply", "GET", "/items/{id}/rendered", self.render,
                 query=v.RenderQuery, answers=v.RenderedView),
        )  # fmt: skip

    async def list(self, call: Call) -> v.Lists:
        """One's own quick replies and the shared ones, by category. Each entry shows how its text begins."""
        await self._hub.caught_up(NAME)
        both = await self._both(call.actor)
        own, shared = [v.tree(s, await self._shelf.of(s.id), self._uploads.small) for s in both]
        return v.Lists(personal=own, shared=shared)

    async def search(self, call: Call) -> v.Found:
        """Find quick replies by title, by pinyin or initials of the title, or by text; one's own come first."""
        await self._hub.caught_up(NAME)
        asked: v.SearchQuery = call.query
        both = await self._both(call.actor)
        entries = [entered for s in both for entered in in_order(s, await self._shelf.of(s.id))]
        found = find(asked.q, entries, asked.limit)
        return v.Found(items=[v.item(row, _holder(both, row), self._uploads.small) for row in found])

    async def create_category(self, call: Call) -> v.CategoryView:
        """Make a category, of one's own or for all."""
        new: v.NewCategory = call.body
        s = await self._may_write(call.actor, SHARED if new.whose == "shared" else call.actor.agent)
        create = m.CreateCategory(id=new_id(), name=new.name, by=call.actor.agent)
        made = await self._first(s, create, call)
        return v.category((await self._state(s.id)).category(made.id), {}, self._uploads.small)

    async def change_category(self, call: Call) -> v.CategoryView:
        """Rename a category, or put it in front of another."""
        s = await self._with_category(call.actor, call.path["id"])
        change = m.ChangeCategory(
            category=call.path["id"], by=call.actor.agent, name=call.body.name, before=call.body.before
        )
        await self._send(s, change, call)
        changed = (await self._state(s.id)).category(change.category)
        return v.category(changed, await self._shelf.of(s.id), self._uploads.small)

    async def delete_category(self, call: Call) -> None:
        """Delete a category. One that is not empty needs `move_to`, or `with_items` to delete what is in it too."""
        s = await self._with_category(call.actor, call.path["id"])
        q: v.Deletion = call.query
        delete = m.DeleteCategory(
            category=call.path["id"], by=call.actor.agent, move_to=q.move_to, with_items=q.with_items
        )
        await self._send(s, delete, call)

    async def create(self, call: Call) -> v.ItemView:
        """Make a quick reply, last in its category. Its `image` is a picture that an agent has uploaded."""
        new: v.NewItem = call.body
        s = await self._with_category(call.actor, new.category)
        await self._check_image(call.actor, new.image)
        create = m.CreateItem(
            id=new_id(), category=new.category, title=new.title, text=new.text, image=new.image, by=call.actor.agent
        )
        made = await self._first(s, create, call)
        return await self._item(s.id, made.id)

    async def read(self, call: Call) -> v.ItemView:
        """A quick reply as it was written."""
        s = await self._with_item(call.actor, call.path["id"])
        return await self._item(s.id, call.path["id"])

    async def change(self, call: Call) -> v.ItemView:
        """Change what a quick reply says; with `category` or `before`, also where it stands."""
        s = await self._may_write(call.actor, (await self._with_item(call.actor, call.path["id"])).id)
        new: v.ItemChange = call.body
        await self._check_image(call.actor, new.image)
        change = m.ChangeItem(
            item=call.path["id"],
            title=new.title,
            text=new.text,
            image=new.image,
            category=new.category,
            before=new.before,
            by=call.actor.agent,
        )
        await self._send(s, change, call)
        return await self._item(s.id, change.item)

    async def delete(self, call: Call) -> None:
        """Delete a quick reply."""
        s = await self._may_write(call.actor, (await self._with_item(call.actor, call.path["id"])).id)
        await self._send(s, m.DeleteItem(item=call.path["id"], by=call.actor.agent), call)

    async def render(self, call: Call) -> v.RenderedView:
        """The words of a quick reply for one conversation, to be looked over before they are sent."""
        s = await self._with_item(call.actor, call.path["id"])
        row = await self._row(s.id, call.path["id"])
        c: Conversation = await self._hub.look("conversation", call.query.conversation)
        if c.phase is Phase.NEW or not sees(call.actor, c):
            raise Refused(ErrorCode.NOT_FOUND, conversation=call.query.conversation)
        company = self._hub.held("workspace", "main").settings.name
        rendered = render(row.text, row.image, values_of(c, self._nickname(call.actor), company))
        return v.rendered(rendered, row, self._uploads.small)

    async def _state(self, owner: str) -> QuickReplies:
        state: QuickReplies = await self._hub.look(KIND, owner)
        return state

    async def _both(self, who: Actor) -> tuple[QuickReplies, QuickReplies]:
        return await self._state(who.agent), await self._state(SHARED)

    async def _may_write(self, who: Actor, owner: str) -> QuickReplies:
        """One's own, or the shared ones with the permission for them."""
        if owner != who.agent:
            require(who, p.QUICK_REPLY_MANAGE, Target())
        return await self._state(owner)

    async def _with_category(self, who: Actor, category: str) -> QuickReplies:
        """Whatever holds this category, to be written."""
        found = next((s for s in await self._both(who) if any(c.id == category for c in s.categories)), None)
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, category=category)
        return await self._may_write(who, found.id)

    async def _with_item(self, who: Actor, item: str) -> QuickReplies:
        """Whatever holds this item, to be read. What others keep for themselves does not exist."""
        found = next((s for s in await self._both(who) if any(item in c.items for c in s.categories)), None)
        if found is None:
            raise Refused(ErrorCode.NOT_FOUND, quick_reply=item)
        return found

    async def _row(self, owner: str, item: str) -> QuickReply:
        await self._hub.caught_up(NAME)
        entered = (await self._shelf.of(owner)).get(item)
        if entered is None:
            raise Refused(ErrorCode.NOT_FOUND, quick_reply=item)
        return entered.row

    async def _item(self, owner: str, item: str) -> v.ItemView:
        row, category = await self._row(owner, item), (await self._state(owner)).holder(item).id
        return v.item(row, category, self._uploads.small)

    async def _check_image(self, who: Actor, media: str | None) -> None:
        """Refused now rather than when it is sent: what is no picture, or not the agents'."""
        if media is None:
            return
        said = await self._uploads.content(media, f"agent:{who.agent}")
        if not isinstance(said, ImageContent):
            raise Refused(ErrorCode.MEDIA_NOT_ALLOWED, media=media, path="$.image")

    async def _send(self, s: QuickReplies, input: m.AnyInput, call: Call) -> None:
        await self._hub.send(Envelope(stream(KIND, s.id), input, call.id))

    async def _first(self, s: QuickReplies, input: m.AnyInput, call: Call) -> Any:
        return await self._hub.first_event(await self._hub.send(Envelope(stream(KIND, s.id), input, call.id)))

    def _nickname(self, who: Actor) -> str:
        agent: Agent | None = self._hub.at_hand("agent", who.agent)
        return agent.profile.nickname if agent and agent.profile else ""


def _row(name: str, method: Any, path: str, run: Any, **more: Any) -> Operation:
    return Operation(
        name=name, method=method, path=f"/quick_replies{path}", requires=p.QUICK_REPLY_USE, run=run, **more
    )


def _holder(both: tuple[QuickReplies, ...], row: QuickReply) -> str:
    """The category of a row."""
    return next(s for s in both if s.id == row.owner).holder(row.id).id
