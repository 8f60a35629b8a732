"""The settings as each machine sees them. Compiled once for each version of the workspace, not for each input."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chatserver.conversation.inputs import VisitorCame, VisitorSpoke
from chatserver.conversation.model import Conversation, FlowRef
from chatserver.conversation.settings import ConversationRules, QueueRule
from chatserver.dispatch.settings import DispatchRules
from chatserver.flow.model import Flow
from chatserver.hub.step import View
from chatserver.kernel.machine import Env
from chatserver.settings.workspace import STREAM, Workspace


class WorkspaceRules:
    """Answers `hub.step.Rules` from the workspace's own stream, as it stands in the middle of the step."""

    def __init__(self) -> None:
        self._compiled: _Compiled | None = None

    def env(self, look: View, kind: str, state: Any, input: Any, now: datetime) -> Env[Any]:
        if kind in ("workspace", "contact"):
            return Env(now, None)
        workspace: Workspace = look[STREAM]
        compiled = self._compiled
        if compiled is None or compiled.workspace is not workspace:
            compiled = self._compiled = _Compiled(workspace)
        match kind:
            case "conversation":
                return Env(now, compiled.conversation(state, input))
            case "floor":
                return Env(now, compiled.dispatch(now))
            case _:
                return Env(now, workspace.settings.agents)


class _Compiled:
    """Tables by id, made from one version of the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        s = workspace.settings
        self.workspace = workspace
        self._zone = ZoneInfo(s.timezone)
        self._groups = {g.id: g for g in s.groups}
        self._calendars = {c.id: c for c in s.calendars}
        self._queues = {g.id: QueueRule(wait_limit=g.wait_limit, keeps=g.when_agent_gone == "keep") for g in s.groups}
        self._flows: dict[tuple[str, int], ConversationRules] = {}
        self._dispatch = DispatchRules(groups=self._groups, day="")

    def conversation(self, state: Conversation, input: Any) -> ConversationRules:
        flow = state.flow or _opening_flow(input)
        key = (flow.id, flow.version) if flow else ("", 0)
        rules = self._flows.get(key)
        if rules is None:
            found: Flow | None = self.workspace.flow(*key)
            rules = self._flows[key] = ConversationRules(
                settings=self.workspace.settings.conversation,
                flow=found,
                calendars=self._calendars,
                queues=self._queues,
            )
        return rules

    def dispatch(self, now: datetime) -> DispatchRules:
        day = now.astimezone(self._zone).date().isoformat()
        if day != self._dispatch.day:
            self._dispatch = DispatchRules(groups=self._groups, day=day)
        return self._dispatch


def _opening_flow(input: Any) -> FlowRef | None:
    if isinstance(input, VisitorCame | VisitorSpoke) and input.opening:
        return input.opening.flow
    return None
