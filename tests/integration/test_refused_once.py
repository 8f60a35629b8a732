"""Whatever is refused is refused with its code, is one line in the log, and changes nothing."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chatserver.api.auth import COOKIE
from chatserver.kernel.ids import new_id
from tests.fakes.clock import FakeClock
from tests.integration.conftest import Build
from tests.integration.house import House, Page, Refusal

Deed = Callable[[], Awaitable[str]]
"""What somebody tries; the code of the answer."""

Case = Callable[[House], Awaitable[Deed]]
"""Sets the stage and returns the deed."""


def says(event: str, payload: Any) -> Case:
    """A visitor's page sends this."""

    async def case(house: House) -> Deed:
        page = await house.visitor()
        await page.say("你好")
        return lambda: page.refused(event, payload)

    return case


def enters(origin: str | None = None, **auth: Any) -> Case:
    """A page knocks with this."""

    async def case(house: House) -> Deed:
        async def knock() -> str:
            with pytest.raises(Refusal) as refusal:
                await house.visitor(origin=origin, **auth)
            return refusal.value.code

        return knock

    return case


async def forged_token(house: House) -> Deed:
    """Another visitor's, with a signature that is nearly right; its last letter carries spare bits, so not that one."""
    page = await house.visitor()
    await page.say("你好")
    token: str = (await page.ask("hello", {}))["token"]
    wrong = "A" if token[-2] != "A" else "B"
    return await enters(token=token[:-2] + wrong + token[-1])(house)


async def foreign_origin(house: House) -> Deed:
    """The inbox lists its sites, and this is none of them."""
    login = await house.login("demo-admin")
    seen = await http(house, "GET", "/api/v1/settings", login)
    seen["settings"]["inboxes"][0]["allowed_origins"] = ["https://shop.example"]
    await http(house, "PUT", "/api/v1/settings", login, {"settings": seen["settings"], "based_on": seen["version"]})
    await house.visitor(origin="https://shop.example")
    return await enters(origin="https://shop.example.evil.test")(house)


def another_groups(event: str, payload: dict[str, Any]) -> Case:
    """An agent asks this of a conversation that another group serves."""

    async def case(house: House) -> Deed:
        _, _, conversation = await house.served("demo-agent-2", "2")
        stranger = await house.ready("demo-agent-1")
        return lambda: stranger.refused(event, payload | {"conversation": conversation})

    return case


async def dead_end(house: House) -> Deed:
    """An administrator saves a flow whose greeting leads nowhere."""
    login = await house.login("demo-admin")
    seen = await http(house, "GET", "/api/v1/settings", login)
    seen["settings"]["flows"][0]["nodes"][0]["next"] = "nowhere"
    save = {"settings": seen["settings"], "based_on": seen["version"]}

    async def put() -> str:
        return str((await http(house, "PUT", "/api/v1/settings", login, save))["error"]["code"])

    return put


async def http(house: House, method: str, path: str, login: tuple[str, str], body: Any = None) -> Any:
    headers = {"Cookie": f"{COOKIE}={login[0]}", "X-CSRF-Token": login[1]}
    async with house.http.request(method, path, headers=headers, json=body) as answer:
        return await answer.json()


CASES = [
    pytest.param(says("dance", {"id": "1"}), "unknown_event", id="an unknown event"),
    pytest.param(says("say", {"id": "1", "text": 5}), "bad_request", id="a number for a text"),
    pytest.param(says("say", {"id": ["1"], "text": "x"}), "bad_request", id="an array for an id"),
    pytest.param(says("say", "hello"), "bad_request", id="a string for an object"),
    pytest.param(says("say", {"id": "1", "text": "x" * 1_048_576}), "too_large", id="a text of one megabyte"),
    pytest.param(forged_token, "bad_token", id="a forged token"),
    pytest.param(foreign_origin, "origin_not_allowed", id="a foreign origin"),
    pytest.param(enters(inbox="nowhere"), "inbox_unknown", id="an unknown inbox"),
    pytest.param(another_groups("history", {}), "not_found", id="another group's conversation, read"),
    pytest.param(another_groups("send", {"id": "1", "text": "x"}), "not_found", id="another group's, answered"),
    pytest.param(dead_end, "flow_invalid", id="a flow with a dead end"),
]


@pytest.mark.parametrize("durable", [False, True], ids=["in memory", "on disk"])
@pytest.mark.parametrize(("case", "code"), CASES)
async def test_a_refusal_is_logged_once_and_changes_nothing(
    build: Build, sqlite: Callable[[], Any], caplog: pytest.LogCaptureFixture, case: Case, code: str, durable: bool
) -> None:
    """Its code to the one who asked, one line to the operator, nothing to anybody else."""
    house = await build(store=sqlite() if durable else None, clock=FakeClock())
    deed = await case(house)
    await house.told()
    pushed = {page: len(page.pushes) for page in house.pages}
    before = await house.log()
    caplog.clear()
    caplog.set_level(logging.INFO, "chatserver")
    assert await deed() == code
    assert lines(caplog) == [("refused", code)]
    await house.told()
    assert await house.log() == before
    assert house.server.hub.head == before[-1].seq
    assert {page: len(page.pushes) for page in pushed} == pushed


async def twice_by_one_page(house: House, page: Page) -> Page:
    """The answer was lost, and the page asks again."""
    return page


async def by_a_page_that_came_back(house: House, page: Page) -> Page:
    """The connection was lost before the answer came."""
    token = (await page.ask("hello", {}))["token"]
    await page.leave()
    return await house.visitor(token=token)


@pytest.mark.parametrize("again", [twice_by_one_page, by_a_page_that_came_back])
async def test_a_replayed_message_gets_its_first_answer_and_is_not_said_again(
    house: House, caplog: pytest.LogCaptureFixture, again: Callable[[House, Page], Awaitable[Page]]
) -> None:
    """The same acknowledgement, nothing new in the log, nothing refused, and nobody hears it twice."""
    page, console, _ = await house.served()
    id = new_id()
    first = await page.say("只说一次", id)
    await console.hear("record", lambda record: "只说一次" in str(record))
    page = await again(house, page)
    await house.told()
    heard, before = len(console.pushes), await house.log()
    caplog.clear()
    caplog.set_level(logging.INFO, "chatserver")
    assert await page.say("只说一次", id) == first
    assert await page.say("换了说法，还是那一条", id) == first
    assert lines(caplog) == []
    await house.told()
    assert await house.log() == before
    assert house.server.hub.head == before[-1].seq
    assert len(console.pushes) == heard


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """(message, code) of all that the server has logged."""
    ours = (record for record in caplog.records if record.name.split(".")[0] == "chatserver")
    return [(record.getMessage(), vars(record).get("code", "")) for record in ours]
