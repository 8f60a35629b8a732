"""等待时间: what a waiting visitor is told, over a real socket, and how it is scored (S1-3.1i)."""

from msgspec.structs import replace

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.api.waits import Waits
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.ids import new_id
from tests.integration.house import House, Page


async def one_seat(house: House) -> Page:
    """One agent who serves one at a time."""
    profile = replace(demo.AGENTS["demo-agent-1"], max=1, groups=("sales",))
    await house.server.hub.send(Envelope(stream("agent", "demo-agent-1"), ai.Saved(profile=profile)))
    return await house.ready("demo-agent-1")


async def minutes_pass(house: House, console: Page, conversations: list[str]) -> None:
    """Every minute the agent is done with one, and the next one is served."""
    for conversation in conversations:
        house.later(60)
        await console.ask("close", {"id": new_id(), "conversation": conversation})
        await house.told()


async def test_a_visitor_is_told_how_long_it_may_take_as_soon_as_anybody_can_know(house: House) -> None:
    """Nothing at first; after five departures an interval, in the snapshot and in pushes; another when the place is."""
    console = await one_seat(house)
    pages = [await house.visitor() for _ in range(9)]
    talks = [await house.queue(page) for page in pages]
    await house.told()
    assert (await pages[8].ask("hello", {}))["conversation"]["wait"] is None
    await minutes_pass(house, console, talks[:6])
    told = await pages[8].hear("conversation", lambda c: c["wait"])
    assert told["ahead"] == 2
    assert told["wait"]["low"] <= 180 <= told["wait"]["high"] <= 240
    shown = (await pages[8].ask("hello", {}))["conversation"]
    assert shown["ahead"] == 1 and shown["wait"]["low"] <= 120 <= shown["wait"]["high"]
    served = (await pages[6].ask("hello", {}))["conversation"]
    assert (served["phase"], served["wait"]) == ("serving", None)


async def test_the_intervals_are_scored_and_the_figure_is_shown(house: House) -> None:
    """A steady pace holds what it promised; after a restart the log tells the same."""
    console = await one_seat(house)
    pages = [await house.visitor() for _ in range(12)]
    talks = [await house.queue(page) for page in pages]
    await minutes_pass(house, console, talks[:11])
    assert house.server.waits.coverage() == {"sales": 1.0}
    async with house.http.get("/metrics") as answer:
        assert "chatserver_wait_coverage 1.0" in await answer.text()
    again = Waits(house.server.hub)
    await again.recall()
    assert again._paces["sales"].departures == house.server.waits._paces["sales"].departures
    wait = again.told(talks[11], 0)
    assert wait is None or wait.low <= 60 <= wait.high


async def test_whoever_leaves_is_not_told_any_more(house: House) -> None:
    """Nothing is kept of a wait that is over."""
    await one_seat(house)
    first, second = await house.visitor(), await house.visitor()
    await house.queue(first)
    await house.queue(second)
    await second.ask("leave_queue", {"id": new_id()})
    await house.told()
    assert house.server.waits._waits == {}
