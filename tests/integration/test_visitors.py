"""Who a visitor is, which sites may speak for an inbox, and how little of the house a visitor ever sees."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver import demo
from chatserver.kernel.ids import new_id
from tests.integration.conftest import Build
from tests.integration.house import OWN, House, Page, Refusal
from tests.integration.test_http import say, who

Codes = Callable[[], list[str]]


async def denied(house: House, **given: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        await house.visitor(**given)
    return refusal.value.code


def signed(house: House, user: str, inbox: str = "web") -> dict[str, str]:
    """What the site of the inbox writes for its own user."""
    key = house.server.tokens.identity_key(inbox)
    return {"id": user, "signature": hmac.new(key.encode(), user.encode(), hashlib.sha256).hexdigest()}


async def test_a_returning_browser_is_the_same_visitor(house: House) -> None:
    """By the token that it keeps."""
    page = await house.visitor()
    welcome = await page.ask("hello", {})
    again = await house.visitor(token=welcome["token"])
    assert (await again.ask("hello", {}))["visitor"] == welcome["visitor"]


async def test_a_token_that_is_forged_or_of_another_inbox_opens_nothing(house: House, refusals: Codes) -> None:
    """Refused in words, and nobody is connected."""
    page = await house.visitor()
    token: str = (await page.ask("hello", {}))["token"]
    await page.leave()
    garbage = "🙂." + token.partition(".")[2]
    words, _, signature = token.rpartition(".")
    forged = f"{words}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    for bad in (garbage, forged, "x", token + "x", "." * 900):
        assert await denied(house, token=bad) == "bad_token"
    assert await denied(house, inbox="h5", token=token) == "bad_token"
    assert refusals() == ["bad_token"] * 6
    assert not house.server._sockets.sessions


async def test_a_user_whom_the_site_vouches_for_is_one_contact_in_every_browser(house: House) -> None:
    """The second browser sees the conversation of the first, and agents see that the site vouches."""
    first = await house.visitor(identity=signed(house, "user-7"))
    conversation = (await first.say("从电脑上"))["conversation"]
    second = await house.visitor(identity=signed(house, "user-7"))
    welcome = await second.ask("hello", {})
    assert welcome["conversation"]["id"] == conversation
    admin = await house.console("demo-admin")
    cards = (await admin.ask("hello", {}))["snapshot"]["conversations"]
    assert [card["contact"]["verified"] for card in cards] == [True]
    await second.say("从手机上")
    assert await first.hear("item", lambda item: item["content"].get("text") == "从手机上")


async def test_a_wrong_signature_is_refused_instead_of_taken_for_a_stranger(house: House) -> None:
    """Another user's, another inbox's, or none that is one."""
    good = signed(house, "user-7")
    for identity in (good | {"id": "user-8"}, signed(house, "user-7", "h5"), good | {"signature": "0" * 64}):
        assert await denied(house, identity=identity) == "bad_identity"


async def test_a_name_that_the_site_does_not_sign_is_the_visitors_own_word(house: House) -> None:
    """Agents see whose word it is, on the card, in lists, and by the token that the browser keeps; a signature is of
    one name and one user."""
    admin, headers = await house.console("demo-admin"), who(await house.login("demo-admin"))

    async def shown(user: str, signs: str, name: str) -> dict[str, Any]:
        identity = {"id": user, "signature": signed(house, signs)["signature"], "name": name}
        page = await house.visitor(identity=identity)
        token = (await page.ask("hello", {}))["token"]
        await (await house.visitor(token=token)).say("在吗")
        card = (await admin.ask("hello", {}))["snapshot"]["conversations"][0]
        _, listed, _ = await say(house, "GET", f"/api/v1/conversations/{card['id']}", **headers)
        assert listed["contact"]["name_verified"] == card["contact"]["name_verified"]
        await page.ask("close", {"id": new_id()})
        contact: dict[str, Any] = card["contact"]
        return contact

    claimed = await shown("user-7", "user-7", "总经理")
    assert (claimed["verified"], claimed["name"], claimed["name_verified"]) == (True, "总经理", False)
    vouched = await shown("user-7", "user-7\n张三", "张三")
    assert (vouched["verified"], vouched["name"], vouched["name_verified"]) == (True, "张三", True)
    assert vouched["id"] == claimed["id"]
    both = signed(house, "user-7\n张三")["signature"]
    for forged in ({"id": "user-7", "name": "总经理"}, {"id": "user-7"}, {"id": "user-7\n张三"}):
        assert await denied(house, identity={"signature": both, **forged}) == "bad_identity"
    assert await denied(house, identity={"id": "user-7", "signature": "签" * 64}) == "bad_identity"


async def test_an_unknown_inbox_is_refused(house: House) -> None:
    """And so is a CONNECT that says nothing at all."""
    assert await denied(house, inbox="nowhere") == "inbox_unknown"
    assert await denied(house, inbox=["web"]) == "bad_request"
    assert await denied(house, cookie="x") == "bad_request"


async def test_only_the_listed_sites_may_embed_an_inbox(house: House) -> None:
    """The list, the server's own pages, and nobody who hides."""
    await allow(house, "https://shop.example")
    assert await house.visitor(origin="https://shop.example")
    assert await house.visitor(origin=OWN)
    for foreign in ("https://shop.example.evil.test", "http://shop.example", "https://evil.test", "null"):
        assert await denied(house, origin=foreign) == "origin_not_allowed"


async def test_a_page_cannot_change_its_origin_by_an_event_of_its_own(house: House) -> None:
    """An event called `connect` with an environ made of JSON admits nobody."""
    await allow(house, "https://shop.example")
    stranger = await house.stranger(connect=False, Origin="https://evil.test")
    await stranger.send('40/visitor,{"inbox":"web"}')
    assert "origin_not_allowed" in await stranger.until("44/visitor,")
    page = await house.visitor(origin=OWN)
    forged = {"HTTP_ORIGIN": OWN, "chatserver.connection": {}}
    assert await page.refused("connect", forged, {"inbox": "h5"}) == "unknown_event"


async def test_one_connection_cannot_become_visitor_after_visitor(house: House) -> None:
    """Leaving and joining again on the same socket counts as connecting."""
    stranger = await house.stranger()
    for _ in range(70):
        await stranger.send("41/visitor,")
        await stranger.send('40/visitor,{"inbox":"web"}')
    assert "rate_limited" in await stranger.until("44/visitor,")


async def test_two_clicks_open_one_conversation(house: House) -> None:
    """Even from two windows at the same moment."""
    page = await house.visitor(identity=signed(house, "user-9"))
    other = await house.visitor(identity=signed(house, "user-9"))
    both = await both_at_once(page, other)
    assert both[0]["conversation"] == both[1]["conversation"]
    assert [r.kind for r in await house.log()].count("opened") == 1


async def test_a_visitor_cannot_name_a_conversation_at_all(house: House) -> None:
    """The wire has no field for it; what is asked about is always the own one."""
    victim, _, conversation = await house.served()
    await victim.say("私密的话")
    page = await house.visitor()
    for event in ("say", "choose", "submit", "leave_queue", "close", "read", "history", "typing"):
        payload = {"id": "x", "conversation": conversation}
        assert await page.refused(event, payload) == "bad_request"
    assert (await page.ask("hello", {"conversation": conversation, "after": 1}))["items"] == []
    assert (await page.ask("history", {"before": 0}))["items"] == []
    assert "私密的话" not in json.dumps(page.pushes, ensure_ascii=False)


async def test_another_visitors_menu_cannot_be_tapped(house: House) -> None:
    """Its id opens nothing in the own conversation."""
    victim, page = await house.visitor(), await house.visitor()
    await victim.ask("open", {"id": new_id()})
    menu = (await victim.ask("hello", {}))["conversation"]["asks"]
    await page.ask("open", {"id": new_id()})
    before = len(await house.log())
    assert await page.refused("choose", {"id": new_id(), "item": menu, "option": "1"}) == "no_such_option"
    assert len(await house.log()) == before


async def test_a_visitor_never_sees_behind_the_counter(house: House) -> None:
    """No account, no real name, no id of an agent or a group, no note: in no push and in no answer."""
    visitor, console, conversation = await house.served()
    await console.ask("note", {"id": new_id(), "conversation": conversation, "text": "备注：难缠的客户"})
    await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "您好"})
    await visitor.say("再见")
    await console.ask("typing", {"conversation": conversation, "on": True})
    seq = (await visitor.ask("hello", {}))["seq"]
    await console.ask("read", {"id": new_id(), "conversation": conversation, "seq": seq})
    await console.ask("close", {"id": new_id(), "conversation": conversation})
    await visitor.hear("conversation", lambda c: c["phase"] == "closed")
    answers = [await visitor.ask("hello", {}), await visitor.ask("history", {"before": 0})]
    seen = json.dumps([visitor.pushes, answers], ensure_ascii=False)
    assert "您好" in seen and "客服一号" in seen
    profile = demo.AGENTS["demo-agent-1"]
    secrets = [
        "demo-agent-1",
        profile.name,
        f'"{profile.account}"',
        '"sales"',
        "售前组",
        "难缠",
        '"group"',
        '"note": true',
    ]
    assert [secret for secret in secrets if secret in seen] == []


async def test_typing_is_passed_on_both_ways_and_kept_nowhere(house: House) -> None:
    """It is a sign, not a message."""
    visitor, console, conversation = await house.served()
    await house.told()
    before = len(await house.log())
    await visitor.ask("typing", {"on": True})
    assert (await console.hear("typing"))["conversation"] == conversation
    await console.ask("typing", {"conversation": conversation, "on": True})
    assert await visitor.hear("typing") == {"on": True}
    assert len(await house.log()) == before


async def test_whoever_writes_too_fast_waits_and_goes_on(house: House) -> None:
    """Refused with `rate_limited`, then as before; nothing of what was refused is kept."""
    page = await house.visitor()
    for n in range(20):
        await page.say(str(n))
    before = len(await house.log())
    assert await page.refused("say", {"id": "fast", "text": "太快"}) == "rate_limited"
    assert len(await house.log()) == before
    house.later(1)
    assert (await page.say("太快", id="fast"))["seq"]


async def test_every_move_of_the_queue_is_told(house: House) -> None:
    """排队位置: whoever waits behind hears when somebody in front is gone."""
    pages = [await house.visitor() for _ in range(3)]
    console = await house.console("demo-agent-1")
    await console.ask("status", {"id": new_id(), "status": "busy"})
    other = await house.console("demo-agent-2")
    await other.ask("status", {"id": new_id(), "status": "busy"})
    for page in pages:
        await house.queue(page)
    assert (await pages[2].hear("conversation", lambda c: c["ahead"] == 2))["phase"] == "queued"
    await pages[0].ask("leave_queue", {"id": new_id()})
    await pages[2].hear("conversation", lambda c: c["ahead"] == 1)
    await pages[1].hear("conversation", lambda c: c["ahead"] == 0)


async def test_both_queues_hear_of_a_move_from_one_to_the_other(house: House) -> None:
    """溢出: who was behind moves up here, and who now comes later there is told as well (S1-3.1i)."""
    found = house.server.hub.held("workspace", "main").settings
    sales, support = (replace(g, when_nobody="wait") for g in found.groups)
    sales = replace(sales, overflow=support.id, overflow_after=60)
    await house.server.save_settings(replace(found, groups=(sales, support)), by="demo-admin")
    first, other = await house.visitor(), await house.visitor()
    await house.queue(first, "1")
    house.later(20)
    behind = await house.visitor()
    await house.queue(behind, "1")
    await house.queue(other, "2")
    await behind.hear("conversation", lambda c: c["ahead"] == 1)
    await other.hear("conversation", lambda c: c["ahead"] == 0)
    house.later(41)
    await behind.hear("conversation", lambda c: c["ahead"] == 0)
    await other.hear("conversation", lambda c: c["ahead"] == 1)


async def test_an_address_has_only_so_many_connections(build: Build) -> None:
    """Polling ones count too; a place that is left is free again."""
    house = await build(connections_per_address=2)
    first = await house.visitor()
    await house.visitor(transports=("polling",))
    with pytest.raises(Refusal):
        await house.visitor()
    await first.leave()
    await house.until(lambda: not house.server._sockets.transports)
    assert await house.visitor()


async def allow(house: House, *origins: str) -> None:
    """An allow-list for the inbox `web`."""
    settings = demo.settings()
    inboxes = tuple(replace(i, allowed_origins=origins) if i.id == "web" else i for i in settings.inboxes)
    await house.server.save_settings(replace(settings, inboxes=inboxes), by="test")


async def both_at_once(one: Page, other: Page) -> list[Any]:
    return await asyncio.gather(one.ask("open", {"id": new_id()}), other.ask("open", {"id": new_id()}))
