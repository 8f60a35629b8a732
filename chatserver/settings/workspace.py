"""The workspace's settings: all that an administrator may change while the server runs. A change is an event.

The machine keeps earlier versions of flows, because running conversations stay on the one they started with.
"""

from collections import Counter
from datetime import datetime
from itertools import compress
from typing import Any, assert_never

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
from chatserver.settings.earlier import Earlier, kept, weighed
from chatserver.settings.model import Settings
from chatserver.settings.parts import DropGroup, DropRole, PartInput, SaveGroup, SaveRole, changed
from chatserver.settings.validate import known_to_flows, problems

STREAM = "workspace/main"

NOBODY = ("https://nobody.invalid",)
"""Origins of an inbox that has no snippet: an empty list would allow every site."""

MAX_SETTINGS = 4_000_000
"""Bytes of all settings as JSON: with the earlier flows beside them they are one document, which MongoDB bounds."""

LISTED_VERSIONS, LISTED = 100, 1_000
"""Publications that are remembered, of each flow and of all."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of a flow was published, when, and by whom."""

    flow: str
    version: int
    by: str
    at: datetime


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """The state: what holds now, and earlier flow versions and their publications, newest first. `earlier` is what
    `settings/earlier.py` knows of those versions."""

    id: str
    version: int = 0
    settings: Settings = Settings()
    earlier_flows: tuple[Flow, ...] = ()
    earlier: tuple[Earlier, ...] = ()
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
    if flow == present:
        return []
    _check_size(_with(w.settings, flow))
    return [FlowPublished(at=env.now, flow=flow, by=input.by)]


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
    _check_size(settings)
    return [SettingsSaved(at=env.now, settings=settings, by=input.by)]


def _check_size(settings: Settings) -> None:
    if len(msgspec.json.encode(settings)) > MAX_SETTINGS:
        raise Refused(ErrorCode.TOO_LARGE, path="$", limit=MAX_SETTINGS)


def _with(settings: Settings, flow: Flow) -> Settings:
    return replace(settings, flows=tuple(({f.id: f for f in settings.flows} | {flow.id: flow}).values()))


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
            settings = _with(w.settings, event.flow)
        case _:
            assert_never(event)
    had, has = ({(f.id, f.version) for f in s.flows} for s in (w.settings, settings))
    replaced = tuple(f for f in w.settings.flows if (f.id, f.version) not in has)
    fresh = [Publication(flow=id, version=v, by=event.by, at=event.at) for id, v in sorted(has - had)]
    w = replace(w, version=w.version + 1, settings=settings, publications=_listed((*fresh, *w.publications)))
    # A state of before sizes were known is looked through once: it may be too large to be written again.
    known = len(w.earlier) == len(w.earlier_flows)
    return w if known and not replaced else _remembering(w, replaced, event.at)


def _remembering(w: Workspace, replaced: tuple[Flow, ...], now: datetime) -> Workspace:
    flows = (*replaced, *w.earlier_flows)
    versions = weighed(flows, w.earlier, now)
    stay = kept(versions, now)
    return replace(w, earlier_flows=tuple(compress(flows, stay)), earlier=tuple(compress(versions, stay)))


def _listed(publications: tuple[Publication, ...]) -> tuple[Publication, ...]:
    """Of each flow the newest; one that changes every minute takes nothing from the others."""
    seen = Counter[str]()
    listed: list[Publication] = []
    for one in publications:
        seen[one.flow] += 1
        if seen[one.flow] <= LISTED_VERSIONS:
            listed.append(one)
    return tuple(listed[:LISTED])


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
