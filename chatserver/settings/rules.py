"""The settings as each machine sees them. Compiled once for each version of the workspace, not for each input."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chatserver.conversation.contact import Contact, LeftAnswer
from chatserver.conversation.inputs import Opening, VisitorCame, VisitorSpoke
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.settings import ConversationRules, QueueRule
from chatserver.dispatch.settings import DispatchRules, Group
from chatserver.dispatch.window import Window, window_at
from chatserver.flow.model import Flow
from chatserver.hub.machines import stream
from chatserver.hub.step import View
from chatserver.kernel.machine import Env
from chatserver.settings.workspace import STREAM, Workspace


class WorkspaceRules:
    """Answers `hub.step.Rules` from the workspace's own stream, as it stands in the middle of the step."""

    def __init__(self) -> None:
        self._compiled: _Compiled | None = None

    def env(self, look: View, kind: str, state: Any, input: Any, now: datetime) -> Env[Any]:
        if kind in ("workspace", "draft", "contact", "account", "leave_message"):
            return Env(now, None)
        workspace: Workspace = look[STREAM]
        compiled = self._compiled
        if compiled is None or compiled.workspace is not workspace:
            compiled = self._compiled = _Compiled(workspace)
        match kind:
            case "conversation":
                rules = compiled.conversation(state, input)
                return Env(now, replace(rules, answers=kept) if (kept := _kept_answers(look, state, input)) else rules)
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
        self._queues = {g.id: _queue_rule(g) for g in s.groups}
        self._talks: dict[tuple[str, str, int], ConversationRules] = {}
        self._window: Window | None = None
        self._dispatch = DispatchRules(groups=self._groups, window="")

    def conversation(self, state: Conversation, input: Any) -> ConversationRules:
        opening = _opening(input)
        flow = state.flow or (opening and opening.flow)
        visit = state.visit or (opening and opening.visit)
        key = (visit.inbox if visit else "", flow.id if flow else "", flow.version if flow else 0)
        rules = self._talks.get(key)
        if rules is None:
            found: Flow | None = self.workspace.flow(key[1], key[2]) or self.workspace.flow_at(key[0])
            rules = self._talks[key] = ConversationRules(
                settings=self.workspace.conversation(key[0]),
                flow=found,
                calendars=self._calendars,
                queues=self._queues,
                leave_to=self.workspace.settings.leave_messages.assign_to,
            )
        return rules

    def dispatch(self, now: datetime) -> DispatchRules:
        if self._window is None or not self._window.begins <= now < self._window.ends:
            self._window = window_at(now, self._zone, self.workspace.settings.shifts)
            self._dispatch = DispatchRules(groups=self._groups, window=self._window.id)
        return self._dispatch


def _queue_rule(group: Group) -> QueueRule:
    return QueueRule(
        wait_limit=group.wait_limit,
        overflow_after=group.overflow_after if group.overflow else 0,
        vip_weight=group.vip_weight,
        keeps=group.when_agent_gone == "keep",
    )


def _kept_answers(look: View, state: Conversation, input: Any) -> tuple[LeftAnswer, ...]:
    """What has waited for a visitor whose conversation begins now, or goes on after its end."""
    opening = _opening(input)
    if state.phase not in (Phase.NEW, Phase.CLOSED) or opening is None:
        return ()
    contact: Contact = look[stream("contact", opening.visit.contact)]
    return contact.answers


def _opening(input: Any) -> Opening | None:
    return input.opening if isinstance(input, VisitorCame | VisitorSpoke) else None
