"""Reports over HTTP: figures, the rows behind them, files, the wall, and who may see whose."""

import csv
import io
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from openpyxl import load_workbook

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.hub.tables import Tally
from chatserver.kernel.ids import new_id
from chatserver.suite.reports.kinds import KINDS
from chatserver.suite.reports.people import names
from chatserver.suite.reports.sheets import FORMATS
from tests.integration.house import House, Page
from tests.integration.test_http import code, say, who

ONE, TWO, ADMIN = "demo-agent-1", "demo-agent-2", "demo-admin"
Login = tuple[str, str]


async def get(house: House, login: Login, path: str, **query: Any) -> Any:
    """What the reports say, once they have heard everything."""
    await house.server.hub.caught_up("reports")
    status, body, _ = await say(house, "GET", f"/api/v1{path}", params=query, **who(login))
    assert status == 200, body
    return body


async def refused(house: House, login: Login, path: str, **query: Any) -> str:
    return await code(house, "GET", f"/api/v1{path}", params=query, **who(login))


async def test_accounts_of_wechat_are_called_by_their_names(house: House) -> None:
    """S1-5.2.2d: in reports and their files, like the inboxes of the web."""
    settings = house.server.hub.held("workspace", "main").settings
    account = KefuInbox(id="wx1", name="微信售后", corp="corp1", open_kfid="wk1", flow=settings.flows[0].id)
    await house.server.save_settings(replace(settings, kefu=(account,)), by="test")
    found = names(house.server.hub)["inbox"]
    assert (found["wx1"], found["web"]) == ("微信售后", settings.inboxes[0].name)


async def supervisor(house: House) -> Login:
    """Somebody who leads the group `sales`, and no other."""
    profile = msgspec.structs.replace(
        demo.AGENTS[ONE], account="lead", name="班长", roles=("supervisor",), groups=("sales",)
    )
    await house.server.hub.send(Envelope(stream("agent", "lead"), ai.Saved(profile=profile)))
    return await house.login("lead")


async def a_morning(house: House) -> tuple[Page, Page]:
    """One visitor of `sales` is answered after 5 s and goes after a minute; one of `support` is served by another."""
    _, console, conversation = await house.served(ONE)
    house.later(5)
    await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "您好"})
    house.later(55)
    await console.ask("close", {"id": new_id(), "conversation": conversation})
    other = await house.ready(TWO)
    support = await house.visitor()
    second = await house.queue(support, "2")
    await support.hear("conversation", lambda c: c["phase"] == "serving")
    house.later(2)
    await other.ask("send", {"id": new_id(), "conversation": second, "text": "您好"})
    return console, other


async def test_a_day_in_figures(house: House) -> None:
    await a_morning(house)
    admin = await house.login(ADMIN)

    report = await get(house, admin, "/reports/volume", by="group")

    assert (report["from"], report["to"], report["timezone"], report["behind"]) == (
        "2029-12-26", "2030-01-01", "Asia/Shanghai", 0,
    )  # fmt: skip
    lines = {line["at"]["group"]: (line["names"]["group"], line["figures"]["served"]) for line in report["lines"]}
    names = {group.id: group.name for group in demo.settings().groups}
    assert lines == {"sales": (names["sales"], 1), "support": (names["support"], 1)}
    assert (report["total"]["opened"], report["total"]["served"], report["total"]["closed"]) == (2, 2, 1)
    response = await get(house, admin, "/reports/response")
    assert response["total"]["first_response_mean"] == 3500


async def test_a_cell_leads_to_its_rows(house: House) -> None:
    """The line of the report as filters, page by page, and the figure once more."""
    await a_morning(house)
    admin = await house.login(ADMIN)
    cell = {"figure": "first_response_mean", "day": "2030-01-01", "limit": 1}

    first = await get(house, admin, "/reports/response/rows", **cell)
    rest = await get(house, admin, "/reports/response/rows", **cell, after=first["next"])

    assert (first["value"], first["rows"], rest["next"]) == (3500, 2, None)
    assert sorted(row["first_response_ms"] for row in first["items"] + rest["items"]) == [2000, 5000]
    only = await get(house, admin, "/reports/response/rows", figure="served", group="sales")
    assert (only["value"], only["rows"], [row["agent"] for row in only["items"]]) == (1, 1, [ONE])


async def test_agents_see_their_own_figures_and_nobody_elses(house: House) -> None:
    await a_morning(house)
    one = await house.login(ONE)

    report = await get(house, one, "/reports/agents")
    assert [(line["at"]["agent"], line["figures"]["served"]) for line in report["lines"]] == [(ONE, 1)]
    rows = await get(house, one, "/reports/agents/rows", figure="served")
    assert {row["agent"] for row in rows["items"]} == {ONE}
    assert {line["at"]["agent"] for line in (await get(house, one, "/reports/status"))["lines"]} == {ONE}
    for path in ("/reports/agents", "/reports/status"):
        assert await refused(house, one, path, agent=TWO) == "forbidden"
    assert await refused(house, one, "/reports/agents/rows", figure="served", agent=TWO) == "forbidden"
    for path in ("/reports/volume", "/reports/response"):
        assert await refused(house, one, path) == "forbidden"
    assert await refused(house, one, "/reports/agents/export") == "forbidden"
    assert await refused(house, one, "/wall") == "forbidden"


async def test_supervisors_see_their_groups(house: House) -> None:
    await a_morning(house)
    lead = await supervisor(house)

    assert (await get(house, lead, "/reports/volume"))["total"]["opened"] == 1
    assert (await get(house, lead, "/reports/waiting"))["total"]["waits"] == 1
    agents = (await get(house, lead, "/reports/agents"))["lines"]
    assert [line["at"]["agent"] for line in agents] == [ONE]
    assert await refused(house, lead, "/reports/volume", group="support") == "forbidden"
    # 演示座席二 is in both groups, the administrator in the other one only
    status = await get(house, lead, "/reports/status")
    assert {line["at"]["agent"] for line in status["lines"]} == {ONE, TWO}
    assert await refused(house, lead, "/reports/status", agent=ADMIN) == "forbidden"
    assert await refused(house, lead, "/reports/status/export", agent=ADMIN) == "forbidden"


async def test_time_that_runs_is_counted_up_to_now(house: House) -> None:
    """Ready, and with somebody to serve, and nothing has ended yet."""
    await house.served(ONE)
    house.later(600)
    admin = await house.login(ADMIN)

    report = await get(house, admin, "/reports/status", agent=ONE)
    assert report["total"] | {"peak": 1} == report["total"]
    assert (report["total"]["online_time"], report["total"]["serving_time"]) == (600_000, 600_000)
    house.later(60)
    again = await get(house, admin, "/reports/status/rows", agent=ONE, figure="serving_time")
    assert (again["value"], [row["serving_ms"] for row in again["items"]]) == (660_000, [660_000])


async def test_every_figure_is_defined(house: House) -> None:
    one = await house.login(ONE)
    english = await get(house, one, "/reports/figures", lang="en")
    chinese = await get(house, one, "/reports/figures")
    assert [kind["key"] for kind in english["kinds"]] == list(KINDS)
    assert english["kinds"][1]["figures"][0]["title"] == "Waits"
    assert chinese["kinds"][1]["figures"][0]["title"] == "排队次数"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"by": "shoe"}, "$.by"),
        ({"reached": "serving", "by": "day", "status": "ready"}, "$.status"),
        ({"from": "2030-01-02", "to": "2030-01-01"}, "$.to"),
        ({"from": "2028-01-01", "to": "2030-01-01"}, "$.from"),
        ({"from": "yesterday"}, "$.from"),
        ({"hour": "24"}, "$.hour"),
        ({"colour": "red"}, "$"),
    ],
)
async def test_what_cannot_be_answered_is_refused_by_its_name(house: House, query: dict[str, str], path: str) -> None:
    admin = await house.login(ADMIN)
    status, body, _ = await say(house, "GET", "/api/v1/reports/volume", params=query, **who(admin))
    assert (status, body["error"]["code"]) == (400, "bad_request")
    assert str(body["error"]["data"]["path"]).startswith(path)


async def test_more_lines_than_anybody_reads_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than cut off, which nobody would see."""
    await a_morning(house)
    admin = await house.login(ADMIN)
    await house.server.hub.caught_up("reports")
    monkeypatch.setattr("chatserver.suite.reports.questions.MAX_LINES", 1)
    assert await refused(house, admin, "/reports/volume", by="group") == "bad_request"


async def test_more_lines_than_anybody_reads_are_refused_before_they_are_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year of agents, day by day, costs no more than finding out how much it is."""
    await a_morning(house)
    admin = await house.login(ADMIN)
    await house.server.hub.caught_up("reports")
    asked: list[Tally] = []
    tally = type(house.store.rows).tally
    monkeypatch.setattr(type(house.store.rows), "tally", lambda rows, t: asked.append(t) or tally(rows, t))
    monkeypatch.setattr("chatserver.suite.reports.questions.MAX_LINES", 1)
    year = {"by": ["agent", "day"], "from": "2029-01-01"}
    assert await refused(house, admin, "/reports/agents", **year) == "bad_request"
    assert [(t.sums, t.highs, t.spread) for t in asked] == [((), (), None)]
    monkeypatch.setattr("chatserver.suite.reports.questions.MAX_LINES", 10_000)
    asked.clear()
    await get(house, admin, "/reports/agents", by=["agent", "hour"])
    assert len(asked) == 1 and asked[0].sums


async def test_an_unknown_report_or_figure(house: House) -> None:
    admin = await house.login(ADMIN)
    assert await refused(house, admin, "/reports/shoes") == "not_found"
    assert await refused(house, admin, "/reports/volume/rows", figure="shoes") == "bad_request"


# Files


async def test_a_report_as_a_file(house: House) -> None:
    """CSV that Excel opens as UTF-8, and XLSX with the same cells; titles in the language that was asked for."""
    await a_morning(house)
    admin = await house.login(ADMIN)
    await house.server.hub.caught_up("reports")

    async def file(**query: str) -> tuple[bytes, Any]:
        _, body, answer = await say(house, "GET", "/api/v1/reports/agents/export", params=query, **who(admin))
        return body, answer

    raw, answer = await file()
    assert raw.startswith(b"\xef\xbb\xbf") and answer.content_type == "text/csv"
    assert "agents_2029-12-26_2030-01-01.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0][:3] == ["座席", "接待量", "未回复"] and rows[-1][:2] == ["合计", "2"]
    assert [row[:2] for row in rows[1:-1]] == [["演示座席一", "1"], ["演示座席二", "1"]]
    assert rows[1][rows[0].index("平均首次响应 (秒)")] == "5.0"
    raw, answer = await file(format="xlsx", lang="en")
    sheet = load_workbook(io.BytesIO(raw)).active
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert cells[0][:3] == ["Agent", "Served", "Without a reply"] and cells[-1][:2] == ["Total", 2]
    assert [row[:2] for row in cells[1:-1]] == [["演示座席一", 1], ["演示座席二", 1]]


async def test_the_rows_behind_a_figure_as_a_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """With names, local times and seconds; only what the line of the report was counted from."""
    await a_morning(house)
    admin = await house.login(ADMIN)
    await house.server.hub.caught_up("reports")
    asked = {"figure": "served", "agent": ONE, "lang": "en"}

    async def file(**query: str) -> bytes:
        path = "/api/v1/reports/agents/rows/export"
        status, body, answer = await say(house, "GET", path, params=asked | query, **who(admin))
        assert status == 200 and "agents_served_2029-12-26_2030-01-01" in answer.headers["Content-Disposition"]
        return bytes(body)

    titles, row = csv.reader(io.StringIO((await file()).decode("utf-8-sig")))
    found = dict(zip(titles, row, strict=True))
    assert (found["Agent"], found["Group"], found["Ended by"]) == ("演示座席一", "售前组", "Agent")
    assert (found["First response (s)"], found["Time with agents (s)"]) == ("5.0", "60.0")
    assert found["Began at"].startswith("2030-01-01 ") and "Began at" in titles
    sheet = load_workbook(io.BytesIO(await file(format="xlsx"))).active
    assert [cell.value for cell in sheet[1]] == titles and sheet.max_row == 2


async def test_a_file_has_more_rows_than_a_report_has_lines(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read stretch by stretch; too many for a file are refused with how many there are, and may be."""
    await a_morning(house)
    admin = await house.login(ADMIN)
    await house.server.hub.caught_up("reports")
    monkeypatch.setattr("chatserver.suite.reports.questions.MAX_LINES", 1)
    monkeypatch.setattr("chatserver.suite.reports.questions.PAGE", 1)
    path, asked = "/reports/volume/rows/export", {"figure": "opened"}
    _, body, _ = await say(house, "GET", f"/api/v1{path}", params=asked, **who(admin))
    titles, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    assert len(rows) == 2 and {row[titles.index("服务组")] for row in rows} == {"售前组", "售后组"}
    monkeypatch.setattr("chatserver.suite.reports.questions.MAX_ROWS", 1)
    _, body, _ = await say(house, "GET", f"/api/v1{path}", params=asked, **who(admin))
    data = body["error"]["data"]
    assert data["path"] == "$.from" and data["reason"].startswith("2 rows, and a file has 1 at most")


EVIL = ["=1+1", "＝1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil","x")', "无害"]


def test_no_name_can_become_a_formula() -> None:
    """Whoever may name a group must not make the spreadsheet of whoever exports it do anything."""
    text, cells = FORMATS["csv"](""), FORMATS["xlsx"]("表")
    text.add([EVIL])
    cells.add([[*EVIL, "a\x00b\x1f", -1, None]])
    for cell in next(csv.reader(io.StringIO(text.done().decode("utf-8-sig"), newline=""))):
        assert cell == "无害" or cell.startswith("'")
    book = load_workbook(io.BytesIO(cells.done()))
    (row,) = book.active.iter_rows()
    assert {cell.data_type for cell in row[: len(EVIL)]} == {"s"}
    assert [cell.value for cell in row[len(EVIL) : len(EVIL) + 2]] == ["ab", -1]


# The wall


async def test_the_wall_shows_this_moment(house: House) -> None:
    visitor, _, _ = await house.served(ONE)
    for _ in range(2):
        await house.queue(await house.visitor())
    waits = await house.queue(await house.visitor())
    await visitor.say("在吗")
    house.later(30)
    admin, lead = await house.login(ADMIN), await supervisor(house)

    wall = await get(house, admin, "/wall")

    sales = next(group for group in wall["groups"] if group["id"] == "sales")
    assert (sales["on_duty"], sales["ready"], sales["load"], sales["max"]) == (1, 1, 3, 3)
    assert (wall["waiting"], wall["serving"], sales["waiting"], sales["serving"]) == (1, 3, 1, 3)
    assert wall["waits"] == sales["longest"] == {"conversation": waits, "since": wall["at"] - 30_000}
    assert wall["unanswered"]["since"] == wall["at"] - 30_000
    assert wall["statuses"] == {"ready": 1, "offline": 3}
    (agent,) = wall["agents"]
    assert (agent["id"], agent["status"], agent["load"], agent["max"]) == (ONE, "ready", 3, 3)
    assert (wall["today"]["volume"]["opened"], wall["today"]["waiting"]["within_20"]) == (4, 100.0)
    assert [group["id"] for group in (await get(house, lead, "/wall"))["groups"]] == ["sales"]
    assert (await get(house, lead, "/wall"))["statuses"] == {"ready": 1, "offline": 2}  # the lead is one of them


async def test_figures_outlive_a_restart(build: Any) -> None:
    """What was counted stays counted once."""
    house: House = await build()
    await a_morning(house)
    admin = await house.login(ADMIN)
    before = await get(house, admin, "/reports/agents")
    await house.stop()
    again: House = await build(store=house.store, clock=house.clock)
    after = await get(again, admin, "/reports/agents")
    assert after | {"until": 0} == before | {"until": 0}
