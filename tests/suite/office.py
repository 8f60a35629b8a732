"""A workspace with everything plugged in, and people who ask for operations as the HTTP door would let them."""

from typing import Any

import msgspec

from chatserver import app
from chatserver.access.check import Actor, actor, require
from chatserver.access.roles import Role
from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import FileContent, ImageContent, Said
from chatserver.conversation.model import Conversation, FlowRef, Visit
from chatserver.hub.hub import Hub, stream
from chatserver.hub.plug import Call, Operation, Plug, Site
from chatserver.hub.step import Envelope, OpenConversationOf
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.settings import workspace
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules
from tests.fakes.clock import FakeClock
from tests.fakes.memory_store import MemoryStore

SETTINGS = msgspec.convert(
    {
        "name": "演示商城",
        "groups": [{"id": "sales", "name": "售前"}, {"id": "support", "name": "售后"}],
        "inboxes": [{"id": "web", "name": "web", "flow": "f"}],
        "flows": [
            {
                "id": "f",
                "name": "f",
                "nodes": [
                    {"type": "start", "id": "start", "next": "order"},
                    {
                        "type": "ask",
                        "id": "order",
                        "text": "订单号？",
                        "field": {"key": "order", "label": "订单号"},
                        "next": "desk",
                    },
                    {"type": "to_group", "id": "desk", "group": "sales", "otherwise": "form"},
                    {
                        "type": "leave_message",
                        "id": "form",
                        "text": "请留言",
                        "fields": [
                            {"key": "name", "label": "称呼", "required": True},
                            {"key": "tel", "label": "电话", "kind": "tel"},
                            {"key": "about", "label": "内容", "kind": "textarea"},
                        ],
                    },
                ],
            }
        ],
        "conversation": {"satisfaction": {"on_close": False, "on_idle_close": False}},
    },
    Settings,
)


class Shelf:
    """What agents have uploaded: the picture `media-1` and the file `media-2`. `held` says who keeps what in use."""

    def __init__(self) -> None:
        self.held: dict[str, str | None] = {}

    async def content(self, media: str, owner: str) -> Said:
        match media:
            case "media-1" if owner.startswith("agent:"):
                return ImageContent(media=media, url="/media/1", name="猫.png", size=1, width=1, height=1)
            case "media-2" if owner.startswith("agent:"):
                return FileContent(media=media, url="/media/2", name="a.pdf", size=1, mime="application/pdf")
            case _:
                raise Refused(ErrorCode.MEDIA_UNKNOWN, media=media)

    def small(self, media: str) -> str:
        return f"/small/{media}"

    async def hold(self, holder: str, media: str | None) -> bool:
        self.held[holder] = media
        return media == "media-1"


class Office:
    """`open` it, `ask` on somebody's behalf, `close` it. Agents: li and wang of 售前, zhao of 售后; ban leads 售前, and
    zhu administers."""

    def __init__(self, *plugs: Plug) -> None:
        self.store = MemoryStore()
        self.clock = FakeClock()
        self.hub = Hub(self.store, self.clock, WorkspaceRules(), app.MACHINES, app.WIRING)
        self.uploads = Shelf()
        self._plugs = plugs
        self._operations: dict[str, Operation] = {}
        self._actors: dict[str, Actor] = {}

    async def open(self) -> "Office":
        tables = {table: name for plug in self._plugs for table, name in plug.tables.items()}
        await self.store.rows.declare(list(tables), {t.name: name for t, name in tables.items()})
        opened = [plug.open(self.hub, self.store.rows, Site(uploads=self.uploads)) for plug in self._plugs]
        self._operations = {op.name: op for each in opened for op in each.operations}
        await self.hub.start([subscriber for each in opened for subscriber in each.subscribers])
        if not self.hub.held("workspace", "main").version:
            save = workspace.SaveSettings(settings=SETTINGS, by="test", based_on=0)
            await self.hub.send(Envelope(workspace.STREAM, save))
        for name, role, groups in (
            ("li", "agent", ("sales",)),
            ("wang", "agent", ("sales",)),
            ("zhao", "agent", ("support",)),
            ("ban", "supervisor", ("sales",)),
            ("zhu", "admin", ()),
        ):
            await self.hire(name, role, groups)
        return self

    async def close(self) -> None:
        await self.hub.stop()

    async def hire(self, name: str, role: str, groups: tuple[str, ...], own: tuple[Role, ...] = ()) -> None:
        profile = Profile(account=name, name=name, nickname=f"客服{name}", roles=(role,), groups=groups)
        self._actors[name] = actor(name, groups, (role,), own)
        await self.hub.send(Envelope(stream("agent", name), ai.Saved(profile=profile)))

    async def ask(
        self, who: str, name: str, body: Any = None, query: Any = None, key: str | None = None, **path: str
    ) -> Any:
        """What comes back, as plain data of the declared type; raises `Refused`."""
        op = self._operations[name]
        caller = self._actors[who]
        if op.requires:
            require(caller, op.requires)
        call = Call(
            actor=caller,
            id=key or new_id(),
            path=path,
            query=msgspec.convert(query or {}, op.query, strict=False) if op.query else None,
            body=msgspec.convert(body or {}, op.body) if op.body else None,
        )
        answer = msgspec.json.decode(msgspec.json.encode(await op.run(call)))
        if op.answers is None:
            assert answer is None
        else:
            msgspec.convert(answer, op.answers)
        return answer

    async def refused(self, who: str, name: str, *more: Any, **path: Any) -> tuple[str, dict[str, Any]]:
        """(code, data) of the refusal; an acceptance is an error."""
        try:
            answer = await self.ask(who, name, *more, **path)
        except Refused as refused:
            return refused.code.value, refused.data
        raise AssertionError(f"{name} was accepted: {answer}")

    async def visit(self, contact: str, conversation: str, name: str = "") -> Conversation:
        """The visitor opens the window, for a new conversation unless one is open."""
        flow = self.hub.held("workspace", "main").settings.flows[0]
        visit = Visit(contact=contact, inbox="web", name=name)
        opening = ci.Opening(visit=visit, flow=FlowRef(id=flow.id, version=flow.version))
        await self.hub.send(Envelope(OpenConversationOf(contact, conversation), ci.VisitorCame(opening=opening)))
        return await self.conversation(conversation)

    async def conversation(self, id: str) -> Conversation:
        found: Conversation = await self.hub.look("conversation", id)
        return found

    async def tell(self, conversation: str, input: Any) -> None:
        await self.hub.send(Envelope(stream("conversation", conversation), input))

    async def lines(self, conversation: str) -> list[Any]:
        """The events of a conversation."""
        records = await self.store.history(stream("conversation", conversation), 0, 1_000)
        return [self.hub.event(record) for record in records]
