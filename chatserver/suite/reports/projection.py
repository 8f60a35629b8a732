"""Drives the ledger: hears the log, reads what the ledger wants, and writes rows and place in one go."""

import asyncio
from collections.abc import Sequence

from chatserver.hub.machines import id_of, kind_of
from chatserver.hub.relay import Entry, Subscriber
from chatserver.hub.tables import Ask, Is, Rows, Tally, Told
from chatserver.suite.reports.duty import Duty
from chatserver.suite.reports.facts import Facts
from chatserver.suite.reports.ledger import BEGINNING, Ledger
from chatserver.suite.reports.tables import OFFER, PLACE, SERVICE, SPAN, STINT, SUBSCRIBER, WAIT

RUNNING = Ask(table=SPAN, where=(Is("runs", (1,)),), order="agent", limit=20_000)
"""What runs: at most two stretches an agent."""


def newest(agent: str, what: str) -> Ask:
    """An agent's last stretch of a kind."""
    where = (Is("agent", (agent,)), Is("what", (what,)))
    return Ask(table=SPAN, where=where, order="since", descending=True, limit=1)


QUESTIONS: dict[str, Ask | Tally] = {
    "what runs": RUNNING,
    "an agent's last status": newest("a1", "status"),
}
"""What it reads, by a name."""


class Projection:
    """The one writer of the rows. Its memory is only a shortcut: after a failure it begins again from the rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._turn = asyncio.Lock()
        self._ledger: Ledger | None = None
        self.subscriber = Subscriber(SUBSCRIBER, self.hear, durable=True, tells=True)

    async def hear(self, entries: Sequence[Entry]) -> None:
        async with self._turn:
            ledger, self._ledger = await self._begun(), None
            for seq, happened in entries:
                while wanted := ledger.wants(happened):
                    await self._bring(ledger, wanted)
                ledger.take(seq, happened)
            await self._rows.write(ledger.changes(), Told(SUBSCRIBER, entries[-1][0]))
            self._ledger = ledger

    async def behind(self, head: int) -> int:
        """How many events of the log are not counted yet."""
        async with self._turn:
            return max(head - (await self._begun()).seq, 0)

    async def look(self, now: int, head: int) -> None:
        """Write down how long what runs has been running, unless it may be over: then the log says so."""
        async with self._turn:
            ledger, self._ledger = await self._begun(), None
            if ledger.seq >= head:
                ledger.look(now)
                await self._rows.write(ledger.changes())
            self._ledger = ledger

    async def _begun(self) -> Ledger:
        if self._ledger is None:
            ledger = Ledger(await self._rows.row(PLACE, (BEGINNING.id,)) or BEGINNING)
            for span in await self._rows.rows(RUNNING):
                await self._bring(ledger, f"agent/{span.agent}")
            self._ledger = ledger
        return self._ledger

    async def _bring(self, ledger: Ledger, stream: str) -> None:
        id = id_of(stream)
        if kind_of(stream) == "agent":
            ledger.give_duty(id, await self._duty(id))
        else:
            ledger.give(id, await self._facts(id))

    async def _duty(self, agent: str) -> Duty:
        """The newest row of either kind."""
        status, serving = [await self._rows.rows(newest(agent, what)) for what in ("status", "serving")]
        return Duty(status=next(iter(status), None), serving=next(iter(serving), None))

    async def _facts(self, id: str) -> Facts | None:
        row = self._rows.row
        s = await row(SERVICE, (id,))
        if s is None:
            return None
        stint = await row(STINT, (id, s.stints)) if s.stints else None
        rated = await row(STINT, (id, s.asked_stint)) if s.asked_stint not in (0, s.stints) else None
        return Facts(
            service=s,
            wait=await row(WAIT, (id, s.waits)) if s.waits else None,
            stint=stint,
            offer=await row(OFFER, (id, s.offers)) if s.offers else None,
            rated=rated or (stint if s.asked_stint else None),
        )
