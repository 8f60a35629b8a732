"""试运行: plays a flow with an invented visitor, in virtual time, on the machines that serve real ones. Pure.

No rule is written here a second time: the conversation, the floor and the agents are the product's own, and the clock
stands still until somebody lets time pass. Nothing of it is kept, and nobody outside is called.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, assert_never

import msgspec
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.bots.rules import answer as rule_answer
from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.content import Answer, TextContent
from chatserver.conversation.model import Conversation, Face, FlowRef, Visit
from chatserver.flow.model import Bot, Flow, ToGroup, Webhook
from chatserver.flow.saved import values
from chatserver.hub.machines import CORE, kind_of, stream
from chatserver.hub.step import Envelope, Missing, OpenConversationOf, Outcome, Stepper, View
from chatserver.hub.wiring import WIRING
from chatserver.kernel.errors import Refused
from chatserver.kernel.instants import epoch_ms, from_epoch_ms
from chatserver.protocol.timeline import item
from chatserver.protocol.wire import Item
from chatserver.settings.model import Settings
from chatserver.settings.rules import WorkspaceRules
from chatserver.settings.script import (
    INVENTED,
    Accepts,
    Agent,
    AgentAct,
    Agents,
    Answers,
    AnyAct,
    Declines,
    Effect,
    Fails,
    InventedVisitor,
    Leaves,
    Rehearsed,
    Returns,
    Says,
    Script,
    Status,
    Submits,
    Taps,
    Waits,
)
from chatserver.settings.workspace import STREAM, Workspace

NAME = stream("conversation", INVENTED)
AGENT = stream("agent", INVENTED)
FACE = Face(name="座席")

MAX_WAKES = 10_000
"""Timers of one rehearsal: far more than a flow can set, and an end to one that never rests."""


def rehearse(settings: Settings, flow: Flow, script: Script) -> Rehearsed:
    """`flow` need not be one of the settings', but must be sound (`flow.validate.problems`)."""
    rehearsal = _Rehearsal(settings, flow, script)
    rehearsal.open()
    for number, act in enumerate(script.acts, 1):
        rehearsal.play(number, act)
    return rehearsal.result()


class _Rehearsal:
    def __init__(self, settings: Settings, flow: Flow, script: Script) -> None:
        flow = replace(flow, version=1)
        flows = (*(f for f in settings.flows if f.id != flow.id), flow)
        workspace = Workspace(id="main", version=1, settings=replace(settings, flows=flows))
        self._machines = {m.kind: m for m in CORE}
        self._stepper = Stepper(self._machines, WIRING, WorkspaceRules())
        self._states: dict[str, Any] = {STREAM: workspace}
        self._script = script
        self._flow = flow
        self._start = self._now = from_epoch_ms(script.at)
        self._act = 0
        self._effects: list[Effect] = []
        self._wakes = 0

    def open(self) -> None:
        asked = {node.group for node in self._flow.nodes if isinstance(node, ToGroup)}
        workspace: Workspace = self._states[STREAM]
        overflow = {g.overflow for g in workspace.settings.groups if g.id in asked and g.overflow}
        profile = Profile(
            account=INVENTED, name=FACE.name, nickname=FACE.name, groups=tuple(sorted(asked | overflow)), max=200
        )
        self._send(AGENT, ai.Saved(profile=profile))
        self._send(AGENT, ai.DeviceConnected(device=INVENTED))
        self._agents(self._script.agents)
        opening = i.Opening(visit=_visit(self._script.visitor), flow=FlowRef(id=self._flow.id, version=1))
        to = OpenConversationOf(INVENTED, INVENTED)
        if self._script.words:
            content = TextContent(text=self._script.words)
            self._send(to, i.VisitorSpoke(id="0", content=content, opening=opening))
        else:
            self._send(to, i.VisitorCame(opening=opening))
        self._ask_bots()

    def play(self, number: int, act: AnyAct) -> None:
        """What is refused happens too, as an effect."""
        self._act = number
        try:
            self._play(str(number), act)
        except Refused as refused:
            data = {"code": refused.code.value, **refused.data}
            self._effects.append(self._effect("refused", data=data))
        self._ask_bots()

    def _play(self, id: str, act: AnyAct) -> None:
        asked = self._conversation.asking.id if self._conversation.asking else ""
        match act:
            case Waits():
                self._advance(self._now + timedelta(seconds=act.seconds))
            case Agents() | Agent() | Accepts() | Declines():
                self._agent_plays(id, act)
            case Says():
                self._send(NAME, i.VisitorSpoke(id=id, content=TextContent(text=act.text)))
            case Taps():
                self._send(NAME, i.VisitorChose(id=id, item=self._conversation.asks or "", option=act.option))
            case Submits():
                self._send(NAME, i.VisitorSubmitted(id=id, values=act.values))
            case Leaves():
                self._send(NAME, i.VisitorQuit() if act.what == "queue" else i.VisitorEnded())
            case Answers():
                self._answer(act, asked)
            case Returns():
                kept = values(self._at, act.body) if isinstance(self._at, Webhook) else {}
                self._send(NAME, i.WebhookAnswered(asked=asked, values=kept))
            case Fails():
                self._send(NAME, i.NotAnswered(asked=asked))
            case _:
                assert_never(act)

    def _agent_plays(self, id: str, act: AgentAct) -> None:
        match act:
            case Agents():
                self._agents(act.are)
            case Agent() if act.text:
                said = i.AgentSpoke(id=id, agent=INVENTED, face=FACE, content=TextContent(text=act.text))
                self._send(NAME, said)
            case Agent():
                self._send(NAME, i.AgentEnded(agent=INVENTED))
            case Accepts() | Declines():
                accepts = isinstance(act, Accepts)
                self._send(NAME, i.AgentAnswered(agent=INVENTED, face=FACE, accepts=accepts))
            case _:
                assert_never(act)

    def result(self) -> Rehearsed:
        c = self._conversation
        return Rehearsed(
            effects=self._effects,
            phase=c.phase,
            node=c.place.node if c.place else "",
            asking=self._asking(),
            wakes_at=epoch_ms(at) if (at := self._wake(NAME)) else None,
        )

    def _asking(self) -> Literal["bot", "webhook", "agent"] | None:
        if self._conversation.offer:
            return "agent"
        if self._conversation.asking is None:
            return None
        return "bot" if isinstance(self._at, Bot) else "webhook"

    @property
    def _conversation(self) -> Conversation:
        found: Conversation = self._states[NAME]
        return found

    @property
    def _at(self) -> Any:
        place = self._conversation.place
        return self._flow.node(place.node) if place else None

    def _agents(self, status: Status) -> None:
        self._send(AGENT, ai.StatusChosen(status=status))

    def _ask_bots(self) -> None:
        """A rule bot answers at once, and what it was asked meanwhile too."""
        workspace: Workspace = self._states[STREAM]
        while not self._script.by_hand and (asking := self._conversation.asking) and isinstance(self._at, Bot):
            settings = workspace.bot(self._at.bot)
            if settings is None:
                return
            reply = rule_answer(settings, asking.text)
            answers = Answers(
                text=reply.text, suggestions=reply.suggestions, understood=reply.understood, handoff=reply.handoff
            )
            self._answer(answers, asking.id)

    def _answer(self, act: Answers, asked: str) -> None:
        reply = i.BotAnswered(
            asked=asked,
            text=act.text,
            suggestions=act.suggestions,
            understood=act.understood,
            handoff=act.handoff,
        )
        self._send(NAME, reply)

    def _advance(self, to: datetime) -> None:
        """Whatever becomes due happens at its own instant."""
        while due := min(((at, name) for name in self._states if (at := self._wake(name)) and at <= to), default=None):
            self._wakes += 1
            if self._wakes > MAX_WAKES:
                break
            self._now = max(self._now, due[0])
            self._send(due[1], self._machines[kind_of(due[1])].tick)
        self._now = to

    def _wake(self, name: str) -> datetime | None:
        if kind_of(name) not in self._machines:
            return None
        return self._stepper.wake_at(name, self._states[name], View(self._states), self._now)

    def _send(self, to: str | OpenConversationOf, input: Any) -> None:
        outcome = self._step(Envelope(to, input))
        state = self._states.get(NAME)
        for happened in outcome.happened:
            if happened.stream == NAME:
                state = self._machines["conversation"].evolve(state, happened.event)
                self._note(happened.event, happened.version, state)
        self._states |= outcome.changed

    def _step(self, envelope: Envelope) -> Outcome:
        while True:
            try:
                return self._stepper.step(envelope, self._now, self._states)
            except Missing as missing:
                self._states[missing.stream] = self._stepper.fresh(missing.stream)

    def _note(self, event: e.AnyEvent, version: int, c: Conversation) -> None:
        kind = str(event.__struct_config__.tag)
        data = {k: v for k, v in msgspec.to_builtins(event).items() if k not in ("type", "at", "content", "through")}
        line = item(len(self._effects) + 1, INVENTED, version, event, "visitor")
        through = event.through if isinstance(event, e.NodeReached) else ()
        self._effects.append(self._effect(kind, c.place.node if c.place else "", through, line, data))

    def _effect(
        self, kind: str, node: str = "", through: tuple[str, ...] = (), line: Item | None = None, data: Any = None
    ) -> Effect:
        after = round((self._now - self._start).total_seconds())
        return Effect(
            act=self._act,
            at=epoch_ms(self._now),
            after=after,
            kind=kind,
            node=node,
            through=through,
            line=line,
            data=data or {},
        )


def _visit(v: InventedVisitor) -> Visit:
    fields = tuple(Answer(key=key, label=key, value=value) for key, value in v.fields.items())
    return Visit(contact=INVENTED, **(msgspec.structs.asdict(v) | {"fields": fields}))
