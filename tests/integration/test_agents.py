"""Consoles: who is let in, what reaches another group's conversation (nothing), and what a changed role does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.api import agent_door, socket
from chatserver.api.auth import COOKIE
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.ids import new_id
from chatserver.store.sqlite import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fakes.slow_store import SlowStore
from tests.integration.conftest import Build
from tests.integration.house import OWN, House, Page, Refusal

Codes = Callable[[], list[str]]


async def knock(house: House, cookie: str = "", csrf: str = "", origin: str = "") -> Page:
    headers = ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {}) | ({"Origin": origin} if origin else {})
    return await Page(house, "/agent", headers).connect({"csrf": csrf, "device": "d"})


async def test_a_console_needs_a_login_its_csrf_token_and_our_own_page(house: House, refusals: Codes) -> None:
    """A foreign site has none of the three; each lack has its own name."""
    token, csrf = await house.login("demo-agent-1")
    for given, code in (
        ({"csrf": csrf}, "unauthenticated"),
        ({"cookie": "x" + token, "csrf": csrf}, "unauthenticated"),
        ({"cookie": token, "csrf": "wrong"}, "bad_csrf"),
        ({"cookie": token, "csrf": csrf, "origin": "https://evil.test"}, "origin_not_allowed"),
        ({"cookie": token, "csrf": csrf, "origin": "null"}, "origin_not_allowed"),
    ):
        with pytest.raises(Refusal) as refusal:
            await knock(house, **given)
        assert refusal.value.code == code
    assert len(refusals()) == 5
    assert len(house.server.desks) == 0
    assert await knock(house, token, csrf, OWN)


async def test_an_expired_login_opens_nothing(house: House) -> None:
    """Not a second longer."""
    login = await house.login("demo-agent-1")
    house.later(3_601)
    with pytest.raises(Refusal, match="unauthenticated"):
        await house.console("demo-agent-1", login)


async def test_a_console_does_not_outlive_its_login(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told why, and its connection ends."""
    monkeypatch.setattr(socket, "EXPIRY_EVERY", 0.01)
    house = await build()
    console = await house.console("demo-agent-1")
    house.later(3_601)
    assert await console.hear("signed_out") == {"cause": "expired"}
    await console.lost.wait()


FOREIGN: list[tuple[str, dict[str, Any]]] = [
    ("send", {"id": "a", "text": "插话"}),
    ("note", {"id": "b", "text": "插话"}),
    ("take", {"id": "c"}),
    ("close", {"id": "d"}),
    ("read", {"id": "e", "seq": 1}),
    ("typing", {"on": True}),
    ("history", {}),
]


@pytest.mark.parametrize(("event", "payload"), FOREIGN, ids=[event for event, _ in FOREIGN])
async def test_another_groups_conversation_does_not_exist_for_an_agent(
    house: House, refusals: Codes, event: str, payload: dict[str, Any]
) -> None:
    """Neither its lines nor the fact that it is there; nothing happens in it."""
    _, _, conversation = await house.served("demo-agent-2", "2")
    stranger = await house.ready("demo-agent-1")
    await house.told()
    before = len(await house.log())
    assert await stranger.refused(event, payload | {"conversation": conversation}) == "not_found"
    assert await stranger.refused(event, payload | {"conversation": "no-such"}) == "not_found"
    assert refusals() == ["not_found", "not_found"]
    assert len(await house.log()) == before


async def test_a_colleagues_conversation_in_the_own_group_is_only_the_colleagues(house: House) -> None:
    """Without a wider role."""
    _, _, conversation = await house.served("demo-agent-1", "1")
    colleague = await house.ready("demo-agent-2")
    for event, payload in FOREIGN:
        assert await colleague.refused(event, payload | {"conversation": conversation}) in ("not_found", "forbidden")


async def test_a_console_hears_nothing_of_groups_that_it_does_not_know(house: House) -> None:
    """Not a line, not a card, not a colleague's status; also when nobody at all is meant."""
    stranger = await house.console("demo-agent-1")
    await house.told()
    stranger.pushes.clear()
    admin = replace(demo.AGENTS["demo-admin"], roles=("agent",))
    await house.server.hub.send(Envelope(stream("agent", "demo-admin"), ai.Saved(profile=admin)))
    await house.server.hub.send(Envelope(stream("agent", "demo-admin"), ai.StatusChosen(status="ready")))
    visitor = await house.visitor()
    await house.queue(visitor, "2")
    await visitor.say("只给售后")
    await house.told()
    await stranger.ask("status", {"id": new_id(), "status": "rest"})
    await stranger.hear("agent", lambda a: a["status"] == "rest")
    assert [push for push in stranger.pushes if "demo-agent-1" not in json.dumps(push)] == []


async def test_a_changed_role_acts_at_once_on_a_live_console(house: House) -> None:
    """Both ways: what was forbidden is allowed, and what was allowed is not any more."""
    console = await house.console("demo-agent-2")
    _, _, conversation = await house.served("demo-agent-1", "1")
    asked = {"conversation": conversation}
    assert await console.refused("history", asked) == "not_found"
    profile = demo.AGENTS["demo-agent-2"]
    promoted = ai.Saved(profile=replace(profile, roles=("supervisor",)))
    await house.server.hub.send(Envelope(stream("agent", "demo-agent-2"), promoted))
    assert (await console.ask("history", asked))["items"]
    await house.server.hub.send(Envelope(stream("agent", "demo-agent-2"), ai.Saved(profile=profile)))
    assert await console.refused("history", asked) == "not_found"


async def test_a_console_that_comes_back_learns_what_it_missed(house: House) -> None:
    """Records, colleagues' cards, and who left its sight; nothing twice that it had."""
    await house.console("demo-admin")
    console = await house.console("demo-agent-2")
    await console.ask("status", {"id": new_id(), "status": "busy"})
    visitor = await house.visitor()
    await house.server.hub.send(Envelope(stream("agent", "demo-agent-1"), ai.StatusChosen(status="busy")))
    conversation = await house.queue(visitor)
    await console.hear("record", lambda r: r["card"]["phase"] == "queued")
    await house.told()
    seq = (await console.ask("hello", {}))["seq"]
    await console.leave()
    first = await house.console("demo-agent-1")
    await first.ask("take", {"id": new_id(), "conversation": conversation})
    await house.told()
    back = await house.console("demo-agent-2")
    welcome = await back.ask("hello", {"after": seq})
    assert welcome["snapshot"] is None
    assert (await back.hear("gone"))["conversation"] == conversation
    assert (await back.hear("agent", lambda a: a["id"] == "demo-agent-1"))["load"] == 1


async def test_a_console_far_behind_starts_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a snapshot; so does one from a future that never was."""
    monkeypatch.setattr(agent_door, "CAUGHT_UP", 3)
    console = await house.console("demo-agent-1")
    assert (await console.ask("hello", {"after": 1}))["snapshot"]["me"]["id"] == "demo-agent-1"
    assert (await console.ask("hello", {"after": 10**9}))["snapshot"]
    assert (await console.ask("hello", {"after": house.server.hub.head}))["snapshot"] is None


async def test_a_device_that_came_back_is_not_lost_with_its_old_connection(house: House) -> None:
    """A network change: the new connection is there before the old one is known as dead."""
    old = await house.console("demo-agent-1", device="laptop")
    await house.console("demo-agent-1", device="laptop")
    await old.leave()
    await house.until(lambda: len(house.server._sockets.sessions) == 1)
    await house.server.hub.send(Envelope(stream("agent", "demo-agent-2"), ai.SignedIn()))  # behind whatever was lost
    agent = house.server.hub.at_hand("agent", "demo-agent-1")
    assert agent.devices == {"laptop"} and agent.lost_at is None


async def test_a_login_without_a_console_is_given_nobody_for_long(house: House) -> None:
    """S1-3.1i: over the API alone one is ready, but who was given a visitor and never opens a console is gone."""
    await house.server.logins.set_password("demo-agent-1", demo.PASSWORD)
    login = {"account": "agent1", "password": demo.PASSWORD}
    async with house.http.post("/api/login", json=login, headers={"Origin": OWN}) as answer:
        assert answer.status == 200
    visitor = await house.visitor()
    await house.queue(visitor)
    await visitor.hear("conversation", lambda c: c["phase"] == "serving")
    house.later(61)
    await house.until(lambda: house.server.hub.at_hand("agent", "demo-agent-1").status == "offline")
    await house.told()
    assert visitor.heard("conversation")[-1]["phase"] != "serving"


async def test_a_chief_at_an_open_console_takes_over_whatever_the_status(house: House) -> None:
    """S1-5.3.2: offline means no new visitors, not that nobody is there; with the console the visitor is given back."""
    visitor, _, conversation = await house.served("demo-agent-1")
    chief = await house.console("demo-admin")
    await chief.ask("take_over", {"id": new_id(), "conversation": conversation})
    await chief.leave()
    await house.until(lambda: not house.server.hub.at_hand("agent", "demo-admin").devices)
    house.later(61)
    await house.until(lambda: house.server.hub.at_hand("agent", "demo-admin").cause == "connection_lost")
    await house.told()
    assert (visitor.heard("conversation")[-1]["agent"] or {}).get("name") != demo.AGENTS["demo-admin"].nickname


async def test_a_server_that_starts_again_waits_for_whoever_was_there(
    build: Build, sqlite: Callable[[], SqliteStore]
) -> None:
    """Nobody could come while it was down: the grace begins anew, also for who was offline or without a console."""
    clock = FakeClock()
    first = await build(sqlite(), clock)
    await first.server.hub.send(Envelope(stream("agent", "demo-agent-1"), ai.StatusChosen(status="ready")))
    await first.console("demo-agent-2")
    await first.stop()
    first.later(50)
    second = await build(sqlite(), clock)
    agents = [second.server.hub.at_hand("agent", id) for id in ("demo-agent-1", "demo-agent-2", "demo-admin")]
    assert [a.lost_at for a in agents] == [clock.now(), clock.now(), None]


async def test_nobody_stays_connected_who_was_cut_while_being_let_in(build: Build) -> None:
    """Or a console that nobody sees would be given visitors for ever."""
    store = SlowStore()
    house = await build(store)
    token, csrf = await house.login("demo-agent-1")
    stranger = await house.stranger(connect=False, Cookie=f"{COOKIE}={token}")
    store.gate.clear()
    await stranger.send(f'40/agent,{{"csrf":"{csrf}","device":"laptop"}}')
    await house.until(lambda: house.server._sockets.sio.manager.pending_connect)
    house.no_time_to_connect()
    await stranger.cut()
    store.gate.set()
    await house.until(lambda: not house.server._sockets.sio.manager.pending_connect)
    await house.told()
    assert len(house.server.desks) == 0 and not house.server._sockets.sessions
    assert house.server.hub.at_hand("agent", "demo-agent-1").devices == frozenset()
