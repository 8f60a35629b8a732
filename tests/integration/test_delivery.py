"""What was acknowledged is kept once, told once, and found again by whoever comes back."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from engineio.exceptions import SocketIsClosedError
from msgspec.structs import replace

from chatserver.api import visitor_door
from chatserver.hub.ports import Batch
from chatserver.kernel.ids import new_id
from chatserver.store.sqlite import SqliteStore
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import PATIENCE, House, Page, Refusal


def texts(lines: list[dict[str, Any]]) -> list[str]:
    return [line["content"]["text"] for line in lines if line["by"] == "visitor"]


async def kept(house: House) -> int:
    return [r.kind for r in await house.log()].count("visitor_message")


async def test_the_same_message_twice_is_one_message(house: House) -> None:
    """With the same acknowledgement."""
    page = await house.visitor()
    assert await page.say("你好", id="m1") == await page.say("你好", id="m1")
    assert await kept(house) == 1


async def test_the_same_message_from_many_hands_at_once_is_one_message(house: House) -> None:
    """Fifty copies: what is not refused as too fast has the same answer."""
    page = await house.visitor()
    token = (await page.ask("hello", {}))["token"]
    pages = [page, *[await house.visitor(token=token) for _ in range(4)]]
    sent = [p.ask("say", {"id": "m1", "text": "你好"}) for p in pages for _ in range(10)]
    answers = await asyncio.gather(*sent)
    assert len(answers) == 50 and all(answer == answers[0] for answer in answers)
    assert await kept(house) == 1
    await house.told()
    assert len([item for item in page.heard("item") if item["id"] == "m1"]) == 1


async def test_the_same_message_after_a_restart_is_one_message(build: Build, sqlite: Callable[[], SqliteStore]) -> None:
    """The store remembers what memory has forgotten."""
    house = await build(sqlite())
    page = await house.visitor()
    token = (await page.ask("hello", {}))["token"]
    before = await page.say("你好", id="m1")
    await house.stop()
    house = await build(sqlite())
    page = await house.visitor(token=token)
    assert await page.say("你好", id="m1") == before
    assert await kept(house) == 1


async def test_a_page_that_comes_back_gets_exactly_what_it_missed(house: House) -> None:
    """Not a line more, not a line less."""
    visitor, console, conversation = await house.served()
    welcome = await visitor.ask("hello", {})
    await visitor.leave()
    for text in ("一", "二", "三"):
        await console.ask("send", {"id": new_id(), "conversation": conversation, "text": text})
    back = await house.visitor(token=welcome["token"])
    missed = await back.ask("hello", {"conversation": conversation, "after": welcome["seq"]})
    assert [line["content"]["text"] for line in missed["items"]] == ["一", "二", "三"]
    assert (missed["reset"], missed["more"]) == (False, False)
    again = await back.ask("hello", {"conversation": conversation, "after": missed["seq"]})
    assert (again["items"], again["reset"]) == ([], False)


async def test_a_page_far_behind_starts_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to forget what it shows, and gets the newest lines."""
    monkeypatch.setattr(visitor_door, "CAUGHT_UP", 5)
    monkeypatch.setattr(visitor_door, "SHOWN", 5)
    page = await house.visitor()
    conversation = (await page.say("0"))["conversation"]
    seq = (await page.ask("hello", {}))["seq"]
    for n in range(1, 11):
        await page.say(str(n))
    welcome = await page.ask("hello", {"conversation": conversation, "after": seq})
    assert (welcome["reset"], welcome["more"]) == (True, True)
    assert texts(welcome["items"])[-1] == "10"


async def test_long_lines_make_short_pages(house: House) -> None:
    """Half a megabyte of words is read in stretches, each fit for a phone; none is missed, none comes twice."""
    page = await house.visitor()
    conversation = (await page.say("0"))["conversation"]
    seq = (await page.ask("hello", {}))["seq"]
    for n in range(1, 41):
        await page.say(f"{n} " + "长" * 3_990)
        house.later(1)
    stretch = await page.ask("hello", {"conversation": conversation, "after": seq})
    assert stretch["reset"]
    read: list[Any] = []
    while True:
        assert len(json.dumps(stretch["items"], ensure_ascii=False).encode()) < 80_000
        read = [*texts(stretch["items"]), *read]
        if not stretch["more"]:
            break
        stretch = await page.ask("history", {"before": stretch["items"][0]["seq"], "limit": 100})
        house.later(1)
    assert [text.split()[0] for text in read if text[0].isdigit()] == [str(n) for n in range(41)]


async def test_nothing_is_lost_or_doubled_while_pages_come_and_go(house: House) -> None:
    """Five conversations are written to while their pages reconnect; folded by id, each has every line in order."""
    seen: list[dict[str, dict[str, Any]]] = [{} for _ in range(5)]
    writers = [await house.visitor() for _ in range(5)]
    tokens = [(await w.ask("hello", {}))["token"] for w in writers]

    async def write(n: int) -> None:
        for k in range(15):
            await writers[n].say(f"{n}-{k}")

    async def watch(n: int) -> None:
        conversation, after = None, 0
        for round in range(4):
            page = await house.visitor(token=tokens[n])
            known = {"conversation": conversation, "after": after} if conversation else {}
            welcome = await page.ask("hello", known)
            if round == 3:
                await house.until(lambda: writing.done())
                await house.told()
                await page.ask("typing", {"on": False})
            await page.leave()
            lines = welcome["items"] + page.heard("item")
            assert not conversation or welcome["reset"] or not {x["id"] for x in welcome["items"]} & set(seen[n])
            seen[n] |= {line["id"]: line for line in lines}
            conversation = (welcome["conversation"] or {}).get("id")
            after = max([welcome["seq"], *[line["seq"] for line in lines]])

    writing = asyncio.gather(*[write(n) for n in range(5)])
    await asyncio.gather(writing, *[watch(n) for n in range(5)])
    for n in range(5):
        lines = sorted(seen[n].values(), key=lambda line: line["seq"])
        assert texts(lines) == [f"{n}-{k}" for k in range(15)]


async def test_a_broken_store_loses_nothing_that_was_acknowledged(build: Build) -> None:
    """Senders hear `busy` and nobody sees the line; afterwards the same message goes through, once."""
    store = MemoryStore()
    house = await build(store)
    visitor, console, _ = await house.served()
    await visitor.say("之前", id="before")
    await console.hear("record", lambda r: r["item"] and r["item"]["id"] == "before")
    store.broken = OSError("disk full")
    assert await visitor.refused("say", {"id": "during", "text": "其间"}) == "busy"
    store.broken = None
    answer = await again(visitor, "during")
    await console.hear("record", lambda r: r["item"] and r["item"]["id"] == "during")
    assert [r["item"]["id"] for r in console.heard("record") if r["item"]].count("during") == 1
    inputs = [r.input_id for r in await house.log() if r.input_id and r.input_id.endswith((":before", ":during"))]
    assert len(inputs) == 2 and answer["seq"] <= house.server.hub.head


async def again(page: Page, id: str) -> Any:
    """What the outbox does: the same message until it is taken."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await page.say("其间", id=id)
            except Refusal:
                await asyncio.sleep(0.05)
                page.house.later(1)


async def test_another_writer_is_noticed_and_nothing_is_overwritten(build: Build) -> None:
    """Somebody wrote behind our back: `busy`, everything is read again, and then it goes on."""
    store = MemoryStore()
    house = await build(store)
    page = await house.visitor()
    await page.say("第一句")
    saved = next(r for r in await house.log() if r.stream == "agent/demo-admin")
    other = replace(saved, seq=house.server.hub.head + 1, stream="agent/elsewhere")
    await store.commit(Batch(changes=(), records=(other,)))
    assert await page.refused("say", {"id": "m2", "text": "第二句"}) == "busy"
    assert (await page.say("第二句", id="m2"))["seq"] > other.seq
    assert other in await house.log()
    assert await kept(house) == 2


async def test_a_store_that_cannot_be_read_is_no_reason_to_leave_a_page_without_an_answer(build: Build) -> None:
    """CONNECT too is answered, with a code that means "later"."""
    store = MemoryStore()
    house = await build(store)
    login = await house.login("demo-agent-1")
    store.broken = OSError("disk full")
    with pytest.raises(Refusal) as refusal:
        await house.console("demo-agent-1", login)
    assert (refusal.value.code, refusal.value.retry) == ("busy", "later")
    store.broken = None
    assert len(house.server.desks) == 0
    assert await house.console("demo-agent-1", login)


async def test_a_connection_that_is_closing_keeps_nobody_from_hearing(house: House) -> None:
    """Three pages of one visitor; the one in the middle is going, the other two are told all the same."""
    token = (await (await house.visitor()).ask("hello", {}))["token"]
    pages = [await house.visitor(token=token) for _ in range(3)]
    going = list(house.server._sockets.sio.eio.sockets.values())[-2]

    async def closing(packet: object) -> None:
        raise SocketIsClosedError

    going.send = closing
    await pages[0].ask("open", {"id": new_id()})
    for page in (pages[0], pages[2]):
        await page.hear("item", lambda item: item["content"]["kind"] == "menu")


async def test_rooms_are_forgotten_with_whoever_was_in_them(house: House) -> None:
    """Nothing is kept of a page that left: neither its rooms nor its name."""
    pages = [await house.visitor() for _ in range(5)]
    rooms = house.server._sockets.sio.manager
    assert len(rooms._rooms_of) == 5
    for page in pages:
        await page.leave()
    await house.nobody()
    assert rooms._rooms_of == {}
    assert not rooms.rooms.get("/visitor")
