"""The workspace's settings: all that an administrator may change while the server runs. A change is an event.

The machine keeps earlier versions of flows, because running conversations stay on the one they started with.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, assert_never

import msgspec
from msgspec.structs import replace

from chatserver.bots.settings import RuleBot
from chatserver.channels.web.settings import Inbox, Style
from chatserver.channels.wechat_kefu.settings import CHANNEL
from chatserver.conversation.settings import ConversationSettings
from chatserver.dispatch import inputs as floor
from chatserver.flow import validate as flows
from chatserver.flow.model import Flow
from chatserver.hub.machines import FLOOR, Machine
from chatserver.hub.wiring import Look, Row, Sent, kept_statuses
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input
from chatserver.kernel.partial import over
from chatserver.settings.model import Settings
from chatserver.settings.parts import DropGroup, DropRole, PartInput, SaveGroup, SaveRole, changed
from chatserver.settings.validate import known_to_flows, problems

STREAM = "workspace/main"
T = TypeVar("T")

NOBODY = ("https://nobody.invalid",)
"""Origins of an inbox that has no snippet: an empty list would allow every site."""

KEPT_VERSIONS = 50
"""Earlier versions of each flow that are kept for conversations which still run on them. Who is in an older one begins
again in the present one."""

KEPT_FLOWS = 500
"""The same over all flows, also those that are gone."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of a flow was published, when, and by whom."""

    flow: str
    version: int
    by: str
    at: datetime


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """The state: what holds now, and earlier flow versions and their publications, newest first."""

    id: str
    version: int = 0
    settings: Settings = Settings()
    earlier_flows: tuple[Flow, ...] = ()
    publications: tuple[Publication, ...] = ()

    def flow(self, id: str, version: int) -> Flow | None:
        """The flow in that version; the present one where that version is not kept any more."""
        present = next((f for f in self.settings.flows if f.id == id), None)
        if present and present.version == version:
            return present
        return next((f for f in self.earlier_flows if f.id == id and f.version == version), present)

    def flow_at(self, inbox: str) -> Flow | None:
        """The present flow of a way in."""
        id = next((i.flow for i in self.settings.ways if i.id == inbox), None)
        return next((f for f in self.settings.flows if f.id == id), None)

    def bot(self, id: str) -> RuleBot | None:
        return next((b for b in self.settings.bots if b.id == id), None)

    def conversation(self, inbox: str) -> ConversationSettings:
        """会话消息设置 of an inbox: the workspace's, with what the inbox has otherwise."""
        s = self.settings
        own = next((i.conversation for i in s.ways if i.id == inbox), None)
        return over(s.conversation, own) if own else s.conversation

    def channel(self, inbox: str) -> str:
        """The kind of channel that an inbox belongs to, whichever page its visitor uses at the moment."""
        return CHANNEL if any(i.id == inbox for i in self.settings.kefu) else "web"

    def inbox(self, id: str) -> Inbox:
        """A web inbox; or what a form's page needs of one in WeChat, which nobody may embed."""
        found = next((i for i in self.settings.inboxes if i.id == id), None)
        if found:
            return found
        kefu = next((i for i in self.settings.kefu if i.id == id), None)
        if kefu:
            style = Style(title=kefu.name[:40])
            return Inbox(id=id, name=kefu.name, flow=kefu.flow, style=style, locale=kefu.locale, allowed_origins=NOBODY)
        raise Refused(ErrorCode.INBOX_UNKNOWN, inbox=id)


class SaveSettings(Input, frozen=True, kw_only=True):
    """Replace the settings as a whole; `based_on` is the version that the editor saw."""

    settings: Settings
    by: str
    based_on: int


class PublishFlow(Input, frozen=True, kw_only=True):
    """Make `flow` the one that new conversations go by. Its version is the published one that its editor saw, 0 for
    none: what was published since is not overwritten."""

    flow: Flow
    by: str


class SettingsSaved(Event, frozen=True, kw_only=True):
    """设置变更."""

    settings: Settings
    by: str


class FlowPublished(Event, frozen=True, kw_only=True):
    """流程发布."""

    flow: Flow
    by: str


WorkspaceInput = SaveSettings | PublishFlow | PartInput
WorkspaceEvent = SettingsSaved | FlowPublished


def decide(w: Workspace, input: WorkspaceInput, env: Env[None]) -> list[WorkspaceEvent]:
    match input:
        case SaveSettings():
            return save(w, input, env)
        case PublishFlow():
            return publish(w, input, env)
        case SaveGroup() | DropGroup() | SaveRole() | DropRole():
            whole = SaveSettings(settings=changed(w.settings, input), by=input.by, based_on=w.version)
            return save(w, whole, env)
        case _:
            assert_never(input)


def publish(w: Workspace, input: PublishFlow, env: Env[None]) -> list[WorkspaceEvent]:
    """Refuses a flow with mistakes, all of them at once, each with its path in the flow."""
    present = next((f for f in w.settings.flows if f.id == input.flow.id), None)
    if input.flow.version != (present.version if present else 0):
        raise Refused(ErrorCode.CONFLICT, version=present.version if present else 0)
    if found := flows.problems(input.flow, known_to_flows(w.settings)):
        raise Refused(ErrorCode.FLOW_INVALID, path=found[0].path, problems=found)
    flow = _numbered(w, input.flow)
    return [FlowPublished(at=env.now, flow=flow, by=input.by)] if flow != present else []


def seen(w: Workspace, based_on: int) -> None:
    """`Refused(conflict)` unless this is the version that the editor saw."""
    if based_on != w.version:
        raise Refused(ErrorCode.CONFLICT, version=w.version)


def save(w: Workspace, input: SaveSettings, env: Env[None]) -> list[WorkspaceEvent]:
    """Refuses settings that contradict themselves, all of their problems at once, and edits of an old version."""
    seen(w, input.based_on)
    if found := problems(input.settings):
        first = found[0]
        code = ErrorCode.FLOW_INVALID if first.path.startswith("$.flows") else ErrorCode.SETTINGS_INVALID
        raise Refused(code, path=first.path, problems=[{"path": p.path, "code": p.code} for p in found])
    settings = replace(input.settings, flows=tuple(_numbered(w, f) for f in input.settings.flows))
    if settings == w.settings and w.version:
        return []
    return [SettingsSaved(at=env.now, settings=settings, by=input.by)]


def _numbered(w: Workspace, flow: Flow) -> Flow:
    """A changed flow is a new version, whatever number the editor wrote."""
    versions = [f.version for f in (*w.settings.flows, *w.earlier_flows) if f.id == flow.id]
    versions += [p.version for p in w.publications if p.flow == flow.id]
    present = next((f for f in w.settings.flows if f.id == flow.id), None)
    if present and replace(flow, version=present.version) == present:
        return present
    return replace(flow, version=max(versions, default=0) + 1)


def evolve(w: Workspace, event: WorkspaceEvent) -> Workspace:
    match event:
        case SettingsSaved():
            settings = event.settings
        case FlowPublished():
            kept = {f.id: f for f in w.settings.flows} | {event.flow.id: event.flow}
            settings = replace(w.settings, flows=tuple(kept.values()))
        case _:
            assert_never(event)
    had, has = ({(f.id, f.version) for f in s.flows} for s in (w.settings, settings))
    earlier = tuple(f for f in w.settings.flows if (f.id, f.version) not in has) + w.earlier_flows
    fresh = [Publication(flow=id, version=v, by=event.by, at=event.at) for id, v in sorted(has - had)]
    return replace(
        w,
        version=w.version + 1,
        settings=settings,
        earlier_flows=_newest(earlier, lambda f: f.id, KEPT_VERSIONS)[:KEPT_FLOWS],
        publications=_newest((*fresh, *w.publications), lambda p: p.flow, 2 * KEPT_VERSIONS)[: 2 * KEPT_FLOWS],
    )


def _newest(of: tuple[T, ...], flow: Callable[[T], str], most: int) -> tuple[T, ...]:
    """Of each flow the first so many; one flow that changes every minute takes nothing from the others."""
    seen = Counter[str]()
    kept: list[T] = []
    for one in of:
        seen[flow(one)] += 1
        if seen[flow(one)] <= most:
            kept.append(one)
    return tuple(kept)


def wake_at(w: Workspace, settings: None) -> datetime | None:
    """Settings wait for nothing."""
    return None


def saved(name: str, event: SettingsSaved, look: Look) -> Sent:
    """The floor looks at every queue again: a strategy, a limit or a group may be another now, and so may be what a
    status means."""
    return [*kept_statuses(look), (FLOOR, floor.RulesChanged())]


MACHINE = Machine(
    kind="workspace",
    only="main",
    state=Workspace,
    event=WorkspaceEvent,
    fresh=lambda id: Workspace(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
)
WIRING: dict[type[Any], Row] = {SettingsSaved: saved}
