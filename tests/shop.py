"""A shop whose days are recorded: what looking back is tested with."""

import contextlib
import heapq
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import events as ce
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face, FlowRef, Visit
from chatserver.hub.machines import FLOOR
from chatserver.hub.ports import LogRecord
from chatserver.hub.step import Happened
from chatserver.kernel.errors import Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.replay.day import Day, recorded
from chatserver.replay.log import CODEC
from chatserver.settings.model import Settings
from tests.fakes.clock import T0
from tests.world import World

NEW_YEAR = date(2030, 1, 1)
AGENTS = ("a1", "a2", "a3", "a4")


def make_settings(**group: Any) -> Settings:
    """One group with one inbox; whoever is turned away comes to the end of the flow."""
    nodes = [
        {"type": "start", "id": "s", "next": "g"},
        {"type": "to_group", "id": "g", "group": "sales", "otherwise": "e"},
        {"type": "end", "id": "e", "text": "bye"},
    ]
    raw = {
        "groups": [{"id": "sales", "name": "售前", **group}],
        "flows": [{"id": "f", "name": "f", "nodes": nodes}],
        "inboxes": [{"id": "web", "name": "web", "flow": "f"}],
    }
    return msgspec.convert(raw, Settings)


def numbers(seed: int) -> Iterator[int]:
    """The same numbers in every run: a linear congruential sequence, its high bits."""
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield seed >> 33


class Shop:
    """A workspace with four agents that serves whoever comes; `plan` says what happens when."""

    def __init__(self, s: Settings, agents: tuple[str, ...] = AGENTS, max: int = 2) -> None:
        self.world = World(s)
        self.visitors = 0
        self._plan: list[tuple[Any, int, str, Any]] = []
        self._seen = 0
        self.handling: dict[str, int] = {}
        self.silent = ""  # the agent who answers no offer
        for a in agents:
            profile = Profile(account=a, name=f"座席{a}", nickname=a, groups=("sales",), max=max)
            self.world.send(f"agent/{a}", ai.Saved(profile=profile))
            self.world.sign_in(a)

    def plan(self, at: Any, to: str, input: Any) -> None:
        heapq.heappush(self._plan, (at, len(self._plan) + 1_000 * self.visitors, to, input))

    def visitor(
        self, after: float, handling: int = 300, last: str | None = None, patience: int | None = None, **visit_: Any
    ) -> str:
        """Comes `after` seconds since the morning, needs `handling` seconds, leaves after `patience` seconds."""
        self.visitors += 1
        id, at = f"c{self.visitors}", T0 + timedelta(seconds=after)
        self.handling[id] = handling
        visit = Visit(contact=f"v{id}", inbox="web", name="", **visit_)
        opening = ci.Opening(visit=visit, flow=FlowRef(id="f", version=1), last_agent=last)
        said = ci.VisitorSpoke(id=f"m{id}", content=TextContent(text="在吗"), opening=opening)
        self.plan(at, f"conversation/{id}", said)
        if patience is not None:
            self.plan(at + timedelta(seconds=patience), f"conversation/{id}", ci.VisitorQuit())
        return id

    def day(self) -> list[LogRecord]:
        """Let everything happen, and hand over the log."""
        while self._plan:
            at = self._plan[0][0]
            self.world.advance_to(min(at, self.world.now + timedelta(seconds=1)))
            self._look()
            if self.world.now < self._plan[0][0]:
                continue
            _, _, to, input = heapq.heappop(self._plan)
            if isinstance(input, ci.VisitorQuit) and self.world.states[to].phase != "queued":
                continue
            with contextlib.suppress(Refused):  # an answer to an offer that is over
                self.world.send(to, input)
            self._look()
        return log_of(self.world.log)

    def _look(self) -> None:
        """Whoever is served is done after the time that was said; whoever is asked takes five seconds."""
        for h in self.world.log[self._seen :]:
            id = h.stream.partition("/")[2]
            if isinstance(h.event, ce.Assigned):
                end = h.event.at + timedelta(seconds=self.handling[id])
                self.plan(end, h.stream, ci.AgentEnded(agent=h.event.agent))
            if isinstance(h.event, ce.OfferedTo) and h.event.agent != self.silent:
                answer = ci.AgentAnswered(agent=h.event.agent, face=Face(name="x"), accepts=True)
                self.plan(h.event.at + timedelta(seconds=5), h.stream, answer)
        self._seen = len(self.world.log)


def log_of(happened: list[Happened]) -> list[LogRecord]:
    """As the engine writes it."""
    return [
        LogRecord(
            seq, h.stream, h.version, epoch_ms(h.event.at), h.event.__struct_config__.tag, CODEC.encode(h.event)
        )
        for seq, h in enumerate(happened, 1)
    ]


def busy_day(s: Settings, visitors: int = 300, pace: int = 60, loyal: bool = False) -> list[LogRecord]:
    """Somewhat more visitors than four agents can serve at once; some of them leave. A higher `pace` is slower."""
    shop, number, at = Shop(s), numbers(7), 0.0
    for _ in range(visitors):
        at += next(number) % (pace * 1000) / 1000
        last = "a1" if loyal and next(number) % 2 else None
        patience = 20 + next(number) % 200 if next(number) % 5 == 0 else None
        shop.visitor(at, handling=30 + next(number) % 400, last=last, patience=patience)
    return shop.day()


def assigned(records: list[LogRecord]) -> dict[str, str]:
    """conversation -> agent, as the log says."""
    given = ("matched", "offer_accepted")
    matched = [CODEC.event(FLOOR, r.body) for r in records if r.kind in given and r.stream == FLOOR]
    return {m.conversation: m.agent for m in matched}


def tampered(records: list[LogRecord], at: int, **changes: Any) -> list[LogRecord]:
    """The log with one event changed by hand."""
    record = records[at]
    body = CODEC.encode(replace(CODEC.event(record.stream, record.body), **changes))
    return [*records[:at], replace(record, body=body), *records[at + 1 :]]


def place_of(records: list[LogRecord], kind: str, number: int = 0) -> int:
    return [n for n, r in enumerate(records) if r.kind == kind][number]


def new_year(records: list[LogRecord], days: int = 1) -> Day:
    return recorded(records, NEW_YEAR, NEW_YEAR + timedelta(days=days))
