"""The reports over a log, without a hub: the real projection on rows in memory, and figures as the door makes them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from chatserver.agents.events import StatusChanged
from chatserver.agents.model import Agent
from chatserver.conversation import events as e
from chatserver.conversation.model import Conversation, Phase
from chatserver.hub.relay import Entry
from chatserver.hub.step import Happened
from chatserver.hub.tables import Ask, Between, Is, Rows, Tally, Term
from chatserver.kernel.instants import epoch_ms
from chatserver.suite.reports import answers
from chatserver.suite.reports import questions as q
from chatserver.suite.reports.kinds import KINDS
from chatserver.suite.reports.projection import Projection
from chatserver.suite.reports.tables import SUBSCRIBER, TABLES
from tests.fakes.memory_store import MemoryStore
from tests.test_scenarios import run_pure
from tests.world import World

EVER: Term = Between("day", "1970-01-01", "2999-12-31")


class Reporting:
    """`rows` are the reports' own; `restart` forgets everything but them."""

    def __init__(self, store: Any = None) -> None:
        self.store = store or MemoryStore()
        self.rows: Rows = self.store.rows
        self.heard = 0
        self.restart()

    def restart(self) -> None:
        self.projection = Projection(self.rows)

    async def hear(self, log: Sequence[Happened], batch: int = 500) -> "Reporting":
        """Tell the whole log, from where it was left."""
        if self.heard == 0:
            await self.rows.declare(TABLES, {table.name: SUBSCRIBER for table in TABLES})
        entries: list[Entry] = list(enumerate(log, 1))
        while self.heard < len(entries):
            await self.projection.hear(entries[self.heard : self.heard + batch])
            self.heard += batch
        self.heard = len(entries)
        return self

    async def look(self, now: datetime) -> None:
        await self.projection.look(epoch_ms(now), self.heard)

    async def figures(self, report: str, **narrowed: Any) -> dict[str, Any]:
        """All figures of a report over everything; each keyword is a filter."""
        kind = KINDS[report]
        where = (EVER, *(Is(name, (value,)) for name, value in narrowed.items()))
        wanted = q.tally(kind, where)
        return answers.total(kind, wanted, await self.rows.tally(wanted))

    async def by(self, report: str, *by: str) -> dict[Any, dict[str, Any]]:
        """The lines of a report, by their place."""
        kind = KINDS[report]
        wanted = q.tally(kind, (EVER,), by)
        lines, _ = answers.lines(kind, wanted, await self.rows.tally(wanted), {}, "en")
        return {tuple(line.at.values()) if len(by) > 1 else line.at[by[0]]: line.figures for line in lines}

    async def everything(self) -> dict[str, list[Any]]:
        """All rows of all tables."""
        return {t.name: await self.rows.rows(Ask(table=t, order=t.key[0], limit=1_000_000)) for t in TABLES}

    async def count(self, ask: Ask) -> int:
        found = await self.rows.tally(Tally(table=ask.table, where=ask.where))
        return found[0]["rows"] if found else 0


async def reported(scenario: str) -> Reporting:
    """The reports over what happens in a scenario."""
    [path] = (Path(__file__).parent / "scenarios").glob(f"{scenario}*.scenario")
    return await Reporting().hear(run_pure(path)[2].log)


async def balanced(r: Reporting, world: World) -> None:
    """The figures against the log itself: what was opened, assigned, asked and said, and who spent how long how."""
    happened = Counter(type(h.event) for h in world.log)
    volume, waiting = await r.figures("volume"), await r.figures("waiting")
    assert volume["opened"] == happened[e.Opened]
    assert volume["agent_messages"] == happened[e.AgentMessage]
    assert volume["bot_messages"] == happened[e.BotMessage]
    assert volume["transfers"] == happened[e.Transferred]
    assert volume["reopened"] == happened[e.Reopened]
    assert (await r.figures("agents"))["served"] == happened[e.Assigned]
    assert (await r.figures("offers"))["offered"] == happened[e.OfferedTo]
    assert (await r.figures("satisfaction"))["rated"] + volume["rated_alone"] == happened[e.Rated]
    conversations: list[Conversation] = world.of_kind("conversation")
    standing = (await r.by("offers", "outcome")).get(None, {"offered": 0})["offered"]
    assert standing == sum(c.offer is not None for c in conversations)
    under_way = sum(c.phase is Phase.QUEUED for c in conversations)
    outcomes = await r.by("waiting", "outcome")
    elsewhere = sum(outcomes[o]["waits"] for o in ("closed", "overflowed", "handed_back") if o in outcomes)
    assert waiting["waits"] == (
        waiting["served"] + waiting["abandoned"] + waiting["turned_away"] + elsewhere + under_way
    )
    assert volume["closed"] == sum(c.phase is Phase.CLOSED for c in conversations)
    spans = (await r.everything())["status_span"]
    agents: list[Agent] = world.of_kind("agent")
    for agent in agents:
        own = [s for s in spans if s.agent == agent.id]
        serves = [c for c in conversations if c.phase is Phase.SERVING and c.agent == agent.id]
        assert sum(s.load for s in own) == len(serves)
        assert sum(s.status_ms or 0 for s in own) == time_of(agent.id, world.log)


def time_of(agent: str, log: Sequence[Happened]) -> int:
    """From the first change of status to the last."""
    changes = [h.event.at for h in log if h.stream == f"agent/{agent}" and isinstance(h.event, StatusChanged)]
    return round((changes[-1] - changes[0]).total_seconds() * 1000) if changes else 0
