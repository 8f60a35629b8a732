"""Looking back: every decision in a log can be decided again and explained."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from msgspec.structs import replace
from pymongo import MongoClient

from chatserver.agents import inputs as ai
from chatserver.cli import main
from chatserver.dispatch import events as fe
from chatserver.dispatch import inputs as fi
from chatserver.dispatch.model import Strategy
from chatserver.hub.machines import FLOOR
from chatserver.hub.ports import Batch, LogRecord
from chatserver.protocol.reasons import CAUSE, SAID, STRATEGY, reason
from chatserver.replay.check import check
from chatserver.replay.explain import explain
from chatserver.replay.log import CODEC, LogBroken
from chatserver.settings.workspace import SaveSettings, SettingsSaved
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.fakes.clock import T0
from tests.properties.test_floor_property import FloorMachine
from tests.shop import Shop, busy_day, log_of, make_settings, place_of, tampered


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_busy_day_is_decided_again_as_it_was(strategy: Strategy) -> None:
    """By every strategy each assignment comes out byte for byte as the log has it."""
    checked = check(busy_day(make_settings(strategy=strategy, queue_limit=6, wait_limit=300)))
    assert checked.differences == ()
    assert checked.matches > 200
    assert checked.equal == checked.decisions > checked.matches


class Replayed(FloorMachine):
    """Agents come and go, settings change, visitors are transferred and taken: all that the floor can meet.

    The floor's own promises are checked where they are made; here only the log counts.
    """

    nobody_waits_while_an_eligible_seat_is_free = loads_equal_the_served_conversations = None
    everybody_who_waits_has_exactly_one_place = everybody_is_where_somebody_looks = None
    no_assignment_broke_a_rule = None

    def teardown(self) -> None:
        checked = check(log_of(self.world.log))
        assert checked.differences == ()
        assert checked.records == len(self.world.log)


TestReplayed = Replayed.TestCase
TestReplayed.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_an_assignment_that_was_changed_by_hand_is_found() -> None:
    """The first difference names its place, what the log says and what the rules give."""
    records = busy_day(make_settings(strategy="round_robin"), visitors=30)
    at = place_of(records, "matched", 2)
    was: fe.Matched = CODEC.event(FLOOR, records[at].body)
    first = check(tampered(records, at, agent="a4" if was.agent != "a4" else "a3")).differences[0]
    assert first.seq == records[at].seq
    assert first.logged and first.computed
    assert (first.logged.agent != was.agent, first.computed) == (True, was)


def test_a_reason_that_was_changed_by_hand_is_found() -> None:
    """Not only who was chosen is compared, but every byte of why; and nothing else differs."""
    records = busy_day(make_settings(), visitors=30)
    at = place_of(records, "matched", 5)
    event: fe.Matched = CODEC.event(FLOOR, records[at].body)
    checked = check(tampered(records, at, reason=replace(event.reason, eligible=event.reason.eligible + 1)))
    assert [d.seq for d in checked.differences] == [records[at].seq]
    assert checked.equal == checked.decisions - 1


def test_an_assignment_that_should_have_been_is_found() -> None:
    """Had the seat had more room, somebody would have been assigned: the log has nothing there."""
    shop = Shop(make_settings(), agents=("a1",), max=1)
    shop.visitor(1)
    waits = shop.visitor(2)
    records = shop.day()
    at = place_of(records, "seat_changed", 1)
    differences = check(tampered(records, at, max=5)).differences
    assert any(d.logged is None and d.computed and d.computed.conversation == waits for d in differences)


def test_the_settings_of_the_moment_count() -> None:
    """After a change of strategy the old decisions are still judged by the old one."""
    shop = Shop(make_settings(strategy="round_robin"))
    for n in range(20):
        shop.visitor(n * 40)
    new = make_settings(strategy="least_assigned")
    shop.plan(T0 + timedelta(seconds=401), "workspace/main", SaveSettings(settings=new, by="t", based_on=1))
    records = shop.day()
    assert check(records).differences == ()
    at = place_of(records, "settings_saved", 1)
    event: SettingsSaved = CODEC.event("workspace/main", records[at].body)
    other = replace(event.settings, groups=(replace(event.settings.groups[0], strategy=Strategy.LONGEST_IDLE),))
    assert {d.seq > records[at].seq for d in check(tampered(records, at, settings=other)).differences} == {True}


def test_what_a_person_decided_is_not_decided_again() -> None:
    """A visitor who was taken from the queue by hand is counted apart and is no difference."""
    shop = Shop(make_settings(), agents=("a1",), max=1)
    shop.visitor(1)
    shop.world.send("agent/a1", ai.Saved(profile=replace(shop.world.states["agent/a1"].profile, max=1)))
    waits = shop.visitor(2)
    rest = ai.StatusChosen(status="rest")
    shop.plan(T0 + timedelta(seconds=3), "agent/a1", rest)
    shop.plan(T0 + timedelta(seconds=400), FLOOR, fi.Take(agent="a1", conversation=waits))
    checked = check(shop.day())
    assert (checked.by_hand, checked.matches, checked.differences) == (1, 1, ())


@pytest.mark.parametrize(
    ("group", "kind", "other"),
    [
        ({}, "placed", {"ahead": 99}),
        ({"queue_limit": 1}, "turned_away", {"reason": "nobody"}),
        ({"queue_limit": 1, "overflow": "support"}, "overflowed", {"group": "support"}),
    ],
)
def test_what_the_others_were_told_is_decided_again_as_well(
    group: dict[str, Any], kind: str, other: dict[str, Any]
) -> None:
    """The place in the queue, the refusal, the way to another group: a changed one is found, and only that one."""
    found = make_settings(**group)
    support = replace(found.groups[0], id="support", name="售后", queue_limit=0, overflow="", when_nobody="wait")
    shop = Shop(replace(found, groups=(*found.groups, support)), agents=("a1",), max=1)
    for n in range(3):
        shop.visitor(n)
    records = shop.day()
    assert check(records).differences == ()
    at = next(n for n, r in enumerate(records) if r.stream == FLOOR and r.kind == kind)
    (difference, *_) = check(tampered(records, at, **other)).differences
    assert (difference.seq, difference.logged == difference.computed) == (records[at].seq, False)


def test_a_log_with_a_hole_is_refused_with_the_place() -> None:
    """What cannot be followed is not guessed."""
    records = busy_day(make_settings(), visitors=10)
    hole = place_of(records, "matched", 3)
    with pytest.raises(LogBroken, match=r"seq \d+ \(floor/main\): version"):
        check([*records[:hole], *records[hole + 1 :]])
    with pytest.raises(LogBroken, match=f"seq {records[hole].seq} "):
        check([*records[:hole], replace(records[hole], body=b"{}"), *records[hole + 1 :]])


def test_an_assignment_is_explained_in_both_languages() -> None:
    """Who was chosen by which rule, in what order the others stood, and why some did not count."""
    shop = Shop(make_settings(strategy="returning_first"), agents=("a1", "a2", "a3"), max=1)
    shop.world.send("agent/a3", ai.StatusChosen(status="rest"))
    shop.visitor(60)
    back = shop.visitor(61, last="a2")
    records = shop.day()
    assert explain(records, back, "zh-CN").splitlines()[1:] == [
        "    服务组：售前 [sales]",
        "    规则：回头客，回到上次接待的座席（策略“回头客优先”）",
        "    可接待 1 人，顺序：座席a2 [a2]",
        "    不可接待：座席a1 [a1]（已达最大会话数），座席a3 [a3]（当前状态不接新会话）",
    ]
    english = explain(records, back, "en")
    assert english.startswith("2030-01-01 09:01:01  seq ")
    assert "assigned to 座席a2 [a2]" in english
    assert "座席a3 [a3] (not taking new conversations)" in english
    assert explain(records, "nobody", "en") == "The log holds no assignment of this conversation: nobody"


def test_everybody_of_a_large_group_is_named_when_asked() -> None:
    """The log counts them, so that it stays small; looking back knows the floor of that moment."""
    many = tuple(f"a{n:03}" for n in range(101))
    shop = Shop(make_settings(strategy="round_robin"), agents=many, max=1)
    shop.world.send("agent/a000", ai.StatusChosen(status="rest"))
    shop.visitor(60)
    id = shop.visitor(61)
    records = shop.day()
    matched = [h.event for h in shop.world.log if isinstance(h.event, fe.Matched)]
    logged = next(m.reason for m in matched if m.conversation == id)
    assert (logged.ranked, logged.rejected) == (("a002", "a003", "a004", "a005", "a006"), {})
    assert logged.causes == {"full": 1, "not_ready": 1}
    told = explain(records, id, "zh-CN").splitlines()
    assert told[3].startswith("    可接待 99 人，顺序：座席a002 [a002] > 座席a003 [a003] > ")
    assert told[3].endswith(" > 座席a100 [a100]")
    assert told[4] == "    不可接待：座席a000 [a000]（当前状态不接新会话），座席a001 [a001]（已达最大会话数）"


def test_what_is_counted_is_told_in_words() -> None:
    """As supervisors read it."""
    why = fe.Reason(
        rule="taken", strategy=Strategy.ROUND_ROBIN, below_min=False, eligible=0, ranked=(), rejected={},
        causes={"full": 90, "off_duty": 11}, missed=("a1", "a2"),
    )  # fmt: skip
    event = fe.Matched(at=T0, conversation="c", group="g", agent="a1", window="2030-01-01", reason=why)
    told = ["此前未接入，排在最后：a1，a2", "可接待 0 人", "不可接待：已达最大会话数 90 人，不在线 11 人"]
    assert reason(event, str, str, "zh-CN")[2:] == told
    assert reason(event, str, str, "en")[3:] == ["0 eligible", "Not eligible: 90 at the maximum, 11 off duty"]


def test_every_strategy_and_cause_has_words_in_both_languages() -> None:
    """A new strategy does not appear under its bare name."""
    assert set(STRATEGY["zh-CN"]) == set(STRATEGY["en"]) == set(Strategy)
    assert set(CAUSE["zh-CN"]) == set(CAUSE["en"])
    assert set(SAID["zh-CN"]) == set(SAID["en"])


async def kept(path: Path, records: list[LogRecord]) -> SqliteStore:
    store = SqliteStore(path / "chat.db", "default")
    await store.open()
    await store.commit(Batch(changes=(), records=tuple(records)))
    return store


async def test_the_commands_read_the_log_of_a_running_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is in use, and is read all the same; a difference makes the command fail."""
    monkeypatch.setenv("CHATSERVER_DATA_DIR", str(tmp_path))
    records = busy_day(make_settings(), visitors=40)
    store = await kept(tmp_path, records[:-1])
    await asyncio.to_thread(main, ["replay"])
    assert "differences  0" in capsys.readouterr().out
    await asyncio.to_thread(main, ["replay", "--explain", "c1", "--locale", "en"])
    assert "least loaded" in capsys.readouterr().out
    other = tmp_path / "other.json"
    other.write_bytes(msgspec.json.encode(make_settings(strategy="round_robin")))
    await asyncio.to_thread(main, ["simulate", "--from", "2030-01-01", "--settings", str(other)])
    assert "returning, back to own agent" in capsys.readouterr().out
    await asyncio.to_thread(main, ["simulate", "--from", "2030-01-01", "--settings", str(other), "--json"])
    assert msgspec.json.decode(capsys.readouterr().out)["recorded"]["arrivals"] == 40
    await store.close()


@pytest.mark.mongod
async def test_the_log_of_a_mongodb_is_decided_again_as_it_was(
    mongodb_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its documents give the same bytes back that were logged."""
    name = f"chatserver_replay_{os.getpid()}"
    store = MongoStore(mongodb_uri, name, "default")
    await store.open()
    await store.commit(Batch(changes=(), records=tuple(busy_day(make_settings(), visitors=40))))
    await store.close()
    monkeypatch.setenv("CHATSERVER_MONGODB_URI", mongodb_uri)
    monkeypatch.setenv("CHATSERVER_MONGODB_DATABASE", name)
    await asyncio.to_thread(main, ["replay"])
    said = capsys.readouterr().out
    assert "by strategy" in said
    assert "differences  0" in said
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        client.drop_database(name)


async def test_a_difference_makes_the_command_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script can ask; and where there is no log, none is made."""
    monkeypatch.setenv("CHATSERVER_DATA_DIR", str(tmp_path / "none"))
    with pytest.raises(SystemExit, match="There is no log"):
        main(["replay"])
    assert not (tmp_path / "none").exists()
    monkeypatch.setenv("CHATSERVER_DATA_DIR", str(tmp_path))
    records = busy_day(make_settings(), visitors=10)
    await (await kept(tmp_path, tampered(records, place_of(records, "matched"), agent="a2"))).close()
    with pytest.raises(SystemExit) as ended:
        main(["replay"])
    assert ended.value.code == 1
    assert "  log: c1 in sales -> a2 " in capsys.readouterr().out
