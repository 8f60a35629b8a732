"""Attacks and accidents that once went through, each by the shortest way in. Every one of them stays shut."""

import asyncio
import base64
import io
import threading
import zipfile
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from openpyxl import Workbook

from chatserver import demo
from chatserver.access.check import Actor, require
from chatserver.access.permissions import PERMISSIONS, Scope
from chatserver.access.roles import Role
from chatserver.api import auth, importing
from chatserver.api.sheets import read_sheet
from chatserver.conversation.contact import Ban, SetBan
from chatserver.conversation.events import Tagged
from chatserver.conversation.model import Conversation, Phase, Visit
from chatserver.flow import validate
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope, Happened
from chatserver.hub.tables import Tally
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.ids import new_id
from chatserver.kernel.tasks import aside
from chatserver.media import voice
from chatserver.settings import flow_door, settings_door
from chatserver.suite.conversations import transcript
from chatserver.suite.conversations.follow import Follower
from chatserver.suite.conversations.tables import MARKED
from chatserver.suite.reports import answers, sheets
from tests.integration.conftest import Build
from tests.integration.house import PATIENCE, House, Page
from tests.integration.test_http import say, who
from tests.integration.test_keys import bearer, made
from tests.integration.test_media import as_visitor, token, upload
from tests.integration.test_people import LI, asker, save
from tests.unit.test_media import amr, picture

V1 = "/api/v1"
ONE = "demo-agent-1"


@pytest.fixture
async def admin(house: House) -> dict[str, str]:
    return who(await house.login("demo-admin"))["headers"]


@pytest.fixture
async def on_disk(build: Build, sqlite: Any) -> House:
    """On the store that people use, which has its own limits."""
    return await build(sqlite())


@pytest.fixture
def slow_commits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long enough for somebody else to ask meanwhile."""
    plain = house.store.commit

    async def slow(batch: Any) -> None:
        await asyncio.sleep(0.05)
        await plain(batch)

    monkeypatch.setattr(house.store, "commit", slow)


async def granted(house: House, agent: str, **grants: str) -> None:
    """The agent has one role of exactly these grants."""
    given: Any = {key.replace("__", "."): scope for key, scope in grants.items()}
    role = Role(id="special", name="特设", grants=given)
    await house.server.save_settings(replace(demo.settings(), roles=(role,)), by="demo")
    await save(house, agent, roles=("special",))


async def lines(console: Page, conversation: str) -> list[dict[str, Any]]:
    page = await console.ask("history", {"conversation": conversation})
    return [line["content"] | {"by": line["by"], "id": line["id"]} for line in page["items"]]


# Doing what is not allowed


async def test_a_new_secret_for_a_stronger_key_is_not_given(house: House, admin: dict[str, str]) -> None:
    """Whoever may manage keys and little else does not become an administrator by rotating an administrator's key."""
    id, _ = await made(house, admin, grants={"settings.read": "all", "agent.manage": "all"})
    await granted(house, ONE, key__manage="all", settings__read="all")
    ask = await asker(house, ONE)
    assert (await ask("POST", f"/keys/{id}/rotate", json={}))[:2] == (403, "forbidden")


@pytest.mark.parametrize("scope", ["own", "group"])
async def test_what_belongs_to_nobody_takes_the_whole_permission(house: House, scope: str) -> None:
    """Settings, keys, roles and subscriptions are neither one's own nor a group's: no role is given such a reach, and
    what holds it all the same, from earlier days, holds nothing."""
    ask = await asker(house)
    offered = {x["key"]: x["scopes"] for x in (await ask("GET", "/roles"))["permissions"]}
    for x in (x for x in PERMISSIONS if x.whole):
        role = {"name": "特设", "grants": {x.key: scope}}
        assert offered[x.key] == ["all"]
        assert await ask("PUT", "/roles/special", json=role) == (
            422, "settings_invalid", f"$.roles[0].grants.{x.key}",
        )  # fmt: skip
        with pytest.raises(Refused):
            require(Actor(agent=ONE, groups=frozenset({"sales"}), grants={x.key: Scope[scope.upper()]}), x)
    assert offered["conversation.read"] == ["own", "group", "all"]


async def test_a_flows_key_is_not_a_subscriptions_secret(house: House, admin: dict[str, str]) -> None:
    """Both are made from the server's secret; a flow that is named like a subscription has another key all the same."""
    wish = {"name": "订单系统", "url": "https://shop.example/hook", "kinds": ["message.created"]}
    _, shown, _ = await say(house, "POST", f"{V1}/webhooks", json=wish, headers=admin)
    _, flow, _ = await say(house, "GET", f"{V1}/flows/{shown['webhook']['id']}/webhook-key", headers=admin)
    digest = base64.urlsafe_b64decode(shown["secret"].removeprefix("whs_") + "=")
    assert digest.hex() != flow["key"]


async def test_an_agent_does_not_rewrite_the_visitors_words(house: House) -> None:
    """By a line of the same id, which is then edited."""
    visitor, console, conversation = await house.served()
    id = new_id()
    await visitor.say("我要退款", id)
    ack = await console.ask("send", {"id": id, "conversation": conversation, "text": "好的"})
    edit = {"id": new_id(), "conversation": conversation, "seq": ack["seq"], "text": "我很满意"}
    assert await console.refused("edit", edit) == "not_your_line"
    assert {"kind": "text", "text": "我要退款", "by": "visitor", "id": id} in await lines(console, conversation)


async def test_an_agent_does_not_rewrite_what_the_system_said(house: House) -> None:
    """The lines of flows and of the system have ids that can be told beforehand."""
    _, console, conversation = await house.served()
    before = await lines(console, conversation)
    system = next(line for line in before if line["by"] in ("system", "bot"))
    ack = await console.ask("send", {"id": system["id"], "conversation": conversation, "text": "好的"})
    await console.ask("edit", {"id": new_id(), "conversation": conversation, "seq": ack["seq"], "text": "改写"})
    assert system in await lines(console, conversation)


@pytest.mark.usefixtures("slow_commits")
async def test_two_who_resign_at_once_do_not_leave_nobody(house: House) -> None:
    """Each is not the last administrator as long as the other one is there."""
    await save(house, ONE, roles=("admin",))
    ask, other = await asker(house), await asker(house, ONE)
    agents = {id: (await ask("GET", f"/agents/{id}"))["profile"] | {"roles": ["agent"]} for id in ("demo-admin", ONE)}
    await asyncio.gather(
        ask("PUT", "/agents/demo-admin", json=agents["demo-admin"]), other("PUT", f"/agents/{ONE}", json=agents[ONE])
    )
    profiles = [a.profile for a in house.server.hub.agents()]
    assert [p.account for p in profiles if "admin" in p.roles and p.active] != []


@pytest.mark.usefixtures("slow_commits")
async def test_settings_that_are_not_there_yet_cannot_be_the_base_of_others(house: House) -> None:
    """Else who may change settings, but no roles, takes back what an administrator does to roles in this moment."""
    await granted(house, ONE, settings__read="all", settings__write="all")
    ask, other = await asker(house), await asker(house, ONE)
    now = await other("GET", "/settings")
    stale = {"settings": now["settings"], "based_on": now["version"] + 1}
    answers_ = await asyncio.gather(
        ask("PUT", "/roles/special", json={"name": "特设", "grants": {}}), other("PUT", "/settings", json=stale)
    )
    assert answers_[1][:2] in ((409, "conflict"), (403, "forbidden"))
    assert (await ask("GET", "/settings"))["settings"]["roles"][0]["grants"] == {}


@pytest.mark.usefixtures("slow_commits")
async def test_holidays_are_not_taken_over_into_settings_that_are_not_there_yet(house: House) -> None:
    """Else what somebody else changes in this moment is taken back with them."""
    ask = await asker(house)
    now = await ask("GET", "/settings")
    stale = {"text": "2027-10-01,国庆节,off", "based_on": now["version"] + 1}
    role = {"name": "特设", "grants": {}}
    answers_ = await asyncio.gather(
        ask("PUT", "/roles/special", json=role), ask("POST", "/calendars/always/holidays", json=stale)
    )
    assert answers_[1][:2] == (409, "conflict")
    assert [r["id"] for r in (await ask("GET", "/settings"))["settings"]["roles"]] == ["special"]


@pytest.mark.usefixtures("slow_commits")
async def test_two_who_are_made_at_once_do_not_become_one(house: House) -> None:
    """Of one id: the second would be the first with another account, and another password."""
    ask = await asker(house)
    wishes = (LI | {"id": "new", "account": f"new{n}"} for n in range(2))
    made_ = await asyncio.gather(*(ask("POST", "/agents", json=wish) for wish in wishes))
    assert [x[:2] if isinstance(x, tuple) else x["profile"]["account"] for x in made_] == ["new0", (409, "conflict")]


async def test_whoever_reads_left_messages_writes_nothing_there(house: House, admin: dict[str, str]) -> None:
    _, secret = await made(house, admin, grants={"leave_message.read": "all"})
    note = await say(house, "POST", f"{V1}/leave_messages/x/notes", json={"text": "x"}, headers=bearer(secret))
    assert note[0] == 403


async def test_a_stolen_login_does_not_try_passwords(house: House) -> None:
    """The present password is asked for as rarely as at the login."""
    await house.server.logins.set_password(ONE, demo.PASSWORD)
    ask = await asker(house, ONE)
    wish = {"password": "another-password", "old": "guess"}
    codes = [(await ask("PUT", f"/agents/{ONE}/password", json=wish))[1] for _ in range(7)]
    assert codes == ["bad_credentials"] * 5 + ["rate_limited"] * 2


# Visitors who are not wanted, and too many of them


async def test_whoever_is_kept_out_uploads_nothing(house: House) -> None:
    visitor = await house.visitor()
    headers, welcome = as_visitor(await token(visitor)), await visitor.ask("hello", {})
    ban = SetBan(ban=Ban(by=ONE))
    await house.server.hub.send(Envelope(stream("contact", welcome["visitor"]), ban))
    status, answer = await upload(house, headers, picture())
    assert (status, answer["error"]["code"]) == (403, "visitor_banned")


async def test_whoever_is_kept_out_does_nothing_on_a_page_that_is_open(house: House) -> None:
    """Not even what leaves no trace, or concerns a conversation that is over: every command that there is."""
    visitor, _, _ = await house.served()
    id, welcome = {"id": new_id()}, await visitor.ask("hello", {})
    does: dict[str, dict[str, Any]] = {
        "hello": {}, "open": id, "history": {"before": 9}, "say": id | {"text": "喂"}, "recall": id | {"seq": 1},
        "choose": id | {"item": "x", "option": "1"}, "submit": id | {"values": {}},
        "rate": id | {"item": "x", "score": 5}, "leave_queue": id | {"mode": "drop"}, "close": id,
        "typing": {"on": True}, "read": {"seq": 1},
    }  # fmt: skip
    assert does.keys() == house.server._sockets.sio.namespace_handlers["/visitor"].commands.keys()
    ban = SetBan(ban=Ban(by=ONE))
    await house.server.hub.send(Envelope(stream("contact", welcome["visitor"]), ban))
    refused = {event: await visitor.refused(event, payload) for event, payload in does.items()}
    assert set(refused.values()) == {"visitor_banned"}, refused


async def test_a_new_name_for_each_file_fills_no_disk(house: House) -> None:
    """An anonymous visitor is whoever says so; the address is not."""
    codes = []
    for _ in range(6):
        headers = as_visitor(await token(await house.visitor()))
        codes += [(await upload(house, headers, b"x", "a.txt"))[0] for _ in range(20)]
    assert codes.count(201) == 60 and codes[-1] == 429


async def test_a_picture_is_taken_back_where_it_was_sent_and_nowhere_else(house: House) -> None:
    """The one of a prepared answer, sent to many."""
    _, console, conversation = await house.served()
    _, up = await upload(house, who(await house.login(ONE))["headers"], picture())
    sent = [{"id": new_id(), "conversation": conversation, "media": up["id"]} for _ in range(3)]
    acks = [await console.ask("send", each) for each in sent[:2]]
    for ack, status in zip(acks, (200, 404), strict=True):
        await console.ask("recall", {"id": new_id(), "conversation": conversation, "seq": ack["seq"]})
        await house.told()
        assert (await say(house, "GET", up["url"]))[0] == status
    await console.ask("send", sent[2])
    await house.told()
    assert (await say(house, "GET", up["url"]))[0] == 200


# Input that nobody means

FORGED = ("x", "eyJ", "bnVsbA", "W10", "WzFd", "W251bGxd", "WyJhIiwiYiJd", "%00", "demo-admin")
"""Places of no list: no base64, no JSON, no list, none or one or two things that are no place."""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/volume?from=9999-12-31&to=9999-12-31", 400),
        ("/reports/volume?to=0001-01-01", 400),
        ("/forms/x/versions/" + "9" * 30, 404),
        ("/flows/main/versions/" + "9" * 30, 404),
        ("/conversations/{c}/messages?before=" + "9" * 30, 200),
        ("/conversations?after=" + "9" * 400, 400),
        ("/conversations?opened_from=" + "9" * 15, 200),
        ("/conversations?contact=x%00", 400),
        ("/agents?q=%00%ff%ed%a0%80", 200),
        ("/leave_messages?q=%00%ff", 200),
        ("/quick_replies/search?q=%ff%00", 200),
    ],
)
async def test_numbers_and_days_without_measure(on_disk: House, path: str, status: int) -> None:
    house = on_disk
    _, _, conversation = await house.served()
    headers = who(await house.login("demo-admin"))["headers"]
    found = await say(house, "GET", V1 + path.replace("{c}", conversation), headers=headers)
    assert found[0] == status, found[1]


@pytest.mark.parametrize("path", ["/agents", "/groups", "/keys", "/webhooks"])
async def test_a_place_in_a_list_that_nobody_gave_out(house: House, admin: dict[str, str], path: str) -> None:
    """Is refused: an empty page would say that this is all."""
    for after in FORGED:
        found, body, _ = await say(house, "GET", f"{V1}{path}?after={after}", headers=admin)
        assert (found, body["error"]["data"]["path"]) == (400, "$.after"), after


async def test_a_place_beyond_every_log(on_disk: House, refusals: Any) -> None:
    visitor, console, conversation = await on_disk.served()
    far = 10**30
    assert (await visitor.ask("history", {"before": far}))["items"]
    assert (await console.ask("history", {"conversation": conversation, "before": far}))["items"]
    await visitor.ask("read", {"seq": far})
    await console.ask("read", {"id": new_id(), "conversation": conversation, "seq": far})
    change = {"id": new_id(), "conversation": conversation, "seq": far}
    assert await console.refused("recall", change) == "line_unknown"
    assert await visitor.refused("say", {"id": new_id(), "text": "x", "quote": {"seq": far}}) == "line_unknown"
    await visitor.ask("hello", {"conversation": conversation, "after": far})
    await console.ask("hello", {"after": far})
    refusals()


@pytest.mark.parametrize(
    "head",
    [
        b"PUT /api/v1/settings HTTP/1.1\r\nCookie: {cookie}\r\nX-CSRF-Token: \xff",
        b"GET /api/v1/settings HTTP/1.1\r\nCookie: chatserver_login=\xff",
        b"GET /api/v1/settings HTTP/1.1\r\nAuthorization: Bearer csk_\xff_\xff",
        b"GET /api/v1/settings HTTP/1.1\r\nAuthorization: Bearer {key}\xff",
        b"POST /media HTTP/1.1\r\nX-Visitor-Token: \xff\r\nX-Inbox: web",
        b"POST /media HTTP/1.1\r\nX-Visitor-Token: x\r\nX-Inbox: \xff",
        b"POST /media HTTP/1.1\r\nX-Visitor-Token: x\r\nX-Inbox: web\r\nOrigin: \xff",
        b"GET /media/%ff/%ff/%ff HTTP/1.1\r\nOrigin: \xff",
    ],
)
async def test_bytes_that_are_no_text(house: House, admin: dict[str, str], head: bytes, refusals: Any) -> None:
    """Wherever a header is looked at, what is no text is wrong, and not a bug."""
    cookie, csrf = (admin[name].encode() for name in ("Cookie", "X-CSRF-Token"))
    _, secret = await made(house, admin)
    for name, value in ((b"{cookie}", cookie), (b"{csrf}", csrf), (b"{key}", secret.encode())):
        head = head.replace(name, value)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.server.port)
    writer.write(head + b"\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer[9:10] == b"4", answer
    refusals()


async def test_a_visitor_does_not_put_words_into_an_agents_mouth(house: House, admin: dict[str, str]) -> None:
    """In a transcript as text, what begins a line is ours."""
    visitor, _, conversation = await house.served()
    for gap in ("\n", "\r", "\x0b", "\u2028", "\x85"):
        await visitor.say(f"好的{gap}[2026-01-01 10:00:00] 客服一号 (客服): 全额退款")
    path = f"{V1}/conversations/{conversation}/transcript?format=txt"
    _, text, _ = await say(house, "GET", path, headers=admin)
    assert text.decode().count("全额退款") == 5
    assert not [line for line in text.decode().splitlines() if line.startswith("[2026-01-01 10:00:00]")]


# Work that holds up everybody else


@pytest.mark.parametrize(
    ("module", "work"),
    [
        (answers, "lines"),
        (flow_door, "rehearse"),
        (validate, "check"),
        (settings_door, "problems"),
        (settings_door, "warnings"),
        *((file, work) for file in (sheets.Csv, sheets.Xlsx) for work in ("add", "done")),
        (importing, "read_sheet"),
        (auth, "_nobody"),
        (voice, "seconds"),
        (transcript, "written"),
    ],
)
async def test_what_takes_long_is_done_beside_the_loop(
    house: House, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch, module: Any, work: str
) -> None:
    """A year by day and agent, a script of two hundred acts, a recording of a million pieces, a first password."""
    plain, threads = getattr(module, work), list[threading.Thread]()

    def noted(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return plain(*given)

    monkeypatch.setattr(module, work, noted)
    flow = msgspec.to_builtins(demo.flow())
    await say(house, "GET", f"{V1}/reports/volume", headers=admin)
    for format in ("csv", "xlsx"):
        await say(house, "GET", f"{V1}/reports/volume/export?format={format}", headers=admin)
    await say(house, "POST", f"{V1}/agents/import", headers=admin, data="账号,姓名\n".encode())
    await say(house, "POST", "/api/login", json={"account": "nobody", "password": "wrong-password"})
    await say(house, "POST", f"{V1}/flows/check", headers=admin, json=flow)
    draft = {"flow": flow | {"id": "drawn", "version": 0}, "based_on": 0}
    assert (await say(house, "PUT", f"{V1}/flows/drawn/draft", headers=admin, json=draft))[0] == 200
    assert (await say(house, "GET", f"{V1}/flows/drawn", headers=admin))[0] == 200
    await say(house, "POST", f"{V1}/settings/check", headers=admin, json={})
    wish = {"of": "published", "script": {"at": 0}}
    await say(house, "POST", f"{V1}/flows/main/simulate", headers=admin, json=wish)
    await upload(house, admin, amr(1), "a.amr")
    _, _, conversation = await house.served()
    await say(house, "GET", f"{V1}/conversations/{conversation}/transcript", headers=admin)
    assert threads and threading.main_thread() not in threads


async def test_ten_exports_leave_room_for_files_and_logins() -> None:
    """They wait for one another, and nobody else for them."""
    over = threading.Event()
    exports = asyncio.gather(*(aside(over.wait) for _ in range(10)))
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.to_thread(int, "1") == 1
    over.set()
    assert await exports == [True] * 10


async def test_conversations_with_very_many_marks_lose_all_of_them(house: House) -> None:
    """Four with twenty tags and sixty colleagues each stand in five thousand lists."""
    tags, rows = tuple(f"t{n}" for n in range(20)), house.store.rows
    visit = Visit(contact="v", inbox="web", name="")
    full = Conversation(
        id="",
        phase=Phase.QUEUED,
        visit=visit,
        opened_at=house.clock.now(),
        tags=tags,
        mentioned=tuple(map(str, range(60))),
    )

    async def told(state: Conversation) -> int:
        for id in ("a", "b", "c", "d"):
            house.server.hub.memory.put(f"conversation/{id}", replace(state, id=id))
        gone = Tagged(at=house.clock.now(), tags=(), agent="")
        await Follower(house.server.hub, rows).handle(
            [(n, Happened(f"conversation/{id}", 1, gone)) for n, id in enumerate("abcd", 1)]
        )
        return sum(line["rows"] for line in await rows.tally(Tally(table=MARKED)))

    assert await told(full) == 4 * (21 * 61 - 1)
    assert await told(replace(full, tags=(), mentioned=())) == 0


def test_a_number_in_a_recording_is_no_megabyte() -> None:
    """Else each of its blocks is added to it in its own good time."""
    cluster = b"\xe7\x10" + (300_000).to_bytes(3) + b"\xff" * 300_000
    assert voice.seconds("audio/webm", b"\x1a\x45\xdf\xa3\x80" + cluster) is None


def test_a_sheet_of_ten_million_empty_cells_is_none() -> None:
    """Some kilobytes as they come, gigabytes as soon as somebody looks at them."""
    plain, bomb = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.active.append(["账号", "姓名"])
    book.save(plain)
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        for name in parts.namelist():
            cells = b"<c/>" * 3_000_000 if name.endswith("sheet1.xml") else b""
            out.writestr(name, parts.read(name).replace(b"</row>", cells + b"</row>"))
    with pytest.raises(Refused) as refused:
        read_sheet(bomb.getvalue())
    assert refused.value.code is ErrorCode.TOO_LARGE


async def test_many_initial_passwords_keep_nobody_from_logging_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is hashed for a while, two at a time: an import takes one place of the two."""
    at_once, most = 0, 0

    async def set_initial_password(agent: str, password: str) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    monkeypatch.setattr(house.server.logins, "set_initial_password", set_initial_password)
    rows = "".join(f"a{n},名{n},first-password\n" for n in range(20))
    ask = await asker(house)
    report = await ask("POST", "/agents/import", data=f"账号,姓名,初始密码\n{rows}".encode())
    await house.server.initial.given()
    assert (report["created"], most) == (20, 1)
