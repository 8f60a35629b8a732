"""A recorded day can be run again under other settings."""

from datetime import date, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.conversation import events as ce
from chatserver.conversation import inputs as ci
from chatserver.conversation.content import TextContent
from chatserver.conversation.model import FlowRef, Visit
from chatserver.dispatch.model import Strategy
from chatserver.hub.machines import FLOOR
from chatserver.hub.step import OpenConversationOf
from chatserver.replay.check import check
from chatserver.replay.day import recorded
from chatserver.replay.log import CODEC
from chatserver.replay.simulate import compare, run
from chatserver.settings.workspace import SaveSettings
from tests.fakes.clock import T0
from tests.shop import Shop, assigned, busy_day, log_of, make_settings, new_year
from tests.world import World


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
    world.sign_in("a1")
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


def test_what_was_taken_up_after_the_limit_was_raised_is_run_as_well() -> None:
    """会话续接: what had ended for good by the settings of then goes on by those of now."""
    settings = make_settings()
    world = World(settings)
    profile = Profile(account="a1", name="a1", nickname="a1", groups=("sales",), max=1)
    world.send("agent/a1", ai.Saved(profile=profile))
    world.sign_in("a1")
    midnight = T0 + timedelta(hours=15)
    for n, (who, after) in enumerate((("v", -90), ("other", -60), ("v", -10))):
        world.advance_to(midnight + timedelta(seconds=after))
        opening = ci.Opening(visit=Visit(contact=who, inbox="web", name=""), flow=FlowRef(id="f", version=1))
        spoke = ci.VisitorSpoke(id=f"m{n}", content=TextContent(text="在吗"), opening=opening)
        world.send(OpenConversationOf(who, f"c{n}", world.now - timedelta(seconds=600)), spoke)
        if n < 2:
            world.send(f"conversation/c{n}", ci.AgentEnded(agent="a1"))
        if n == 1:
            longer = replace(settings, conversation=replace(settings.conversation, reopen_within=600))
            world.send("workspace/main", SaveSettings(settings=longer, by="t", based_on=1))
    assert any(isinstance(h.event, ce.Reopened) for h in world.log)
    day = recorded(log_of(world.log), date(2030, 1, 2), date(2030, 1, 3))
    assert [ask.conversation for ask in day.asks] == ["c0"]
    assert run(day).figures().agents["a1"].busy > 0


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
