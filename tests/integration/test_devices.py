"""Consoles that are lost while nothing can be recorded: nobody is given visitors who is not there."""

import pytest

from chatserver.agents import inputs as ai
from chatserver.agents.model import Agent
from chatserver.hub.batch import Receipt
from chatserver.hub.step import Envelope
from chatserver.kernel.errors import ErrorCode, Refused
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import House, Page, Refusal
from tests.integration.test_http import say, who

AWAY = OSError("the disk is full")


async def lost_unrecorded(house: House, console: Page) -> None:
    """The store breaks, the console goes, its word is refused, the store heals."""
    store = house.store
    assert isinstance(store, MemoryStore)
    store.broken = AWAY
    try:
        await console.leave()
        await house.until(lambda: bool(house.server._devices._owed))
    finally:
        store.broken = None


def present(house: House) -> Agent:
    agent: Agent = house.server.hub.held("agent", "demo-agent-1")
    return agent


async def test_a_console_that_was_lost_while_the_store_was_away_is_gone_all_the_same(house: House) -> None:
    """S1-3.1i: its visitors go back to the queue after the grace, and nobody new comes to it."""
    _, console, conversation = await house.served("demo-agent-1")
    await lost_unrecorded(house, console)
    assert present(house).devices
    await house.passing(2, lambda: not present(house).devices)
    house.later(61)
    await house.until(lambda: present(house).status == "offline")
    assert (present(house).cause, house.server._devices._owed) == ("connection_lost", set())
    assert (await house.server.hub.look("conversation", conversation)).agent is None


async def test_a_console_that_is_back_before_it_could_be_recorded_was_never_gone(house: House) -> None:
    """Or whoever sits there would be sent offline."""
    console = await house.console("demo-agent-1", device="laptop")
    await lost_unrecorded(house, console)
    await house.console("demo-agent-1", device="laptop")
    await house.passing(2, lambda: not house.server._devices._owed)
    agent = present(house)
    assert agent.devices == {"laptop"} and agent.lost_at is None


async def test_a_console_that_is_not_let_in_after_all_is_still_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back, so that nothing is owed any more; and is refused, because the house is busy."""
    hub, send = house.server.hub, house.server.hub.send

    async def busy(envelope: Envelope) -> Receipt:
        if isinstance(envelope.input, ai.DeviceConnected):
            await house.passing(2, lambda: not house.server._devices._owed)
            raise Refused(ErrorCode.BUSY)
        return await send(envelope)

    await lost_unrecorded(house, await house.console("demo-agent-1", device="laptop"))
    with monkeypatch.context() as m:
        m.setattr(hub, "send", busy)
        with pytest.raises(Refusal, match="busy"):
            await house.console("demo-agent-1", device="laptop")
    await house.passing(2, lambda: not present(house).devices)


async def test_a_logout_signs_out_whose_console_was_lost_unrecorded(house: House) -> None:
    """At once, and not when the grace of a console that is long gone is over."""
    login = await house.login("demo-agent-1")
    console = await house.ready("demo-agent-1")
    await lost_unrecorded(house, console)
    assert (await say(house, "POST", "/api/logout", **who(login)))[0] == 200
    agent = present(house)
    assert (agent.status, agent.cause, agent.devices) == ("offline", "signed_out", frozenset())


async def test_a_stop_waits_for_nobody_whose_loss_is_owed(build: Build) -> None:
    """The grace begins at the next start."""
    store = MemoryStore()
    house = await build(store)
    await lost_unrecorded(house, await house.ready("demo-agent-1"))
    await house.stop()
    again = await build(store, house.clock)
    assert (present(again).devices, present(again).lost_at) == (frozenset(), house.clock.now())
