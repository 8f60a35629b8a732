"""回调 for one group: what concerned it when it happened, and whom it was about, however late it is told."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from chatserver.kernel.ids import new_id
from chatserver.suite.leave_messages.settings import LeaveMessageSettings
from tests.integration import test_webhooks as webhooks
from tests.integration.house import House
from tests.integration.receiver import Receiver
from tests.integration.test_left_messages import ADMIN, leave
from tests.integration.test_left_messages import ask as inbox
from tests.integration.test_webhooks import ALL, ask, subscribe, texts

house, receivers, receiver = webhooks.house, webhooks.receivers, webhooks.receiver


async def test_a_group_is_told_what_was_its_own_when_it_happened(
    house: House, receivers: Callable[[], Awaitable[Receiver]]
) -> None:
    """Also by a courier that comes to it late: each side of a transfer hears of it, and of no line of the other."""
    sales, support = await receivers(), await receivers()
    wishes: dict[str, Any] = {}
    for group, receiver in (("sales", sales), ("support", support)):
        wish = {"name": group, "url": receiver.url, "kinds": ALL, "groups": [group]}
        id, _ = await subscribe(house, receiver, **wish, active=False)
        wishes[id] = wish
    await house.ready("demo-agent-2")
    visitor, console, conversation = await house.served()
    await visitor.say("给售前的话")
    await console.ask("transfer", {"id": new_id(), "conversation": conversation, "group": "support"})
    await visitor.hear("conversation", lambda c: c["agent"] and c["agent"]["name"] == "客服二号")
    await visitor.say("给售后的话")
    for id, wish in wishes.items():
        await ask(house, "PUT", f"/{id}", json=wish)
    await support.when(lambda: texts(support) == ["给售后的话"])
    await sales.when(lambda: "conversation.transferred" in sales.kinds())
    await house.told()
    assert texts(sales) == ["给售前的话"]
    assert [k for k in support.kinds() if k.startswith("conversation")] == [
        "conversation.transferred", "conversation.assigned",
    ]  # fmt: skip
    for receiver, id in zip((sales, support), wishes, strict=True):
        first, *had = [x.said["seq"] for x in receiver.letters]
        receiver.letters.clear()
        await ask(house, "POST", f"/{id}/replay", json={"after": first})
        await receiver.when(lambda receiver=receiver, had=had: [x.said["seq"] for x in receiver.letters] == had)


async def test_what_is_left_for_a_group_is_told_to_it(house: House, receiver: Receiver) -> None:
    """S1-5.1.2: nobody was there: the wait in vain, the message and the end; of another group's nothing."""
    await subscribe(house, receiver, groups=["sales"])
    await leave(house, await house.visitor(), "2")
    await leave(house, await house.visitor(), "1")
    await receiver.when(lambda: "leave_message.created" in receiver.kinds())
    await house.told()
    kinds = receiver.kinds()
    assert [k for k in kinds if k != "message.created"] == [
        "conversation.queued", "leave_message.created", "conversation.closed",
    ]  # fmt: skip
    assert len({x.said["conversation"]["id"] for x in receiver.letters}) == 1


async def test_what_is_left_without_a_group_is_told_to_those_who_get_it(house: House, receiver: Receiver) -> None:
    """S1-5.1.2: as the settings said then who that is, however late it is told, and where it is found."""
    settings = house.server.hub.held("workspace", "main").settings
    theirs = LeaveMessageSettings(assign_to="support")
    await house.server.save_settings(replace(settings, leave_messages=theirs), by="test")
    wish = {"name": "x", "url": receiver.url, "kinds": ["leave_message.created"], "groups": ["support"]}
    id, _ = await subscribe(house, receiver, **wish, active=False)
    left = await leave(house, await house.visitor(), "3")
    await house.server.save_settings(settings, by="test")
    await leave(house, await house.visitor(), "3")
    await ask(house, "PUT", f"/{id}", json=wish)
    data = (await receiver.until(1))[0].said["data"]
    await house.told()
    assert (len(receiver.letters), data["id"], data["group"]) == (1, left, "support")
    found = await inbox(house, await house.login(ADMIN), "GET", f"/leave_messages/{data['id']}")
    assert (found["group"], found["answers"]) == (data["group"], data["answers"])


async def test_a_rating_is_told_of_the_agent_who_was_rated(house: House, receiver: Receiver) -> None:
    """S1-5.3.1d: though a colleague has the conversation by now, and to both of their groups."""
    await house.ready("demo-agent-2")
    for group in ("sales", "support"):
        await subscribe(house, receiver, "rating.created", groups=[group])
    visitor, console, conversation = await house.served()
    await console.ask("invite_rating", {"id": new_id(), "conversation": conversation})
    survey = await visitor.hear("item", lambda i: i["content"]["kind"] == "rating")
    await console.ask("transfer", {"id": new_id(), "conversation": conversation, "group": "support"})
    await visitor.ask("rate", {"id": new_id(), "item": survey["id"], "score": 5, "tags": [], "comment": ""})
    letter = (await receiver.until(2))[0].said
    assert (letter["data"]["agent"], letter["conversation"]["agent"]) == ("demo-agent-1", "demo-agent-2")
