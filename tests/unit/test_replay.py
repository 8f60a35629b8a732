"""Looking back: every decision in a log can be decided again, explained, and tried under other settings."""

import asyncio
import contextlib
import heapq
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from msgspec.structs import replace
from pymongo import MongoClient

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.cli import main
from chatserver.conversation import events as ce
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import Face, FlowRef, Visit
from chatserver.dispatch import events as fe
from chatserver.dispatch import inputs as fi
from chatserver.dispatch.model import Strategy
from chatserver.hub.machines import FLOOR
from chatserver.hub.ports import Batch, LogRecord
from chatserver.hub.step import Happened, OpenConversationOf
from chatserver.kernel.errors import Refused
from chatserver.kernel.instants import epoch_ms
from chatserver.protocol.reasons import CAUSE, SAID, STRATEGY, reason
from chatserver.replay.check import check
from chatserver.replay.day import Day, recorded
from chatserver.replay.explain import explain
from chatserver.replay.log import CODEC, LogBroken
from chatserver.replay.simulate import compare, run
from chatserver.settings.model import Settings
from chatserver.settings.workspace import SaveSettings, SettingsSaved
from chatserver.store.mongo import MongoStore
from chatserver.store.sqlite import SqliteStore
from tests.fakes.clock import T0
from tests.properties.test_floor_property import FloorMachine
from tests.world import World

NEW_YEAR = date(2030, 1, 1)
AGENTS = ("a1", "a2", "a3", "a4")


def make_settings(**group: Any) -> Settings:
    """One group with one inbox; whoever is turned away comes to the end of the flow."""
    nodes = [
        {"type": "start", "id": "s", "next": "g"},
        {"type": "to_group", "id": "g", "group": "sales", "otherwise": "e"},
        {"type": "end", "id": "e", "text": "bye"},
    ]
    raw = {
        "groups": [{"id": "sales", "name": "售前", **group}],
        "flows": [{"id": "f", "name": "f", "nodes": nodes}],
        "inboxes": [{"id": "web", "name": "web", "flow": "f"}],
    }
    return msgspec.convert(raw, Settings)


def numbers(seed: int) -> Iterator[int]:
    """The same numbers in every run: a linear congruential sequence, its high bits."""
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield seed >> 33


class Shop:
    """A workspace with four agents that serves whoever comes; `plan` says what happens when."""

    def __init__(self, s: Settings, agents: tuple[str, ...] = AGENTS, max: int = 2) -> None:
        self.world = World(s)
        self.visitors = 0
        self._plan: list[tuple[Any, int, str, Any]] = []
        self._seen = 0
        self.handling: dict[str, int] = {}
        self.silent = ""  # the agent who answers no offer
        for a in agents:
            profile = Profile(account=a, name=f"座席{a}", nickname=a, groups=("sales",), max=max)
            self.world.send(f"agent/{a}", ai.Saved(profile=profile))
            self.world.send(f"agent/{a}", ai.SignedIn())

    def plan(self, at: Any, to: str, input: Any) -> None:
        heapq.heappush(self._plan, (at, len(self._plan) + 1_000 * self.visitors, to, input))

    def visitor(
        self, after: float, handling: int = 300, last: str | None = None, patience: int | None = None, **visit_: Any
    ) -> str:
        """Comes `after` seconds since the morning, needs `handling` seconds, leaves after `patience` seconds."""
        self.visitors += 1
        id, at = f"c{self.visitors}", T0 + timedelta(seconds=after)
        self.handling[id] = handling
        visit = Visit(contact=f"v{id}", inbox="web", name="", **visit_)
        opening = ci.Opening(visit=visit, flow=FlowRef(id="f", version=1), last_agent=last)
        said = ci.VisitorSpoke(id=f"m{id}", content=TextContent(text="在吗"), opening=opening)
        self.plan(at, f"conversation/{id}", said)
        if patience is not None:
            self.plan(at + timedelta(seconds=patience), f"conversation/{id}", ci.VisitorQuit())
        return id

    def day(self) -> list[LogRecord]:
        """Let everything happen, and hand over the log."""
        while self._plan:
            at = self._plan[0][0]
            self.world.advance_to(min(at, self.world.now + timedelta(seconds=1)))
            self._look()
            if self.world.now < self._plan[0][0]:
                continue
            _, _, to, input = heapq.heappop(self._plan)
            if isinstance(input, ci.VisitorQuit) and self.world.states[to].phase != "queued":
                continue
            with contextlib.suppress(Refused):  # an answer to an offer that is over
                self.world.send(to, input)
            self._look()
        return log_of(self.world.log)

    def _look(self) -> None:
        """Whoever is served is done after the time that was said; whoever is asked takes five seconds."""
        for h in self.world.log[self._seen :]:
            id = h.stream.partition("/")[2]
            if isinstance(h.event, ce.Assigned):
                end = h.event.at + timedelta(seconds=self.handling[id])
                self.plan(end, h.stream, ci.AgentEnded(agent=h.event.agent))
            if isinstance(h.event, ce.OfferedTo) and h.event.agent != self.silent:
                answer = ci.AgentAnswered(agent=h.event.agent, face=Face(name="x"), accepts=True)
                self.plan(h.event.at + timedelta(seconds=5), h.stream, answer)
        self._seen = len(self.world.log)


def log_of(happened: list[Happened]) -> list[LogRecord]:
    """As the engine writes it."""
    return [
        LogRecord(
            seq, h.stream, h.version, epoch_ms(h.event.at), h.event.__struct_config__.tag, CODEC.encode(h.event)
        )
        for seq, h in enumerate(happened, 1)
    ]


def busy_day(s: Settings, visitors: int = 300, pace: int = 60, loyal: bool = False) -> list[LogRecord]:
    """Somewhat more visitors than four agents can serve at once; some of them leave. A higher `pace` is slower."""
    shop, number, at = Shop(s), numbers(7), 0.0
    for _ in range(visitors):
        at += next(number) % (pace * 1000) / 1000
        last = "a1" if loyal and next(number) % 2 else None
        patience = 20 + next(number) % 200 if next(number) % 5 == 0 else None
        shop.visitor(at, handling=30 + next(number) % 400, last=last, patience=patience)
    return shop.day()


def assigned(records: list[LogRecord]) -> dict[str, str]:
    """conversation -> agent, as the log says."""
    given = ("matched", "offer_accepted")
    matched = [CODEC.event(FLOOR, r.body) for r in records if r.kind in given and r.stream == FLOOR]
    return {m.conversation: m.agent for m in matched}


def tampered(records: list[LogRecord], at: int, **changes: Any) -> list[LogRecord]:
    """The log with one event changed by hand."""
    record = records[at]
    body = CODEC.encode(replace(CODEC.event(record.stream, record.body), **changes))
    return [*records[:at], replace(record, body=body), *records[at + 1 :]]


def place_of(records: list[LogRecord], kind: str, number: int = 0) -> int:
    return [n for n, r in enumerate(records) if r.kind == kind][number]


def new_year(records: list[LogRecord], days: int = 1) -> Day:
    return recorded(records, NEW_YEAR, NEW_YEAR + timedelta(days=days))


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
        causes={"full": 90, "off_duty": 11}, passed="a1",
    )  # fmt: skip
    event = fe.Matched(at=T0, conversation="c", group="g", agent="a1", window="2030-01-01", reason=why)
    told = ["上次未接入，排在最后：a1", "可接待 0 人", "不可接待：已达最大会话数 90 人，不在线 11 人"]
    assert reason(event, str, str, "zh-CN")[2:] == told
    assert reason(event, str, str, "en")[3:] == ["0 eligible", "Not eligible: 90 at the maximum, 11 off duty"]


def test_every_strategy_and_cause_has_words_in_both_languages() -> None:
    """A new strategy does not appear under its bare name."""
    assert set(STRATEGY["zh-CN"]) == set(STRATEGY["en"]) == set(Strategy)
    assert set(CAUSE["zh-CN"]) == set(CAUSE["en"])
    assert set(SAID["zh-CN"]) == set(SAID["en"])


@pytest.mark.parametrize("strategy", list(Strategy))
def test_with_the_recorded_settings_a_day_runs_as_it_ran(strategy: Strategy) -> None:
    """The simulation is worth something: it gives everybody the agent whom they really had."""
    records = busy_day(make_settings(strategy=strategy, queue_limit=6, wait_limit=100), loyal=True)
    ledger = run(new_year(records))
    assert ledger.agent == assigned(records)
    told = [CODEC.event("conversation/x", r.body) for r in records if r.kind == "turned_away" and r.stream != FLOOR]
    away = ledger.figures().turned_away
    assert away == {reason: sum(t.reason == reason for t in told) for reason in away}
    assert away["full"] > 0
    assert away["timeout"] > 0
    assert ledger.figures().left == sum(r.kind == "queue_left" for r in records) > 0


def test_another_strategy_makes_the_work_fairer() -> None:
    """Returning visitors burden one agent; sharing by count evens it out, at the price of fewer reunions."""
    records = busy_day(make_settings(strategy="returning_first"), pace=140, loyal=True)
    compared = compare(new_year(records), make_settings(strategy="least_assigned"))
    before, after = compared.recorded, compared.other
    assert after.deviation < before.deviation
    assert after.range < before.range
    assert before.returning_to_own / before.returning > 1.5 * after.returning_to_own / after.returning
    assert before.arrivals == after.arrivals == 300


def test_a_shorter_queue_turns_away_those_who_waited_longest() -> None:
    """Fewer wait, those who do wait less, and the table says how many paid for it."""
    records = busy_day(make_settings())
    compared = compare(new_year(records), make_settings(queue_limit=2))
    assert (compared.recorded.turned_away["full"], compared.recorded.longest_queue > 2) == (0, True)
    assert compared.other.turned_away["full"] > 0
    assert compared.other.longest_queue == 2
    assert compared.other.wait_p90 < compared.recorded.wait_p90


def test_whoever_was_never_served_takes_what_is_usual() -> None:
    """A full queue kept the third away; with room for her she is served as long as the others' median."""
    shop = Shop(make_settings(queue_limit=1), agents=("a1",), max=1)
    for n, handling in enumerate((100, 200, 300)):
        shop.visitor(n, handling=handling)
    shop.visitor(10_000, handling=500)
    day = new_year(shop.day())
    assert day.handling["c3"] == timedelta(seconds=200)
    assert [day.handling[c].total_seconds() for c in ("c1", "c2", "c4")] == [100, 200, 500]
    compared = compare(day, make_settings())
    assert (compared.recorded.served, compared.other.served) == (3, 4)
    assert compared.other.wait_max == 100 + 200 - 2
    assert compared.other.agents["a1"].busy == pytest.approx((100 + 200 + 200 + 500) / (15 * 3600), abs=1e-4)


def test_whoever_left_leaves_after_the_same_time() -> None:
    """Patience is the visitor's own: a faster queue keeps her, a slow one loses her again."""
    shop = Shop(make_settings(), agents=("a1",), max=1)
    shop.visitor(0, handling=300)
    shop.visitor(1, patience=50)
    records = shop.day()
    assert new_year(records).asks[1].patience == timedelta(seconds=50)
    figures = run(new_year(records), make_settings(strategy="round_robin")).figures()
    assert (figures.served, figures.left) == (1, 1)


def test_what_was_under_way_at_midnight_goes_on() -> None:
    """Whoever is served over midnight holds a seat in the morning, and counts for the day before."""
    shop = Shop(make_settings(), agents=("a1",), max=1)
    midnight = 15 * 3600
    shop.visitor(midnight - 60, handling=360)
    shop.visitor(midnight - 30, handling=10)
    shop.visitor(midnight + 60, handling=10)
    day = recorded(shop.day(), date(2030, 1, 2), date(2030, 1, 3))
    figures = run(day).figures()
    assert (figures.arrivals, figures.served, figures.agents["a1"].served) == (1, 1, 2)
    assert figures.wait_max == 300 + 10 - 60


def test_what_was_taken_up_again_holds_a_seat_as_well() -> None:
    """会话续接: over before midnight and served again after it; the look back knows whom the seat belongs to."""
    settings = make_settings()
    world = World(replace(settings, conversation=replace(settings.conversation, reopen_within=600)))
    profile = Profile(account="a1", name="a1", nickname="a1", groups=("sales",), max=1)
    world.send("agent/a1", ai.Saved(profile=profile))
    world.send("agent/a1", ai.SignedIn())
    midnight = T0 + timedelta(hours=15)
    for said, after in (("你好", -30), ("还有事", -10)):
        world.advance_to(midnight + timedelta(seconds=after))
        opening = ci.Opening(visit=Visit(contact="v", inbox="web", name=""), flow=FlowRef(id="f", version=1))
        spoke = ci.VisitorSpoke(id=said, content=TextContent(text=said), opening=opening)
        world.send(OpenConversationOf("v", f"c{after}", world.now - timedelta(seconds=600)), spoke)
        world.advance_to(midnight + timedelta(seconds=after + 15))
        world.send("conversation/c-30", ci.AgentEnded(agent="a1"))
    assert any(isinstance(h.event, ce.Reopened) for h in world.log)
    day = recorded(log_of(world.log), date(2030, 1, 2), date(2030, 1, 3))
    assert [ask.conversation for ask in day.asks] == ["c-30"]
    assert run(day).figures().agents["a1"].served == 0
    assert check(log_of(world.log)).differences == ()


def test_an_agent_who_is_gone_leaves_nobody_behind() -> None:
    """As in the product: the visitors of a lost agent wait again, for the rest of their time."""
    shop = Shop(make_settings(), agents=("a1", "a2"), max=1)
    shop.visitor(0, handling=1000)
    shop.visitor(1, handling=200)
    shop.plan(T0 + timedelta(seconds=100), "agent/a1", ai.SignedOut())
    figures = run(new_year(shop.day())).figures()
    assert (figures.agents["a1"].served, figures.agents["a2"].served) == (1, 2)
    assert figures.agents["a1"].busy == 1.0, "on duty for 100 seconds, all of them with a visitor"
    assert figures.agents["a2"].busy == pytest.approx(999 / (15 * 3600), abs=1e-4)


def test_offers_are_answered_as_they_were() -> None:
    """待接入: who never answers misses here, too, and is taken to be away; without offers nobody misses anything."""
    shop = Shop(make_settings(strategy="round_robin", offer_for=20))
    shop.silent = "a4"
    for n in range(60):
        shop.visitor(n * 50.3)
    records = shop.day()
    assert check(records).differences == ()
    ledger = run(new_year(records))
    assert ledger.agent == assigned(records)
    assert ledger.figures().missed == ledger.figures().agents["a4"].missed == 3
    without = run(new_year(records), make_settings(strategy="round_robin")).figures()
    assert (without.missed, without.agents["a4"].served) == (0, 15)


def test_the_same_log_gives_the_same_figures() -> None:
    """Byte for byte."""
    records = busy_day(make_settings())
    other = make_settings(strategy="longest_idle", wait_limit=60)
    first, second = (msgspec.json.encode(compare(new_year(records), other)) for _ in range(2))
    assert first == second


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
