"""Figures over small days that were counted by hand; scenarios say what happened."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatserver.agents import inputs as ai
from chatserver.agents.events import StatusChanged
from chatserver.agents.model import BUILT_IN, WRAP_UP, Cause, Profile
from chatserver.conversation import events as e
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import ClosedBy, Face, FlowRef, TurnedAwayFor, Visit
from chatserver.hub.step import Happened
from chatserver.hub.tables import Ask
from chatserver.settings.model import Settings
from chatserver.settings.workspace import SettingsSaved
from chatserver.suite.reports.buckets import EDGES, bucket, percentile, within
from chatserver.suite.reports.kinds import KINDS, Kind
from chatserver.suite.reports.ledger import BEGINNING
from chatserver.suite.reports.measures import Within
from chatserver.suite.reports.questions import Question
from chatserver.suite.reports.tables import SPAN, Offer, Reason, Served, Span, Stint, Wait
from chatserver.suite.reports.words import CODES, COLUMNS, DIMENSIONS
from tests.fakes.clock import T0
from tests.reporting import Reporting, balanced, reported
from tests.test_scenarios import BY_NAME, run_pure
from tests.world import World

S = 1000
"""Milliseconds of a second."""

BY_HAND: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    # Three visitors, one agent with one place: 0 s, 65 s and 294 s of waiting.
    ("03", "volume", {}, {"opened": 3, "queued": 3, "served": 3, "served_rate": 100.0, "closed": 2, "transfers": 0,
                          "visitor_messages": 5, "agent_messages": 3, "bot_messages": 0, "abandoned": 0}),
    ("03", "waiting", {}, {"waits": 3, "served": 3, "wait_mean": 119_666.67, "wait_max": 294 * S, "wait_p50": 90 * S,
                           "wait_p90": 294 * S, "within_20": 33.33, "within_60": 33.33, "gave_up_mean": None}),
    ("03", "response", {}, {"served": 3, "first_response_mean": 12_333.33, "first_response_max": 30 * S,
                            "first_response_p50": 5 * S, "first_response_p90": 30 * S, "first_within_60": 100.0,
                            "response_mean": 12_333.33, "handle_mean": 150 * S, "handle_max": 230 * S}),
    # Nobody on duty, full, left, timeout, ended while waiting, agent gone.
    ("05", "volume", {}, {"opened": 5, "queued": 5, "served": 1, "abandoned": 3, "abandoned_rate": 60.0,
                          "turned_away": 1, "returns": 1, "closed": 2, "idle_closed": 0}),
    ("05", "waiting", {}, {"waits": 8, "served": 1, "abandoned": 3, "turned_away": 4, "gave_up_mean": 50 * S,
                           "wait_mean": 0.0, "within_20": 25.0}),
    ("05", "agents", {"agent": "a1"}, {"served": 1, "unanswered": 1, "lost": 1, "handle_mean": 250 * S,
                                       "first_response_mean": None, "first_within_60": 0.0}),
    ("08", "volume", {}, {"opened": 3, "queued": 0, "served_rate": None, "left_message": 1, "idle_closed": 1,
                          "closed": 3}),
    ("11", "satisfaction", {}, {"asked": 3, "rated": 2, "rated_rate": 66.67, "score_mean": 2.5, "good": 1,
                                "good_rate": 50.0}),
    ("11", "satisfaction", {"rating": "2"}, {"asked": 1, "rated": 1, "good": 0, "good_rate": 0.0}),
    ("11", "reasons", {}, {"chosen": 2, "good": 2, "score_mean": 3.0}),
    ("11", "reasons", {"tag": "耐心"}, {"chosen": 1, "good": 1}),
    # Handed from one to the other: each agent answers for the own stretch.
    ("12", "volume", {}, {"opened": 3, "served": 3, "transfers": 3, "closed": 1}),
    ("12", "waiting", {}, {"waits": 5, "served": 5, "wait_max": 1 * S}),
    ("12", "waiting", {"group": "g2"}, {"waits": 2, "served": 2, "wait_mean": 500.0}),
    ("12", "agents", {"agent": "a1"}, {"served": 3, "unanswered": 2, "transferred": 3, "agent_messages": 1,
                                       "handle_mean": 5 * S, "response_mean": 3 * S}),
    ("12", "agents", {"agent": "a2"}, {"served": 1, "first_response_mean": 2 * S, "handle_mean": None}),
    ("12", "agents", {"agent": "a3"}, {"served": 2, "unanswered": 1, "handle_mean": 9 * S}),
    ("17", "offers", {"agent": "a1"}, {"offered": 2, "accepted": 1, "missed": 1, "declined": 0, "accepted_rate": 50.0,
                                       "answer_mean": 2 * S}),
    ("17", "offers", {"agent": "a2"}, {"offered": 6, "accepted": 2, "missed": 2, "declined": 1, "accepted_rate": 40.0,
                                       "answer_mean": 2333.33}),
    ("17", "waiting", {}, {"served": 3, "abandoned": 1, "gave_up_mean": 2 * S, "wait_mean": 20 * S}),
    # Closed and taken up again three times, by the same visitor twice: still eight conversations.
    ("31", "volume", {}, {"opened": 8, "served": 7, "reopened": 3, "closed": 8, "turned_away": 1}),
    ("31", "waiting", {"how": "reopened"}, {"waits": 3, "served": 2, "wait_max": 1 * S, "turned_away": 1}),
    ("31", "agents", {"how": "assigned", "agent": "a1"}, {"served": 4}),
    # Seven went on to the other group: each is a wait of its own there.
    ("52", "volume", {}, {"opened": 8, "served": 3, "abandoned": 3, "turned_away": 2}),
    ("52", "waiting", {}, {"waits": 16, "served": 3, "abandoned": 3, "turned_away": 2, "wait_max": 42 * S}),
    ("52", "waiting", {"outcome": "overflowed"}, {"waits": 7, "served": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "report", "narrowed", "expected"), BY_HAND)
async def test_figures_are_what_a_person_counts(
    scenario: str, report: str, narrowed: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = await (await reported(scenario)).figures(report, **narrowed)
    assert {key: found[key] for key in expected} == expected


async def test_lines_are_split_by_what_was_asked() -> None:
    """Local days and hours: the scenario begins at nine in the morning in Shanghai."""
    r = await reported("05")

    assert list(await r.by("volume", "day")) == ["2030-01-01"]
    assert list(await r.by("volume", "hour", "weekday")) == [(9, 2)]
    assert {lost: f["opened"] for lost, f in (await r.by("volume", "lost")).items()} == {
        None: 1, "ended": 1, "left": 1, "nobody": 1, "timeout": 1,
    }  # fmt: skip
    assert {how: f["waits"] for how, f in (await r.by("waiting", "how")).items()} == {"asked": 7, "returned": 1}
    assert {by: f["closed"] for by, f in (await r.by("volume", "closed_by")).items()} == {
        None: 0, "flow": 1, "visitor": 1,
    }  # fmt: skip


@BY_NAME
async def test_whatever_happens_is_counted_once(path: Path) -> None:
    """Every scenario of the product, against its log."""
    _, _, world = run_pure(path)
    await balanced(await Reporting().hear(world.log), world)


# Conversations written by hand


def conversation(*events: e.AnyEvent, id: str = "c1") -> list[Happened]:
    return [Happened(f"conversation/{id}", version, event) for version, event in enumerate(events, 1)]


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def opened(seconds: float = 0, **visit: Any) -> e.Opened:
    return e.Opened(
        at=at(seconds), visit=Visit(contact="v", inbox="web", name="", **visit), flow=FlowRef(id="f", version=1)
    )


def said(seconds: float) -> e.VisitorMessage:
    return e.VisitorMessage(at=at(seconds), id=f"v{seconds}", content=TextContent(text="?"))


def answered(seconds: float, agent: str = "a1") -> e.AgentMessage:
    return e.AgentMessage(
        at=at(seconds), id=f"a{seconds}", agent=agent, face=Face(name=agent), content=TextContent(text="!")
    )


def queued(seconds: float, group: str = "g1") -> e.Queued:
    return e.Queued(at=at(seconds), group=group)


def assigned(seconds: float, agent: str = "a1") -> e.Assigned:
    return e.Assigned(at=at(seconds), agent=agent, face=Face(name=agent))


def closed(seconds: float) -> e.Closed:
    return e.Closed(at=at(seconds), by=ClosedBy.AGENT, agent="a1")


async def test_a_response_is_counted_from_the_first_word_that_waits() -> None:
    """Two words in a row are one question, a second line is no second response, and the queue is not the agent's."""
    r = await Reporting().hear(
        conversation(
            opened(),
            said(0),
            queued(0),
            said(5),
            assigned(10),
            answered(14),
            answered(15),
            said(20),
            said(28),
            answered(30),
        )
    )
    found = await r.figures("agents")
    assert (found["first_response_mean"], found["response_mean"], found["response_max"]) == (4 * S, 7 * S, 10 * S)
    assert (found["visitor_messages"], found["agent_messages"]) == (2, 3)


async def test_a_colleagues_words_answer_the_visitor_but_count_for_nobody_else() -> None:
    r = await Reporting().hear(conversation(opened(), queued(0), assigned(0), answered(3, "a2"), closed(9)))
    assert (await r.figures("response"))["first_response_mean"] == 3 * S
    own = await r.figures("agents", agent="a1")
    assert (own["agent_messages"], own["unanswered"], own["first_response_mean"]) == (0, 1, None)


async def test_a_rating_belongs_to_the_agent_who_was_rated() -> None:
    """Even when it comes after a colleague has taken over."""
    levels = Settings().conversation.satisfaction.levels
    content = e.RatingContent(text="", agent="a1", levels=levels)
    moved = e.Transferred(
        at=at(3), by=Face(name="a1"), to_name="a2", group="g1", since=at(0), agent="a1", to_agent="a2"
    )
    log = conversation(
        opened(), queued(0), assigned(0),
        e.RatingAsked(at=at(2), scene=e.Scene.INVITED, content=content), moved, assigned(3, "a2"),
        e.Rated(at=at(5), id="r", score=4, label=""),
    )  # fmt: skip
    for cut in (0, 6):
        r = Reporting()
        await r.hear(log[:cut])
        r.restart()
        await r.hear(log)
        found = await r.by("satisfaction", "agent")
        assert [(a, f["rated"], f["good"]) for a, f in found.items()] == [("a1", 1, 1), ("a2", 0, 0)]


async def test_what_is_tried_out_on_the_test_page_is_no_service() -> None:
    """S1-5.2.1c: neither the conversation nor anything in it is counted."""
    r = await Reporting().hear(conversation(opened(test=True), said(0), queued(0), assigned(1), answered(2), closed(3)))
    assert [rows for name, rows in (await r.everything()).items() if name != "report_place" and rows] == []


async def test_a_store_that_was_away_is_told_again() -> None:
    """What could not be written is not half remembered."""
    log = conversation(opened(), said(0), queued(0), assigned(10), answered(14), closed(20))
    r = await Reporting().hear(log[:4])
    r.store.broken = OSError("the disk is full")
    with pytest.raises(OSError):
        await r.hear(log)
    r.store.broken = None
    assert await (await r.hear(log)).everything() == await (await Reporting().hear(log)).everything()


# Agents' time


def became(status: str, when: datetime, agent: str = "a1", *, logged: bool = True) -> Happened:
    event = StatusChanged(at=when, status=status, before="", cause=Cause.CHOSEN, logged=logged)
    return Happened(f"agent/{agent}", 1, event)


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2030, 1, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


async def test_every_status_is_logged_from_start_to_end() -> None:
    """S1-5.3.4 on: each stretch with its start, its end and its cause."""
    r = await Reporting().hear(
        [became("ready", shanghai(1, 9)), became("rest", shanghai(1, 12)), became("offline", shanghai(1, 13))]
    )
    rows = await r.rows.rows(Ask(table=SPAN, order="since"))
    assert [(s.status, s.status_ms, s.cause) for s in rows] == [
        ("ready", 3 * 3600 * S, "chosen"), ("rest", 3600 * S, "chosen"), ("offline", None, "chosen"),
    ]  # fmt: skip
    assert (await r.figures("status"))["online_time"] == 4 * 3600 * S


async def test_no_status_is_logged_where_that_is_switched_off() -> None:
    """S1-5.3.4 off: none; the stretch that was under way ends when it ends."""
    r = await Reporting().hear(
        [
            became("ready", shanghai(1, 9)),
            became("rest", shanghai(1, 10), logged=False),
            became("ready", shanghai(1, 11), logged=False),
            became("offline", shanghai(1, 12), logged=False),
        ]
    )
    rows = await r.rows.rows(Ask(table=SPAN, order="since"))
    assert [(s.status, s.status_ms) for s in rows] == [("ready", 3600 * S)]


@pytest.mark.parametrize("on", [True, False])
async def test_the_switch_of_the_workspace_decides(on: bool) -> None:
    """S1-5.3.4: the setting, the agent's status, the rows."""
    settings = msgspec.convert({"agents": {"log_statuses": on}}, Settings)
    world = World(settings)
    profile = Profile(account="a", name="a", nickname="a")
    world.send("agent/a1", ai.Saved(profile=profile))
    world.send("agent/a1", ai.DeviceConnected(device="d"))
    for status in (ai.SignedIn(), ai.StatusChosen(status="rest"), ai.SignedOut()):
        world.advance_to(world.now + timedelta(minutes=10))
        world.send("agent/a1", status)
    r = await Reporting().hear(world.log)
    spans = [(s.status, s.status_ms) for s in await r.rows.rows(Ask(table=SPAN, order="since"))]
    assert spans == ([("ready", 600 * S), ("rest", 600 * S), ("offline", None)] if on else [])


async def test_time_is_cut_at_local_midnight() -> None:
    """From Tuesday ten in the evening to Thursday one in the morning: three days have a part."""
    r = await Reporting().hear([became("ready", shanghai(1, 22)), became("offline", shanghai(3, 1))])
    found = await r.by("status", "day")
    hours = {day: f["online_time"] / 3600 / S for day, f in found.items() if f["online_time"]}
    assert hours == {"2030-01-01": 2, "2030-01-02": 24, "2030-01-03": 1}


async def test_a_day_of_25_hours_has_25_hours() -> None:
    """When the clocks go back; and the zone counts from the moment at which it was set."""
    zone = Happened("workspace/main", 1, SettingsSaved(at=T0, settings=Settings(timezone="Europe/Berlin"), by="t"))
    night = datetime(2030, 10, 26, 22, tzinfo=UTC)
    r = await Reporting().hear([zone, became("ready", night), became("offline", night + timedelta(hours=30))])
    found = await r.by("status", "day")
    assert [f["online_time"] / 3600 / S for f in found.values()] == [25, 5]


async def test_what_runs_is_counted_up_to_the_look() -> None:
    """And an early look across midnight leaves nothing wrong behind, when the log says that it was over before."""
    r = await Reporting().hear([became("ready", shanghai(1, 23))])
    await r.look(shanghai(2, 1))
    assert {d: f["online_time"] // 3600 // S for d, f in (await r.by("status", "day")).items()} == {
        "2030-01-01": 1, "2030-01-02": 1,
    }  # fmt: skip
    late = [became("ready", shanghai(1, 23)), became("offline", shanghai(1, 23, 30))]
    r.restart()
    await r.hear(late)
    online = {d: f["online_time"] for d, f in (await r.by("status", "day")).items()}
    assert online == {"2030-01-01": 1800 * S}


async def test_serving_time_counts_once_however_many_are_served() -> None:
    """Two at once for a while: from the first assignment to the last end, at most two at a time."""
    log = [
        became("ready", at(0)),
        *conversation(opened(0), queued(0), assigned(10)),
        *conversation(opened(0), queued(0), assigned(20), id="c2"),
        *conversation(closed(40), id="c1"),
        *conversation(closed(60), id="c2"),
        became("offline", at(100)),
    ]
    for restarts in (False, True):
        r = Reporting()
        for upto in range(1, len(log) + 1):
            await r.hear(log[:upto])
            if restarts:
                r.restart()
        found = (await r.by("status", "agent"))["a1"]
        assert (found["serving_time"], found["online_time"], found["utilisation"]) == (50 * S, 100 * S, 50.0)
        assert found["peak"] == 2


def test_before_any_settings_days_are_those_of_the_default_zone() -> None:
    assert Settings().timezone == BEGINNING.zone


# Steps


def test_a_percentile_is_never_too_low_and_at_most_one_step_too_high() -> None:
    lengths = [0, 1, 999, 1000, 1001, 19_999, 20_000, 20_001, 61_000, 100_000_000]
    counts: dict[int, int] = {}
    for length in lengths:
        counts[bucket(length)] = counts.get(bucket(length), 0) + 1
    for share, true in ((0.1, 0), (0.5, 1001), (0.7, 20_000), (0.8, 20_001), (1.0, 100_000_000)):
        told = percentile(counts, share, max(lengths))
        assert told is not None and told >= true and bucket(told) == bucket(true)
    assert percentile({}, 0.5, 0) is None
    assert within(counts, 20_000) == 7
    assert list(EDGES) == sorted(set(EDGES))


# The table of figures


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_every_figure_is_made_of_columns_that_there_are(kind: Kind) -> None:
    columns = set(kind.table.row.__struct_fields__)
    assert {*kind.sums, *kind.largest, *kind.by} <= columns
    assert not {*kind.sums} & {*kind.by}, "a line of a tally cannot hold both under one name"
    assert len({f.key for f in kind.figures}) == len(kind.figures)
    assert {f.how.ms for f in kind.figures if isinstance(f.how, Within)} <= set(EDGES)
    assert set(kind.by) <= set(DIMENSIONS) & set(Question.__struct_fields__)


def test_every_figure_is_explained_in_both_languages() -> None:
    """With a full stop, and no sentence twice for two figures of a report."""
    for kind in KINDS.values():
        for chinese, english in (figure.means for figure in kind.figures):
            assert chinese.endswith("。") and english.endswith(".") and english.isascii()
        assert len({figure.means for figure in kind.figures}) == len(kind.figures)


def test_every_code_has_words() -> None:
    for dimension, codes in {
        "closed_by": ClosedBy, "cause": Cause, "lost": TurnedAwayFor, "outcome": TurnedAwayFor,
        "status": (*BUILT_IN, WRAP_UP),
    }.items():  # fmt: skip
        assert set(codes) <= set(CODES[dimension]), dimension
    rows = (Served, Wait, Stint, Reason, Offer, Span)
    assert set(COLUMNS) <= {name for row in rows for name in row.__struct_fields__}
    for row in rows:
        for field in msgspec.structs.fields(row):
            literals = re.findall(r"'(\w+)'", str(field.type)) if "Literal" in str(field.type) else []
            assert set(literals) <= set(CODES.get(field.name, literals)), field.name
