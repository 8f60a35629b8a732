"""回调: what happens is told to servers of others, signed, at least once, in order within a conversation, whatever the
receiver does, and nobody waits for anybody."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.dispatch.settings import Group
from chatserver.kernel.ids import new_id
from chatserver.outgoing.signature import sign, verify
from chatserver.suite.integrations import sender
from chatserver.suite.integrations.kinds import BY_NAME, KINDS
from chatserver.suite.integrations.lanes import DOWN_AFTER, RETRIES
from tests.fakes.memory_store import MemoryStore
from tests.integration.conftest import Build
from tests.integration.house import PATIENCE, House
from tests.integration.receiver import HANG, Receiver
from tests.integration.test_http import say, who

HOOKS = "/api/v1/webhooks"
HERE = {"webhooks_to_private": ("127.0.0.0/8",)}
ALL = sorted(BY_NAME)


@pytest.fixture
async def house(build: Build) -> House:
    return await build(**HERE)


@pytest.fixture
async def receivers() -> AsyncIterator[Callable[[], Awaitable[Receiver]]]:
    made: list[Receiver] = []

    async def make() -> Receiver:
        made.append(Receiver())
        await made[-1].start()
        return made[-1]

    yield make
    for receiver in made:
        await receiver.stop()


@pytest.fixture
async def receiver(receivers: Callable[[], Awaitable[Receiver]]) -> Receiver:
    return await receivers()


async def admin(house: House) -> dict[str, str]:
    return who(await house.login("demo-admin"))["headers"]


async def subscribe(house: House, receiver: Receiver, *kinds: str, **wish: Any) -> tuple[str, str]:
    """(id, secret) of a new subscription, to everything unless kinds are named."""
    body = {"name": "订单系统", "url": receiver.url, "kinds": kinds or ALL} | wish
    status, answer, _ = await say(house, "POST", HOOKS, json=body, headers=await admin(house))
    assert status == 201, answer
    return answer["webhook"]["id"], answer["secret"]


async def ask(house: House, method: str, path: str, **given: Any) -> Any:
    """The answer to an administrator."""
    status, body, _ = await say(house, method, f"{HOOKS}{path}", headers=await admin(house), **given)
    assert status < 300, body
    return body


async def code(house: House, method: str, path: str, **given: Any) -> str:
    _, body, _ = await say(house, method, f"{HOOKS}{path}", **({"headers": await admin(house)} | given))
    return str(body["error"]["code"])


async def said(house: House, *texts: str) -> str:
    """A new visitor's conversation with these words in it."""
    visitor = await house.visitor()
    for text in texts:
        await visitor.say(text)
    return str((await visitor.ask("hello", {}))["conversation"]["id"])


def texts(receiver: Receiver) -> list[str]:
    """What visitors said, in the order in which it was taken."""
    return [x.said["data"]["message"]["content"]["text"] for x in receiver.letters if by_visitor(x.said)]


def by_visitor(payload: dict[str, Any]) -> bool:
    return payload["kind"] == "message.created" and payload["data"]["message"]["by"] == "visitor"


async def test_a_conversation_is_told_from_beginning_to_end(house: House, receiver: Receiver) -> None:
    """In public words, in order, with what one needs to find it again."""
    await subscribe(house, receiver)
    visitor, console, conversation = await house.served()
    await visitor.say("我的快递到哪了？")
    await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "在路上"})
    await console.ask("note", {"id": new_id(), "conversation": conversation, "text": "查过了"})
    await console.ask("close", {"id": new_id(), "conversation": conversation})
    await receiver.when(lambda: "conversation.closed" in receiver.kinds())
    mine = [x.said for x in receiver.letters if x.said["conversation"]]
    assert [x["seq"] for x in mine] == sorted(x["seq"] for x in mine)
    kinds = [x["kind"] for x in mine]
    assert [k for k in kinds if k.startswith("conversation")] == [
        "conversation.opened", "conversation.queued", "conversation.assigned", "conversation.closed",
    ]  # fmt: skip
    assert "note.created" in kinds and "agent.status_changed" in receiver.kinds()
    reply = next(x for x in mine if x["kind"] == "message.created" and x["data"]["agent"])
    assert (reply["data"]["agent"], reply["data"]["message"]["content"]["text"]) == ("demo-agent-1", "在路上")
    assert reply["conversation"]["id"] == conversation and reply["conversation"]["inbox"] == "web"
    assert {x["version"] for x in mine} == {1}


async def test_every_letter_is_signed_and_has_a_name_of_its_own(house: House, receiver: Receiver) -> None:
    """A receiver knows who it is from, what it is, and whether it came before."""
    id, secret = await subscribe(house, receiver)
    await said(house, "你好")
    letters = await receiver.until(2)
    for letter in letters:
        assert verify(secret, letter.signature, letter.body, house.clock.now())
        assert not verify("another", letter.signature, letter.body, house.clock.now())
        assert letter.headers["X-Chat-Event"] == letter.said["kind"]
        assert letter.headers["X-Chat-Delivery"] == letter.said["id"] == f"{id}-{letter.said['seq']}"
    assert len({letter.said["id"] for letter in letters}) == len(letters)


async def test_a_rotated_secret_goes_over_in_peace(house: House, receiver: Receiver) -> None:
    """Both signatures for a while, then the new one alone."""
    id, old = await subscribe(house, receiver, "message.created")
    new = (await ask(house, "POST", f"/{id}/rotate", json={"keep_old": 60}))["secret"]
    await said(house, "一")
    letter = (await receiver.until(1))[0]
    assert all(verify(s, letter.signature, letter.body, house.clock.now()) for s in (old, new))
    house.later(60)
    receiver.letters.clear()
    await said(house, "二")
    letter = (await receiver.until(1))[0]
    right = [verify(s, letter.signature, letter.body, house.clock.now()) for s in (old, new)]
    assert (old != new, right) == (True, [False, True])


async def test_one_is_told_only_what_one_asked_for(house: House, receiver: Receiver) -> None:
    """Of these kinds, of these inboxes, of these groups."""
    await subscribe(house, receiver, "message.created", inboxes=["h5"])
    await subscribe(house, receiver, "message.created", groups=["sales"])
    await subscribe(house, receiver, "rating.created")
    id, _ = await subscribe(house, receiver, "message.created", inboxes=["web"])
    await said(house, "你好")
    await receiver.when(lambda: texts(receiver) == ["你好"])
    await house.told()
    assert {x.said["id"].partition("-")[0] for x in receiver.letters} == {id}


async def test_within_a_conversation_the_order_holds_whatever_fails(house: House, receiver: Receiver) -> None:
    """Others are not delayed by it."""
    refuse = {"坏"}
    receiver.answer = lambda x: 500 if by_visitor(x) and x["data"]["message"]["content"]["text"] in refuse else 200
    await subscribe(house, receiver, "message.created")
    first = await said(house, "一", "坏", "三")
    await receiver.when(lambda: any(x.said["data"]["message"]["content"].get("text") == "坏" for x in receiver.came))
    await said(house, "别人")
    await receiver.when(lambda: "别人" in texts(receiver))
    assert texts(receiver) == ["一", "别人"]
    refuse.clear()
    house.later(5)
    await receiver.when(lambda: "三" in texts(receiver))
    mine = [x.said["seq"] for x in receiver.letters if x.said["conversation"]["id"] == first]
    assert mine == sorted(mine)
    tries = [x.said["id"] for x in receiver.came if x.said["data"]["message"]["content"].get("text") == "坏"]
    assert (len(tries), len(set(tries))) == (2, 1)


async def test_a_letter_that_is_never_taken_dies_and_can_be_raised(house: House, receiver: Receiver) -> None:
    """After about two days, with the reason; the conversation goes on behind it."""
    refuse = {"坏"}
    receiver.answer = lambda x: 400 if by_visitor(x) and x["data"]["message"]["content"]["text"] in refuse else 200
    id, _ = await subscribe(house, receiver, "message.created")
    await said(house, "坏", "后来")
    for n, wait in enumerate((0, *(each.total_seconds() for each in RETRIES))):
        house.later(wait)
        await receiver.when(lambda n=n: len([x for x in receiver.came if by_visitor(x.said)]) > n)
        await said(house, f"别人 {n}")
        await receiver.when(lambda n=n: f"别人 {n}" in texts(receiver))
        receiver.came[:] = [x for x in receiver.came if not by_visitor(x.said) or "坏" in str(x.said)]
    await receiver.when(lambda: "后来" in texts(receiver))
    dead = (await ask(house, "GET", f"/{id}/dead_letters"))["items"]
    assert [(x["kind"], x["attempts"], x["why"]) for x in dead] == [("message.created", len(RETRIES) + 1, "refused")]
    refuse.clear()
    assert (await ask(house, "POST", f"/{id}/replay", json={"dead_letters": True}))["letters"] == 1
    await receiver.when(lambda: "坏" in texts(receiver))
    assert (await ask(house, "GET", f"/{id}/dead_letters"))["items"] == []


async def test_a_receiver_that_is_away_loses_nothing(house: House, receiver: Receiver) -> None:
    """It is knocked at now and then, and gets everything when it is back, each conversation in order."""
    await subscribe(house, receiver, "message.created")
    await receiver.stop()
    begun = house.clock.now()
    conversations = [await said(house, f"{n} 一", f"{n} 二") for n in range(DOWN_AFTER + 3)]
    await house.passing(60, lambda: house.clock.now() > begun + timedelta(hours=1))
    await receiver.start()
    await house.passing(60, lambda: len(texts(receiver)) == 2 * len(conversations))
    for n in range(len(conversations)):
        assert [text for text in texts(receiver) if text.startswith(f"{n} ")] == [f"{n} 一", f"{n} 二"]


async def test_many_conversations_are_told_side_by_side(house: House, receiver: Receiver) -> None:
    """More than go out at once, and all that piled up while nobody wanted it."""
    wish = {"name": "x", "url": receiver.url, "kinds": ["conversation.opened"]}
    id, _ = await subscribe(house, receiver, **wish, active=False)
    for n in range(30):
        await said(house, f"{n}")
    receiver.takes = 0.01
    await ask(house, "PUT", f"/{id}", json=wish)
    assert len({x.said["conversation"]["id"] for x in await receiver.until(30)}) == 30


async def test_a_receiver_that_hangs_holds_up_nobody_else(
    house: House, receivers: Callable[[], Awaitable[Receiver]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither other subscriptions nor the people in the chat."""
    monkeypatch.setattr(sender, "TIMEOUT", 60.0)
    slow, quick = await receivers(), await receivers()
    slow.answer = lambda x: HANG
    await subscribe(house, slow, "message.created")
    await subscribe(house, quick, "message.created")
    for n in range(20):
        await said(house, f"{n}")
    await quick.when(lambda: len(texts(quick)) == 20)
    assert len(slow.came) <= 8
    assert slow.letters == []


async def test_a_receiver_that_does_not_answer_in_time_is_asked_again(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same name on the letter."""
    monkeypatch.setattr(sender, "TIMEOUT", 0.1)
    receiver.answer = lambda x: HANG
    id, _ = await subscribe(house, receiver, "conversation.opened")
    await said(house, "你好")

    async def noted() -> list[dict[str, Any]]:
        return (await ask(house, "GET", f"/{id}/deliveries"))["items"]  # type: ignore[no-any-return]

    while not await noted():
        await asyncio.sleep(0.02)
    assert [(x["status"], x["why"], x["attempt"]) for x in await noted()] == [(None, "timeout", 1)]
    monkeypatch.setattr(sender, "TIMEOUT", PATIENCE)
    receiver.answer = lambda x: 200
    house.later(5)
    await receiver.until(1)
    assert len({x.said["id"] for x in receiver.came}) == 1


async def test_a_receiver_that_is_gone_is_left_alone(house: House, receiver: Receiver) -> None:
    """410 says so. Switched on again, it goes on where it was."""
    receiver.answer = lambda x: 410
    id, _ = await subscribe(house, receiver, "message.created")
    await said(house, "一")
    while (view := await ask(house, "GET", f"/{id}"))["active"]:
        await asyncio.sleep(0.02)
    assert view["stopped"] == "gone"
    receiver.answer = lambda x: 200
    await said(house, "二")
    house.later(3600)
    await house.told()
    assert texts(receiver) == []
    wish = {key: view[key] for key in ("name", "url", "kinds")}
    assert (await ask(house, "PUT", f"/{id}", json=wish))["stopped"] == ""
    await receiver.when(lambda: sorted(texts(receiver)) == ["一", "二"])


async def test_a_receiver_that_takes_nothing_for_days_is_switched_off(house: House, receiver: Receiver) -> None:
    """With the reason, and as an event of the log."""
    receiver.answer = lambda x: 500
    id, _ = await subscribe(house, receiver, "conversation.opened")
    await said(house, "你好")
    await house.passing(3600, lambda: not house.server.hub.at_hand("webhook", id).wish.active)
    view = await ask(house, "GET", f"/{id}")
    assert (view["active"], view["stopped"]) == (False, "failing")
    assert any(record.kind == "webhook_stopped" for record in await house.log())


async def test_what_was_told_is_told_again_on_request(house: House, receiver: Receiver) -> None:
    """From any place in the log, with the same names; a later place skips."""
    id, _ = await subscribe(house, receiver, "message.created")
    start = house.server.hub.head
    await said(house, "一", "二")
    await receiver.when(lambda: texts(receiver) == ["一", "二"])
    before = [x.said["id"] for x in receiver.letters if by_visitor(x.said)]
    receiver.letters.clear()
    assert await ask(house, "POST", f"/{id}/replay", json={"after": start}) == {"seq": start, "letters": 0}
    await receiver.when(lambda: texts(receiver) == ["一", "二"])
    assert [x.said["id"] for x in receiver.letters if by_visitor(x.said)] == before
    wish = {"name": "x", "url": receiver.url, "kinds": ["message.created"]}
    await ask(house, "PUT", f"/{id}", json=wish | {"active": False})
    await said(house, "没人听")
    await ask(house, "POST", f"/{id}/replay", json={"after": 10**9})
    await ask(house, "PUT", f"/{id}", json=wish)
    await said(house, "有人听")
    await receiver.when(lambda: "有人听" in texts(receiver))
    assert "没人听" not in texts(receiver)
    for odd in ({}, {"after": 1, "dead_letters": True}):
        assert await code(house, "POST", f"/{id}/replay", json=odd) == "bad_request"


async def test_what_was_recalled_is_told_no_more(house: House, receiver: Receiver) -> None:
    """Not by a letter that waited either, nor by a replay."""
    receiver.answer = lambda x: 503
    id, _ = await subscribe(house, receiver, "message.created", "message.recalled")
    _, console, conversation = await house.served()
    sent = await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "说错了的密码"})
    await console.ask("recall", {"id": new_id(), "conversation": conversation, "seq": sent["seq"]})
    came = len(receiver.came)
    receiver.answer = lambda x: 200
    await ask(house, "POST", f"/{id}/replay", json={"after": 1})
    await receiver.when(lambda: "message.recalled" in receiver.kinds())
    assert "说错了的密码" not in "".join(x.body.decode() for x in receiver.came[came:])


async def test_a_test_says_how_it_went(house: House, receiver: Receiver) -> None:
    """At once, signed, and also what the receiver said against it."""
    id, secret = await subscribe(house, receiver, active=False)
    went = await ask(house, "POST", f"/{id}/test")
    assert (went["status"], went["why"], went["kind"]) == (200, "", "webhook.test")
    letter = receiver.letters[0]
    assert verify(secret, letter.signature, letter.body, house.clock.now())
    receiver.answer = lambda x: 418
    went = await ask(house, "POST", f"/{id}/test")
    assert (went["status"], went["why"], went["reply"]) == (418, "refused", "no: 418")
    await receiver.stop()
    assert (await ask(house, "POST", f"/{id}/test"))["why"] == "unreachable"


async def test_the_own_network_is_out_of_reach(build: Build, receiver: Receiver) -> None:
    """Unless the deployment allows it by name."""
    house = await build()
    id, _ = await subscribe(house, receiver)
    assert (await ask(house, "POST", f"/{id}/test"))["why"] == "not_public"
    assert receiver.came == []


async def test_nothing_is_lost_or_told_twice_over_a_restart(build: Build, receiver: Receiver) -> None:
    """Neither what waits by itself nor what was not read yet."""
    store = MemoryStore()
    house = await build(store, **HERE)
    refuse = {"坏"}
    receiver.answer = lambda x: 500 if by_visitor(x) and x["data"]["message"]["content"]["text"] in refuse else 200
    id, _ = await subscribe(house, receiver, "message.created")
    await said(house, "坏", "后来")
    await receiver.when(lambda: any(by_visitor(x.said) for x in receiver.came))
    await said(house, "别人")
    await receiver.when(lambda: "别人" in texts(receiver))
    while (await ask(house, "GET", f"/{id}"))["behind"] > 8:
        await asyncio.sleep(0.02)
    await house.stop()
    refuse.clear()
    receiver.letters.clear()
    house = await build(store, house.clock, **HERE)
    house.later(5)
    await receiver.when(lambda: "后来" in texts(receiver))
    assert texts(receiver) == ["坏", "后来"]


async def test_a_deleted_subscription_leaves_nothing_behind(house: House, receiver: Receiver) -> None:
    """And is told nothing any more."""
    receiver.answer = lambda x: 500
    id, _ = await subscribe(house, receiver, "message.created")
    await said(house, "一", "二")
    await receiver.when(lambda: bool(receiver.came))
    await asyncio.sleep(0.05)
    await ask(house, "DELETE", f"/{id}")
    store = house.store
    assert isinstance(store, MemoryStore)
    await house.until(lambda: not [kind for kind, _ in store._documents if kind.startswith("webhook")])
    came = len(receiver.came)
    await said(house, "三")
    await house.told()
    assert (len(receiver.came), await code(house, "GET", f"/{id}")) == (came, "not_found")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"url": "ftp://example.com"}, "$.url"),
        ({"url": "https://user:pw@example.com/"}, "$.url"),
        ({"kinds": ["message.created", "everything"]}, "$.kinds[1]"),
        ({"kinds": []}, "$.kinds"),
        ({"knids": ["message.created"]}, "$.knids"),
        ({"inboxes": ["web", "elsewhere"]}, "$.inboxes[1]"),
        ({"groups": ["nobody"]}, "$.groups[0]"),
        ({"groups": ["sales"], "kinds": ["agent.status_changed", "conversation.opened"]}, "$.groups"),
        ({"inboxes": ["web"], "kinds": ["agent.status_changed"]}, "$.inboxes"),
    ],
)
async def test_an_impossible_wish_is_refused(house: House, change: dict[str, Any], path: str) -> None:
    """At its place."""
    body = {"name": "x", "url": "https://example.com/", "kinds": ["message.created"]} | change
    status, answer, _ = await say(house, "POST", HOOKS, json=body, headers=await admin(house))
    assert (status, answer["error"]["data"]["path"]) == (400, path)


async def test_a_wechat_account_is_an_inbox_like_any_other(house: House, receiver: Receiver) -> None:
    """接入 of every channel can be asked for."""
    settings = house.server.hub.held("workspace", "main").settings
    account = KefuInbox(id="wx", name="微信客服", flow="main", corp="ww1", open_kfid="wk1")
    await house.server.save_settings(msgspec.structs.replace(settings, kefu=(account,)), by="test")
    await subscribe(house, receiver, "message.created", inboxes=["wx", "web"])


async def test_a_subscription_outlives_its_group(house: House, receiver: Receiver) -> None:
    """When the group is gone it can be switched off all the same, and be given no other that is not there."""
    settings = house.server.hub.held("workspace", "main").settings
    more = (*settings.groups, Group(id="night", name="夜班组"))
    await house.server.save_settings(msgspec.structs.replace(settings, groups=more), by="test")
    wish = {"name": "x", "url": receiver.url, "kinds": ["message.created"], "groups": ["night"]}
    id, _ = await subscribe(house, receiver, **wish)
    await house.server.save_settings(settings, by="test")
    assert (await ask(house, "PUT", f"/{id}", json=wish | {"active": False}))["active"] is False
    assert await code(house, "PUT", f"/{id}", json=wish | {"groups": ["night", "nobody"]}) == "bad_request"


async def test_subscriptions_are_for_those_who_may_manage_them(house: House) -> None:
    """Each of the operations."""
    agent = who(await house.login("demo-agent-1"))["headers"]
    asked = [
        (one.method, one.path.removeprefix("/webhooks").replace("{id}", "x"))
        for one in house.server.operations()
        if one.path.startswith("/webhooks")
    ]
    assert len(asked) == 11
    assert {await code(house, method, path, json={}, headers=agent) for method, path in asked} == {"forbidden"}


async def test_the_secret_stands_nowhere(house: House, receiver: Receiver) -> None:
    """It is made from the server's own, and shown when it is made."""
    id, secret = await subscribe(house, receiver)
    assert secret not in str(await ask(house, "GET", f"/{id}"))
    store = house.store
    assert isinstance(store, MemoryStore)
    kept = [record.body for record in await house.log()] + [body for body, _ in store._documents.values()]
    assert not [body for body in kept if secret.encode() in body]


def test_every_kind_has_its_type_and_its_meaning() -> None:
    """And no event of the log is told under two names."""
    events = [event for kind in KINDS for event in kind.of]
    assert len(events) == len(set(events))
    assert all(kind.means.endswith(".") and msgspec.json.schema(kind.data) for kind in KINDS)


def manual() -> str:
    return (Path(__file__).parents[2] / "docs" / "integrate" / "webhooks.md").read_text("utf-8")


def test_the_manual_knows_every_kind_and_all_that_it_tells() -> None:
    """And none that is not there."""
    rows = {row[1]: row[2] for row in re.finditer(r"^\| `([a-z_.]+)` \| [^|]+ \| ([^|]+) \|$", manual(), re.MULTILINE)}
    assert set(rows) == set(BY_NAME)
    for kind in KINDS:
        assert {f.name for f in msgspec.structs.fields(kind.data)} <= set(re.findall(r"`(\w+)`", rows[kind.name]))


def test_the_manuals_program_knows_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever copies it lets in what is signed, and nothing else."""
    found = re.search(r"```python\n(.*?)```", manual(), re.DOTALL)
    example = re.search(r"secret `(\w+)`, the `t` (\d+) and the body `(.+?)` the `v1` is\n`([0-9a-f]{64})`", manual())
    assert found and example
    secret, at, body, digest = example.groups()
    names: dict[str, Any] = {}
    exec(found[1], names)
    now = int(at)
    monkeypatch.setattr(names["time"], "time", lambda: now + 299)
    is_ours = names["is_ours"]
    assert is_ours(secret, f"t={at},v1={digest}", body.encode())
    assert is_ours(secret, sign(secret, now, body.encode(), "old"), body.encode())
    assert is_ours("old", sign(secret, now, body.encode(), "old"), body.encode())
    assert not is_ours(secret, f"t={at},v1={digest}", b"{ }")
    assert not is_ours("other", f"t={at},v1={digest}", body.encode())
    assert not is_ours(secret, f"v1={digest}", body.encode())
    monkeypatch.setattr(names["time"], "time", lambda: now + 301)
    assert not is_ours(secret, f"t={at},v1={digest}", body.encode())
