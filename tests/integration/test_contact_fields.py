"""客户字段 over HTTP: who sees them and may set them, and that the next conversation knows them."""

from typing import Any

import pytest

from chatserver.kernel.ids import new_id
from tests.integration.house import House
from tests.integration.test_conversations import ADMIN, ONE, TWO, close, get, talk
from tests.integration.test_http import say, who


async def change(house: House, agent: str, contact: str, *fields: dict[str, Any]) -> Any:
    """The fields afterwards, or the code of the refusal."""
    path, login = f"/api/v1/contacts/{contact}/fields", await house.login(agent)
    _, body, _ = await say(house, "PATCH", path, json={"fields": list(fields)}, **who(login))
    return body["error"]["code"] if "error" in body else body["fields"]


async def test_what_is_set_is_shown_and_known_to_the_next_conversation(house: House) -> None:
    """S1-5.1.1a: by REST, on the consoles' cards, and as `contact:key` in conditions."""
    console = await house.ready(ONE)
    visitor, first = await talk(house, console)
    contact = (await get(house, await house.login(ADMIN), f"/conversations/{first}"))["contact"]["id"]
    level = {"key": "level", "value": " 金牌  会员 ", "label": "等级"}
    kept = [{"key": "level", "label": "等级", "value": "金牌 会员"}]
    assert await change(house, ONE, contact, level, {"key": "city", "value": ""}) == kept
    assert await change(house, ADMIN, contact, {"key": "level", "value": "金牌 会员"}) == kept
    assert [r.kind for r in await house.log()].count("fields_set") == 1
    assert (await get(house, await house.login(ONE), f"/contacts/{contact}"))["fields"] == kept

    await close(console, first)
    house.later(86_400)
    second = await house.queue(visitor, "1")
    await house.until(lambda: house.server.hub.held("conversation", second).agent == ONE)
    cards = (await console.ask("hello", {}))["snapshot"]["conversations"]
    assert next(card for card in cards if card["id"] == second)["contact"]["fields"] == kept
    assert await change(house, ONE, contact, {"key": "level", "value": ""}) == []


async def test_only_whoever_may_edit_the_visitor_sets_anything(house: House) -> None:
    console = await house.ready(ONE)
    _, conversation = await talk(house, console)
    contact = (await get(house, await house.login(ADMIN), f"/conversations/{conversation}"))["contact"]["id"]
    assert await change(house, TWO, contact, {"key": "level", "value": "x"}) == "not_found"
    await house.ready(TWO)
    await console.ask("invite", {"id": new_id(), "conversation": conversation, "agent": TWO})
    assert (await get(house, await house.login(TWO), f"/contacts/{contact}"))["id"] == contact
    assert await change(house, TWO, contact, {"key": "level", "value": "x"}) == "forbidden"
    assert await change(house, ADMIN, "never", {"key": "level", "value": "x"}) == "not_found"
    assert (await get(house, await house.login(ADMIN), f"/contacts/{contact}"))["fields"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([], "bad_request"),
        ([{"key": " ", "value": "x"}], "bad_request"),
        ([{"key": "k" * 33, "value": "x"}], "too_large"),
        ([{"key": "k", "value": "x" * 201}], "too_large"),
        ([{"key": "k", "value": "x", "label": "l" * 101}], "too_large"),
        ([{"key": f"k{n}", "value": "x"} for n in range(51)], "too_large"),
        ([{"key": "k", "value": "x"}, {"key": "t", "value": "\0!"}], "field_invalid"),
        ([{"key": "k", "value": "100\u202e元"}], "field_invalid"),
        ([{"key": "k", "value": "x", "label": "\u2066l"}], "field_invalid"),
    ],
    ids=["nothing", "blank", "long key", "long value", "long label", "too many", "control", "turned", "turned label"],
)
async def test_what_is_remembered_of_a_visitor_stays_small(
    house: House, fields: list[dict[str, Any]], code: str
) -> None:
    _, conversation = await talk(house, await house.ready(ONE))
    contact = (await get(house, await house.login(ADMIN), f"/conversations/{conversation}"))["contact"]["id"]
    assert await change(house, ADMIN, contact, *fields) == code
