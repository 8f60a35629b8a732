"""Agents, groups and roles over HTTP, and what a change means to whoever is connected."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.api.people import NewAgent, profile_of
from chatserver.cli import main
from chatserver.hub.hub import stream
from chatserver.hub.step import Envelope
from chatserver.kernel.ids import new_id
from tests.integration.house import House, Refusal
from tests.integration.test_http import say, who

V1 = "/api/v1"
LI = {"account": "li", "name": "李雷", "nickname": "小李", "groups": ["sales"]}


class Asker:
    """Somebody with a login, who asks the API."""

    def __init__(self, house: House, login: tuple[str, str]) -> None:
        self.house = house
        self.login = login

    async def __call__(self, method: str, path: str, **given: Any) -> Any:
        status, body, _ = await say(self.house, method, V1 + path, **who(self.login), **given)
        return body if status < 400 else (status, body["error"]["code"], body["error"]["data"].get("path"))


async def asker(house: House, agent: str = "demo-admin") -> Asker:
    return Asker(house, await house.login(agent))


async def left_out(ask: Asker, part: str, id: str) -> Any:
    """The settings saved as a whole, without that one."""
    now = await ask("GET", "/settings")
    settings = now["settings"] | {part: [x for x in now["settings"][part] if x["id"] != id]}
    return await ask("PUT", "/settings", json={"settings": settings, "based_on": now["version"]})


async def save(house: House, id: str, **changes: Any) -> None:
    known = house.server.hub.at_hand("agent", id)
    profile = replace(known.profile if known else demo.AGENTS[id], **changes)
    await house.server.hub.send(Envelope(stream("agent", id), ai.Saved(profile=profile)))


async def test_an_agent_is_made_found_and_changed(house: House) -> None:
    """S1-3.0, S1-3.3.1a: by number, account, name, nickname, group, role and status."""
    ask = await asker(house)
    made = await ask("POST", "/agents", json=LI | {"id": "A7001", "password": "first-password"})
    assert made["profile"]["max"] == 5 and made["status"] == "offline"
    for query, found in (
        ("q=LI", ["A7001"]),
        ("q=雷", ["A7001"]),
        ("q=a700", ["A7001"]),
        ("q=售前", ["demo-agent-1", "demo-agent-2", "A7001"]),
        ("q=管理员", ["demo-admin"]),
        ("q=客服", ["demo-admin", "demo-agent-1", "demo-agent-2"]),
        ("group=sales", ["demo-agent-1", "demo-agent-2", "A7001"]),
        ("role=admin", ["demo-admin"]),
        ("status=ready", []),
        ("active=false", []),
    ):
        assert [a["id"] for a in (await ask("GET", f"/agents?{query}"))["items"]] == found, query
    first = await ask("GET", "/agents?limit=3")
    rest = await ask("GET", f"/agents?limit=3&after={first['next']}")
    assert [a["profile"]["account"] for a in (*first["items"], *rest["items"])] == ["admin", "agent1", "agent2", "li"]
    assert rest["next"] is None
    assert (await ask("PUT", "/agents/A7001", json=LI | {"max": 9}))["profile"]["max"] == 9
    assert (await ask("GET", "/agents/A7001"))["profile"]["max"] == 9
    assert await ask("GET", "/agents/nobody") == (404, "not_found", None)
    login = {"account": " LI ", "password": "first-password"}
    assert (await say(house, "POST", "/api/login", json=login))[1]["agent"] == "A7001"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"account": None}, (400, "bad_request", "$.account")),
        ({"nickname": None}, (400, "bad_request", "$.nickname")),
        ({"nickname": "  "}, (422, "field_invalid", "$.nickname")),
        ({"account": "AGENT1"}, (409, "account_taken", "$.account")),
        ({"groups": ["sales", "warehouse"]}, (422, "field_invalid", "$.groups[1]")),
        ({"roles": ["boss"]}, (422, "field_invalid", "$.roles[0]")),
        ({"min": 7}, (422, "field_invalid", "$.min")),
        ({"initial_status": "asleep"}, (422, "field_invalid", "$.initial_status")),
        ({"id": "demo-agent-1"}, (409, "conflict", "$.id")),
        ({"shoe_size": 43}, (400, "bad_request", "$.shoe_size")),
    ],
)
async def test_what_is_wrong_with_an_agent_is_named_by_its_field(
    house: House, change: dict[str, Any], expected: Any
) -> None:
    """S1-3.3.1a: a missing field, an account that is taken, what does not exist; and nothing is saved."""
    ask, before = await asker(house), house.server.hub.head
    body = {k: v for k, v in (LI | change).items() if v is not None}
    assert await ask("POST", "/agents", json=body) == expected
    assert house.server.hub.head == before


async def test_two_agents_never_get_one_account(house: House) -> None:
    """S1-3.3.1a: not even when both are made in the same moment; and a freed account can be taken."""
    ask = await asker(house)
    both = await asyncio.gather(*(ask("POST", "/agents", json=LI | {"id": f"li-{n}"}) for n in range(2)))
    assert sorted(str(x)[:24] for x in both)[0] == "(409, 'account_taken', '"
    made = next(x for x in both if isinstance(x, dict))["id"]
    assert (await ask("PUT", f"/agents/{made}", json=LI | {"account": "lilei"}))["profile"]["account"] == "lilei"
    assert (await ask("POST", "/agents", json=LI))["profile"]["account"] == "li"


async def test_a_nickname_is_ones_own_to_change_where_that_is_permitted(house: House) -> None:
    """S1-3.3.2e, S1-1.4a: the administrator always, oneself as the role says; the visitor sees it at once."""
    mine, admin = await asker(house, "demo-agent-1"), await asker(house)
    visitor, console, conversation = await house.served("demo-agent-1")
    assert (await mine("PUT", "/agents/demo-agent-1/nickname", json={"nickname": "小一"}))["profile"]["name"]
    await console.ask("send", {"id": new_id(), "conversation": conversation, "text": "您好"})
    assert (await visitor.hear("item", lambda i: i["by"] == "agent"))["name"] == "小一"
    assert (await mine("PUT", "/agents/demo-agent-2/nickname", json={"nickname": "x"}))[:2] == (403, "forbidden")
    grants = {"conversation.read": "own", "agent.read": "group"}
    await admin("PUT", "/roles/agent", json={"name": "座席", "grants": grants})
    assert (await mine("PUT", "/agents/demo-agent-1/nickname", json={"nickname": "y"}))[:2] == (403, "forbidden")
    assert (await admin("PUT", "/agents/demo-agent-1/nickname", json={"nickname": "z"}))["profile"]["nickname"] == "z"


async def test_a_password_is_changed_with_the_present_one_and_ends_every_login(house: House) -> None:
    """One's own; an administrator sets another's, and nobody sets that of whoever holds more."""
    await house.server.logins.set_password("demo-agent-1", demo.PASSWORD)
    console = await house.console("demo-agent-1")
    mine = await asker(house, "demo-agent-1")
    path, new = "/agents/demo-agent-1/password", {"password": "second-password"}
    assert (await mine("PUT", path, json=new))[1] == "bad_credentials"
    assert (await mine("PUT", path, json=new | {"password": "short"}))[1:] == ("bad_request", "$.password")
    await mine("PUT", path, json=new | {"old": demo.PASSWORD})
    assert await console.hear("signed_out") == {"cause": "logout"}
    assert (await mine("GET", "/agents/demo-agent-1"))[1] == "unauthenticated"
    await save(house, "demo-agent-2", roles=("supervisor",))
    leader = await asker(house, "demo-agent-2")
    assert (await leader("PUT", "/agents/demo-admin/password", json=new))[1] == "forbidden"
    answer = await say(house, "POST", "/api/login", json={"account": "agent1", "password": "second-password"})
    assert answer[0] == 200


async def test_whoever_is_deactivated_is_out_at_once(house: House) -> None:
    """S1-3.0: the console is closed, the login is worth nothing, what was served goes to a colleague, no new login."""
    await house.server.logins.set_password("demo-agent-1", demo.PASSWORD)
    visitor, console, conversation = await house.served("demo-agent-1")
    mine, admin = await asker(house, "demo-agent-1"), await asker(house)
    colleague = await house.ready("demo-agent-2")
    profile = (await admin("GET", "/agents/demo-agent-1"))["profile"]
    await admin("PUT", "/agents/demo-agent-1", json=profile | {"active": False})
    assert await console.hear("signed_out") == {"cause": "disabled"}
    await console.lost.wait()
    record = await colleague.hear("record", lambda r: r["card"]["agent"] == "demo-agent-2")
    assert record["card"]["id"] == conversation
    await visitor.hear("conversation", lambda c: c["agent"] and c["agent"]["name"] == "客服二号")
    assert (await mine("GET", "/agents/demo-agent-1"))[1] == "unauthenticated"
    with pytest.raises(Refusal, match="unauthenticated"):
        await house.console("demo-agent-1")
    login = {"account": "agent1", "password": demo.PASSWORD}
    assert (await say(house, "POST", "/api/login", json=login))[1]["error"]["code"] == "agent_inactive"
    await admin("PUT", "/agents/demo-agent-1", json=profile)
    assert (await say(house, "POST", "/api/login", json=login))[0] == 200


async def test_somebody_administers_always(house: House) -> None:
    """The last administrator can neither leave nor be made less."""
    ask = await asker(house)
    profile = (await ask("GET", "/agents/demo-admin"))["profile"]
    for change in ({"active": False}, {"roles": ["agent"]}):
        assert (await ask("PUT", "/agents/demo-admin", json=profile | change))[:2] == (409, "last_admin")
    await ask("POST", "/agents", json=LI | {"roles": ["admin"]})
    less = await ask("PUT", "/agents/demo-admin", json=profile | {"roles": ["agent"]})
    assert less["profile"]["roles"] == ["agent"]


async def test_nobody_gives_more_than_they_hold(house: House) -> None:
    """S1-3.2a: whoever manages a group's agents makes no administrator, touches none, and reaches no other group."""
    admin = await asker(house)
    grants = {"agent.read": "group", "agent.manage": "group", "role.manage": "all", "conversation.read": "own"}
    await admin("PUT", "/roles/leader", json={"name": "组长", "grants": grants})
    await admin("PUT", "/roles/helper", json={"name": "帮手", "grants": {"conversation.read": "own"}})
    await save(house, "demo-agent-1", roles=("leader",))
    leader = await asker(house, "demo-agent-1")
    assert (await leader("POST", "/agents", json=LI | {"roles": ["helper"]}))["profile"]["roles"] == ["helper"]
    more = LI | {"account": "han"}
    assert (await leader("POST", "/agents", json=more | {"roles": ["admin"]}))[:2] == (403, "forbidden")
    assert (await leader("POST", "/agents", json=more | {"roles": ["helper"], "groups": ["support"]}))[0] == 403
    profile = (await admin("GET", "/agents/demo-agent-2"))["profile"]
    assert (await leader("PUT", "/agents/demo-agent-2", json=profile))[:2] == (403, "forbidden")
    for role, wider in (("helper", {"settings.write": "all"}), ("agent", {}), ("admin", {})):
        body = {"name": "x", "grants": wider}
        assert (await leader("PUT", f"/roles/{role}", json=body))[0] in (403, 422), role


async def test_roles_are_made_changed_and_dropped(house: House) -> None:
    """S1-3.2a: unknown permissions are refused by name, the administrator's role cannot be changed."""
    ask = await asker(house)
    roles = {r["id"]: r for r in (await ask("GET", "/roles"))["roles"]}
    assert [(r["built_in"], r["fixed"]) for r in roles.values()] == [(True, False), (True, False), (True, True)]
    bad = {"name": "夜班", "grants": {"conversation.reed": "own"}}
    assert await ask("PUT", "/roles/night", json=bad) == (
        422,
        "settings_invalid",
        "$.roles[0].grants.conversation.reed",
    )
    good = {"name": "夜班", "grants": {"conversation.read": "group"}}
    made = (await ask("PUT", "/roles/night", json=good))["roles"][-1]
    assert (made["id"], made["grants"], made["built_in"]) == ("night", good["grants"], False)
    assert (await ask("PUT", "/roles/admin", json=good))[:2] == (422, "settings_invalid")
    await save(house, "demo-agent-1", roles=("night",))
    assert (await ask("DELETE", "/roles/night"))[:2] == (409, "role_in_use")
    assert await left_out(ask, "roles", "night") == (409, "role_in_use", None)
    await save(house, "demo-agent-1", roles=("agent",))
    assert (await ask("PUT", "/roles/night", json=good | {"name": " "}))[1:] == ("settings_invalid", "$.roles[0].name")
    assert [r["id"] for r in (await ask("DELETE", "/roles/night"))["roles"]] == ["agent", "supervisor", "admin"]
    assert (await ask("DELETE", "/roles/night"))[:2] == (404, "not_found")


async def test_a_changed_role_acts_on_live_sockets_and_on_what_they_are_told(house: House) -> None:
    """S1-3.2b: on the next request and the next push, without a new login; both ways."""
    admin, looker = await asker(house), await house.console("demo-agent-2")
    await save(house, "demo-agent-2", roles=("agent",), groups=("sales",))
    visitor, _, conversation = await house.served("demo-agent-1")
    await house.told()
    asked = {"conversation": conversation}
    assert await looker.refused("history", asked) == "not_found"
    grants = (await admin("GET", "/roles"))["roles"][0]["grants"]
    await admin("PUT", "/roles/agent", json={"name": "座席", "grants": grants | {"conversation.read": "group"}})
    assert (await looker.ask("history", asked))["items"]
    await house.told()
    looker.pushes.clear()
    await visitor.say("现在看得到")
    assert (await looker.hear("record"))["item"]["content"]["text"] == "现在看得到"
    await admin("DELETE", "/roles/agent")
    assert await looker.refused("history", asked) == "not_found"
    await house.told()
    looker.pushes.clear()
    await visitor.say("现在看不到")
    await house.told()
    assert looker.heard("record") == []


async def test_settings_are_no_back_door_to_roles(house: House) -> None:
    """S1-3.2a: whoever may write settings but not manage roles cannot grant themselves anything."""
    admin = await asker(house)
    grants = {"settings.read": "all", "settings.write": "all"}
    await admin("PUT", "/roles/editor", json={"name": "编辑", "grants": grants})
    await save(house, "demo-agent-1", roles=("editor",))
    editor = await asker(house, "demo-agent-1")
    now = await editor("GET", "/settings")
    own = {"id": "editor", "name": "编辑", "grants": grants | {"agent.manage": "all"}}
    changed = {"settings": now["settings"] | {"roles": [own]}, "based_on": now["version"]}
    assert (await editor("PUT", "/settings", json=changed))[:2] == (403, "forbidden")
    renamed = {"settings": now["settings"] | {"name": "新名字"}, "based_on": now["version"]}
    assert (await editor("PUT", "/settings", json=renamed))["version"] == now["version"] + 1


async def test_groups_are_made_found_and_dropped(house: House) -> None:
    """S1-3.0, S1-3.1a: with their members; not while agents or flows need them."""
    ask = await asker(house)
    group = {"id": "vip", "name": "贵宾组", "strategy": "round_robin", "overflow": "sales"}
    assert (await ask("PUT", "/groups/vip", json=group))["group"]["strategy"] == "round_robin"
    await save(house, "demo-agent-1", groups=("sales", "vip"))
    (found,) = (await ask("GET", "/groups?q=贵宾"))["items"]
    assert (found["group"]["id"], found["agents"], found["waiting"]) == ("vip", 1, 0)
    assert (await ask("PUT", "/groups/sales", json={"id": "sales", "name": "售前", "overflow": "vip"}))[1:] == (
        "settings_invalid",
        "$.groups[0].overflow",
    )
    assert (await ask("DELETE", "/groups/vip"))[:2] == (409, "group_in_use")
    assert await left_out(ask, "groups", "vip") == (409, "group_in_use", None)
    await save(house, "demo-agent-1", groups=("sales",))
    assert (await ask("DELETE", "/groups/sales"))[0] == 409
    assert (await ask("PUT", "/groups/vip", json=group | {"name": " "}))[1] == "settings_invalid"
    assert isinstance(await left_out(ask, "groups", "vip"), dict)
    assert await ask("PUT", "/groups/vip", json=group)
    assert await ask("DELETE", "/groups/vip") == b""
    assert (await ask("GET", "/groups?q=贵宾"))["items"] == []


async def test_a_supervisor_sets_a_colleagues_status_and_the_log_says_who(house: House) -> None:
    """S1-5.3.4: `by` names whoever it was; an agent only has the own."""
    await save(house, "demo-agent-2", roles=("supervisor",), groups=("sales",))
    leader, mine = await asker(house, "demo-agent-2"), await asker(house, "demo-agent-1")
    changed = await leader("PUT", "/agents/demo-agent-1/status", json={"status": "busy"})
    assert changed["status"] == "busy"
    event = house.server.hub.event((await house.log())[-2])
    assert (getattr(event, "by", ""), getattr(event, "status", "")) == ("demo-agent-2", "busy")
    assert (await mine("PUT", "/agents/demo-agent-2/status", json={"status": "busy"}))[:2] == (403, "forbidden")
    assert (await mine("PUT", "/agents/demo-admin/status", json={"status": "busy"}))[:2] == (404, "not_found")
    assert (await mine("PUT", "/agents/demo-agent-1/status", json={"status": "rest"}))["status"] == "rest"


async def test_a_marked_visitor_is_a_vip_at_the_next_visit(house: House) -> None:
    """S1-4.12e: marked by whoever may; the next conversation goes before the others as the group weighs it."""
    admin, mine = await asker(house), await asker(house, "demo-agent-1")
    group = house.server.hub.held("workspace", "main").settings.groups[0]
    body = msgspec.to_builtins(group) | {"vip_weight": 10}
    await admin("PUT", f"/groups/{group.id}", json=body)
    visitor, console, conversation = await house.served("demo-agent-1")
    id = (await visitor.ask("hello", {}))["visitor"]
    assert (await mine("PUT", f"/contacts/{id}/vip", json={"vip": 3}))[:2] == (403, "forbidden")
    assert (await admin("PUT", f"/contacts/{id}/vip", json={"vip": 11}))[:2] == (400, "bad_request")
    assert (await admin("PUT", f"/contacts/{id}/vip", json={"vip": 3}))["vip"] == 3
    await console.ask("close", {"id": new_id(), "conversation": conversation})
    await console.ask("status", {"id": new_id(), "status": "busy"})
    other = await house.visitor()
    first = await house.queue(other)
    again = await house.queue(visitor)
    assert house.server.hub.waiting(group.id) == [again, first]
    assert house.server.hub.memory.floor().waiting[again].priority == 30


async def test_a_ban_is_seen_lifted_and_set_again_by_whoever_may(house: House) -> None:
    """拉黑: who is kept out, why and until when stands in the visitor's card; another group's agent finds no card."""
    admin, other = await asker(house), await asker(house, "demo-agent-2")
    visitor, _, conversation = await house.served("demo-agent-1")
    id = (await visitor.ask("hello", {}))["visitor"]
    assert (await other("PUT", f"/contacts/{id}/ban", json={"seconds": None}))[:2] == (404, "not_found")
    banned = await admin("PUT", f"/contacts/{id}/ban", json={"seconds": 600, "reason": " 辱骂 "})
    assert (banned["ban"]["by"], banned["ban"]["reason"]) == ("demo-admin", "辱骂")
    assert house.server.hub.memory.get(f"conversation/{conversation}").closed_at is not None
    assert await visitor.refused("say", {"id": new_id(), "text": "喂"}) == "visitor_banned"
    assert (await admin("DELETE", f"/contacts/{id}/ban"))["ban"] is None
    await visitor.ask("open", {"id": new_id()})
    assert (await admin("PUT", f"/contacts/{id}/ban", json={"seconds": 5}))[:2] == (400, "bad_request")


def csv_of(*lines: str) -> bytes:
    return "\n".join(lines).encode("gb18030")


async def test_a_sheet_is_taken_as_a_whole_or_not_at_all(house: House) -> None:
    """S1-3.3.1b: every bad line is named, nothing is saved; the corrected one is, and again changes nothing."""
    ask = await asker(house)
    head = "账号,姓名,昵称,服务组,最大会话数,初始密码"
    sales = house.server.hub.held("workspace", "main").settings.groups[0].name
    bad = csv_of(head, f"li,李雷,小李,{sales},8,secret-123", "han,,小韩,,8,", "agent1,演示座席一,,,0,")
    report = await ask("POST", "/agents/import", data=bad)
    assert not report["saved"]
    assert [(p["line"], p["column"], p["code"]) for p in report["problems"]] == [
        (3, "姓名", "required"),
        (4, "最大会话数", "invalid"),
    ]
    assert [a["id"] for a in (await ask("GET", "/agents?q=li"))["items"]] == []
    good = csv_of(head, f"li,李雷,小李,{sales},8,secret-123", "agent1,演示座席一,一号,,,")
    checked = await ask("POST", "/agents/import?check=true", data=good)
    assert (checked["saved"], checked["created"], checked["updated"]) == (False, 1, 1)
    report = await ask("POST", "/agents/import", data=good)
    assert (report["saved"], report["created"], report["updated"], report["unchanged"]) == (True, 1, 1, 0)
    await house.server.initial.given()
    (li,) = (await ask("GET", "/agents?q=李雷"))["items"]
    assert (li["profile"]["max"], len(li["profile"]["groups"])) == (8, 1)
    await house.server.logins.check_password(li["id"], "secret-123")
    await house.server.logins.set_password(li["id"], "changed-since")
    head_seq = house.server.hub.head
    again = await ask("POST", "/agents/import", data=good)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    assert house.server.hub.head == head_seq
    await house.server.logins.check_password(li["id"], "changed-since")


async def test_a_sheet_of_a_thousand_lines(house: House) -> None:
    """S1-3.3.1b: as many agents, each once."""
    ask = await asker(house)
    lines = ["account,name,groups", *(f"a{n},座席{n},sales" for n in range(1_000))]
    report = await ask("POST", "/agents/import", data="\n".join(lines).encode())
    assert (report["saved"], report["created"], report["problems"]) == (True, 1_000, [])
    assert len(list(house.server.hub.agents())) == 1_000 + len(demo.AGENTS)
    assert (await ask("POST", "/agents/import", data="\n".join(lines).encode()))["unchanged"] == 1_000


async def test_a_sheet_reaches_no_further_than_whoever_sends_it(house: House) -> None:
    """S1-3.2a: each line is asked for as if it came alone; and not all administrators leave together."""
    admin = await asker(house)
    await admin("POST", "/agents", json=LI | {"roles": ["admin"]})
    both = csv_of("账号,姓名,启用", "admin,演示管理员,否", "li,李雷,否")
    assert [p["code"] for p in (await admin("POST", "/agents/import", data=both))["problems"]] == ["last_admin"] * 2
    grants = {"agent.read": "group", "agent.manage": "group"}
    await admin("PUT", "/roles/leader", json={"name": "组长", "grants": grants})
    await save(house, "demo-agent-1", roles=("leader",))
    leader = await asker(house, "demo-agent-1")
    sheet = csv_of("账号,姓名,角色,服务组", "x,甲,管理员,sales", "y,乙,组长,support")
    report = await leader("POST", "/agents/import", data=sheet)
    assert [(p["line"], p["code"]) for p in report["problems"]] == [(2, "forbidden"), (3, "forbidden")]
    mine = await asker(house, "demo-agent-2")
    assert (await mine("POST", "/agents/import", data=sheet))[:2] == (403, "forbidden")


async def test_the_template_is_a_sheet_that_can_be_read(house: House) -> None:
    """S1-3.3.1b: with the mark by which Excel knows UTF-8."""
    ask = await asker(house)
    template = await ask("GET", "/agents/import/template")
    assert template.startswith(b"\xef\xbb\xbf")
    assert (await ask("POST", "/agents/import", data=template))["problems"] == []


def test_the_profile_of_a_new_agent_is_all_that_a_profile_is() -> None:
    """A field that is added to the profile is not forgotten when somebody is made."""
    whole = Profile(account="a", name="b", nickname="c", max=7, auto_channels=("web",), channel_max={"web": 2})
    fields = {f: getattr(whole, f) for f in Profile.__struct_fields__}
    assert profile_of(NewAgent(**fields, password="secret-123")) == whole


def test_the_command_line_takes_a_sheet_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """S1-3.3.1b: `chatserver agent import`, all of it or nothing, with every bad line on the error output."""
    monkeypatch.setenv("CHATSERVER_DATA_DIR", str(tmp_path))
    file = tmp_path / "agents.csv"
    file.write_bytes(csv_of("账号,姓名,角色", "zhu,朱管理,管理员", ",无账号,座席"))
    with pytest.raises(SystemExit):
        main(["agent", "import", str(file)])
    said = capsys.readouterr()
    assert (said.out, said.err) == ("1 new, 0 changed, 0 as they were: nothing is saved\n", "line 3: 账号 required\n")
    file.write_bytes(csv_of("账号,姓名,角色", "zhu,朱管理,管理员"))
    for expected in ("1 new, 0 changed, 0 as they were: saved\n", "0 new, 0 changed, 1 as they were: saved\n"):
        main(["agent", "import", str(file)])
        assert capsys.readouterr().out == expected
    file.write_bytes(csv_of("账号,姓名,初始密码", "zhu,朱管理,secret-zhu"))
    done = "0 new, 0 changed, 1 as they were: saved\n"
    for expected in (f"initial passwords are being set: 1\n{done}", done):
        main(["agent", "import", str(file)])
        assert capsys.readouterr().out == expected
