"""流程 over HTTP: from a draft to what visitors meet, and back to an earlier version (S1-5.1.1a)."""

from typing import Any

import pytest

from tests.fakes.clock import T0
from tests.integration.conftest import Build
from tests.integration.house import House
from tests.integration.test_http import say, who

V1 = "/api/v1"
SCRIPT = {"at": int(T0.timestamp() * 1000), "acts": [{"do": "taps", "option": "1"}, {"do": "waits", "seconds": 60}]}


class Editor:
    """An administrator's program."""

    def __init__(self, house: House, headers: dict[str, str]) -> None:
        self.house = house
        self.headers = headers

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer; a refusal is its code."""
        given = {} if body is None else {"json": body}
        status, answer, _ = await say(self.house, method, V1 + path, headers=self.headers, **given)
        return answer["error"]["code"] if status >= 400 else answer


@pytest.fixture
async def editor(build: Build) -> Editor:
    house = await build()
    return Editor(house, who(await house.login("demo-admin"))["headers"])


def renamed(flow: dict[str, Any], text: str) -> dict[str, Any]:
    nodes = [node | {"text": text} if node["type"] == "menu" else node for node in flow["nodes"]]
    return flow | {"nodes": nodes}


async def test_a_draft_is_saved_checked_tried_and_published(editor: Editor) -> None:
    published = (await editor.ask("GET", "/flows/main"))["published"]
    broken = published | {"nodes": [*published["nodes"], {"type": "say", "id": "lost", "text": ""}]}
    draft = await editor.ask("PUT", "/flows/main/draft", {"flow": broken, "based_on": 0})
    found = {(p["node"], p["code"], p["severity"]) for p in draft["problems"]}
    assert {("lost", "text_empty", "error"), ("lost", "unreachable", "error")} <= found
    assert await editor.ask("POST", "/flows/main/publish", {"based_on": 1}) == "flow_invalid"
    assert await editor.ask("POST", "/flows/main/simulate", {"script": SCRIPT}) == "flow_invalid"
    draft = await editor.ask("PUT", "/flows/main/draft", {"flow": renamed(published, "新的问候"), "based_on": 1})
    assert [p for p in draft["problems"] if p["severity"] == "error"] == []
    shown = await editor.ask("POST", "/flows/main/simulate", {"script": SCRIPT})
    assert "新的问候" in [x["line"]["content"].get("text") for x in shown["effects"] if x["line"]]
    assert (await editor.ask("GET", "/flows"))["items"][0]["draft"] is True
    assert await editor.ask("POST", "/flows/main/publish", {"based_on": 2}) == {"version": published["version"] + 1}
    now = await editor.ask("GET", "/flows/main")
    assert (now["published"]["version"], now["draft"]) == (published["version"] + 1, None)


async def test_what_was_published_before_can_be_read_and_drawn_again(editor: Editor) -> None:
    first = (await editor.ask("GET", "/flows/main"))["published"]
    await editor.ask("PUT", "/flows/main/draft", {"flow": renamed(first, "乙"), "based_on": 0})
    await editor.ask("POST", "/flows/main/publish", {"based_on": 1})
    told = (await editor.ask("GET", "/flows/main/versions"))["items"]
    assert [(x["version"], x["by"], x["kept"]) for x in told] == [(2, "demo-admin", True), (1, told[1]["by"], True)]
    assert await editor.ask("GET", "/flows/main/versions/1") == first
    assert await editor.ask("GET", "/flows/main/versions/9") == "not_found"


async def test_a_flow_travels_as_a_file(editor: Editor) -> None:
    exported = await editor.ask("GET", "/flows/main/export")
    exported["id"] = "copy"
    draft = await editor.ask("POST", "/flows/import", exported)
    assert (draft["flow"]["id"], draft["flow"]["version"], draft["version"]) == ("copy", 0, 1)
    assert await editor.ask("POST", "/flows/import", exported) == "conflict"
    assert await editor.ask("POST", "/flows/copy/publish", {"based_on": 1}) == {"version": 1}
    rows = {row["id"]: row for row in (await editor.ask("GET", "/flows"))["items"]}
    assert (rows["copy"]["version"], rows["copy"]["inboxes"]) == (1, [])
    assert rows["main"]["inboxes"] != []


async def test_a_draft_can_be_thrown_away(editor: Editor) -> None:
    flow = (await editor.ask("GET", "/flows/main"))["published"]
    await editor.ask("PUT", "/flows/main/draft", {"flow": flow | {"name": "别的"}, "based_on": 0})
    await editor.ask("DELETE", "/flows/main/draft")
    seen = await editor.ask("GET", "/flows/main")
    assert (seen["draft"], seen["draft_version"], seen["published"]) == (None, 2, flow)
    assert await editor.ask("GET", "/flows/none") == "not_found"
    assert await editor.ask("PUT", "/flows/none/draft", {"flow": flow, "based_on": 0}) == "bad_request"


async def test_the_key_of_a_flows_webhooks_is_its_own_and_for_administrators(editor: Editor) -> None:
    one = await editor.ask("GET", "/flows/main/webhook-key")
    two = await editor.ask("GET", "/flows/main/webhook-key?version=2")
    assert len(one["key"]) == 64
    assert one != two != await editor.ask("GET", "/flows/other/webhook-key?version=2")
    agent = Editor(editor.house, who(await editor.house.login("demo-agent-1"))["headers"])
    assert await agent.ask("GET", "/flows/main/webhook-key") == "forbidden"
    assert await agent.ask("POST", "/flows/main/publish", {"based_on": 0}) == "forbidden"


async def test_holidays_are_read_and_taken_over_into_a_calendar(editor: Editor) -> None:
    """S1-12.3a: the shipped years, the list of a notice, and every line that cannot be used."""
    years = (await editor.ask("GET", "/holidays"))["items"]
    assert {y["year"]: y["provisional"] for y in years}[2027] is True
    shipped = next(y["text"] for y in years if y["year"] == 2026)
    read = await editor.ask("POST", "/holidays/read", {"text": shipped + "2026-13-01,x,off\n"})
    assert (len(read["off"]), len(read["work"]), [p["code"] for p in read["problems"]]) == (33, 6, ["day_unreadable"])
    version = (await editor.ask("GET", "/settings"))["version"]
    path = "/calendars/always/holidays"
    assert await editor.ask("POST", path, {"text": "x", "based_on": version}) == "settings_invalid"
    assert await editor.ask("POST", path, {"text": shipped, "based_on": version - 1}) == "conflict"
    taken = await editor.ask("POST", path, {"text": shipped, "based_on": version})
    assert (taken["version"], len(taken["calendar"]["holidays"])) == (version + 1, 7)
    again = await editor.ask("POST", path, {"text": shipped, "based_on": version + 1})
    assert again == taken
    assert (
        await editor.ask("POST", "/calendars/none/holidays", {"text": shipped, "based_on": version + 1}) == "not_found"
    )
