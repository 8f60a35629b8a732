"""The workspace's settings: all that an administrator may change while the server runs. A change is an event.

The machine keeps earlier versions of flows, because running conversations stay on the one they started with.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from chatserver.channels.web.settings import Inbox
from chatserver.dispatch import inputs as floor
from chatserver.flow.model import Flow
from chatserver.hub.machines import FLOOR, Machine
from chatserver.hub.wiring import Look, Row, Sent
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env, Event, Input
from chatserver.settings.model import Settings
from chatserver.settings.validate import problems

STREAM = "workspace/main"

KEPT_FLOWS = 200
"""Earlier versions of flows that are kept for conversations which still run on them."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """The state: what holds now, and earlier flow versions, newest first."""

    id: str
    version: int = 0
    settings: Settings = Settings()
    earlier_flows: tuple[Flow, ...] = ()

    def flow(self, id: str, version: int) -> Flow | None:
        """The flow in that version; the present one where that version is not kept any more."""
        present = next((f for f in self.settings.flows if f.id == id), None)
        if present and present.version == version:
            return present
        return next((f for f in self.earlier_flows if f.id == id and f.version == version), present)

    def inbox(self, id: str) -> Inbox:
        found = next((i for i in self.settings.inboxes if i.id == id), None)
        if found is None:
            raise Refused(ErrorCode.INBOX_UNKNOWN, inbox=id)
        return found


class SaveSettings(Input, frozen=True, kw_only=True):
    """Replace the settings as a whole; `based_on` is the version that the editor saw."""

    settings: Settings
    by: str
    based_on: int


class SettingsSaved(Event, frozen=True, kw_only=True):
    """设置变更."""

    settings: Settings
    by: str


def decide(w: Workspace, input: SaveSettings, env: Env[None]) -> list[SettingsSaved]:
    """Refuses settings that contradict themselves, all of their problems at once, and edits of an old version."""
    if input.based_on != w.version:
        raise Refused(ErrorCode.CONFLICT, version=w.version)
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
    present = next((f for f in w.settings.flows if f.id == flow.id), None)
    if present and replace(flow, version=present.version) == present:
        return present
    return replace(flow, version=max(versions, default=0) + 1)


def evolve(w: Workspace, event: SettingsSaved) -> Workspace:
    keeps = {(f.id, f.version) for f in event.settings.flows}
    earlier = tuple(f for f in w.settings.flows if (f.id, f.version) not in keeps) + w.earlier_flows
    return replace(w, version=w.version + 1, settings=event.settings, earlier_flows=earlier[:KEPT_FLOWS])


def wake_at(w: Workspace, settings: None) -> datetime | None:
    """Settings wait for nothing."""
    return None


def saved(name: str, event: SettingsSaved, look: Look) -> Sent:
    """The floor looks at every queue again: a strategy, a limit or a group may be another now."""
    return [(FLOOR, floor.RulesChanged())]


MACHINE = Machine(
    kind="workspace",
    only="main",
    state=Workspace,
    event=SettingsSaved,
    fresh=lambda id: Workspace(id=id),
    decide=decide,
    evolve=evolve,
    wake_at=wake_at,
)
WIRING: dict[type[Any], Row] = {SettingsSaved: saved}
