"""Bugs that other products had, put back one by one: for each of them a scenario must fail.

This proves the scenarios, not the product: a test that stays green with the bug in place protects nobody.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.conversation import evolve as conversation_evolve
from chatserver.conversation import satisfaction
from chatserver.conversation.model import Conversation, Idle, Phase
from chatserver.dispatch import evolve as floor_evolve
from chatserver.dispatch import match
from chatserver.dispatch.model import Floor, Seat
from chatserver.hub.step import Stepper, View
from tests.scenario import Expect
from tests.test_scenarios import run_pure

SCENARIOS = Path(__file__).parent / "scenarios"
Patch = pytest.MonkeyPatch


def newest_first(patch: Patch) -> None:
    def heads(floor: Floor, groups: Iterable[str]) -> list[Any]:
        everybody = sorted((order for g in groups for order in floor.queue(g)), reverse=True)
        return [(everybody[0], iter(everybody[1:]))] if everybody else []

    patch.setattr(match, "_heads", heads)


def cap_is_ignored(patch: Patch) -> None:
    patch.setattr(Seat, "free", property(lambda seat: seat.ready))
    patch.setattr(match, "unfit", lambda seat, waiting, floor: None if waiting.group in seat.groups else "other_group")


def offer_spends_the_turn(patch: Patch) -> None:
    offered = floor_evolve._offered

    def spends(floor: Any, event: Any) -> Any:
        return floor_evolve._counted(offered(floor, event), event.agent, "2030-01-01")

    patch.setattr(floor_evolve, "_offered", spends)


def place_is_lost_with_the_offer(patch: Patch) -> None:
    ended = floor_evolve._offer_ended
    patch.setattr(floor_evolve, "_offer_ended", lambda floor, event: ended(floor, replace(event, waits=False)))


def own_message_starts_the_clock(patch: Patch) -> None:
    heard = conversation_evolve.heard

    def starts(c: Conversation, event: Any, content: Any) -> Conversation:
        return replace(heard(c, event, content), idle=Idle(since=event.at))

    patch.setattr(conversation_evolve, "heard", starts)


def reply_does_not_stop_the_clock(patch: Patch) -> None:
    heard = conversation_evolve.heard

    def goes_on(c: Conversation, event: Any, content: Any) -> Conversation:
        return replace(heard(c, event, content), idle=c.idle)

    patch.setattr(conversation_evolve, "heard", goes_on)


def rating_is_asked_again(patch: Patch) -> None:
    ask = satisfaction.ask
    patch.setattr(satisfaction, "ask", lambda c, scene, s, now: ask(replace(c, rating=None), scene, s, now))


def double_click_opens_two(patch: Patch) -> None:
    def second(self: Stepper, to: Any, view: View) -> str:
        if isinstance(to, str):
            return to
        name = f"conversation/{to.otherwise}"
        return name if view[name].phase is Phase.NEW else f"{name}-again"

    patch.setattr(Stepper, "resolve", second)


BUGS: dict[str, tuple[Callable[[Patch], None], str]] = {
    "a waiting visitor is skipped by a newer one": (newest_first, "13_agent_gone"),
    "the cap is exceeded": (cap_is_ignored, "03_queue_soothe_assign"),
    "a fairness turn is spent on a failed offer": (offer_spends_the_turn, "18_offer_fairness"),
    "the place in the queue is lost before the assignment": (place_is_lost_with_the_offer, "17_offers"),
    "the visitor's own message starts the idle clock": (own_message_starts_the_clock, "02_visitor_cancels_idle_close"),
    "the idle warning comes after a reply": (reply_does_not_stop_the_clock, "02_visitor_cancels_idle_close"),
    "a rating is asked for twice": (rating_is_asked_again, "11_satisfaction"),
    "a double click opens two conversations": (double_click_opens_two, "04_flow_hours_menu"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_bug_would_be_found(bug: str, monkeypatch: Patch) -> None:
    """With the bug in place the scenario fails; without it, it holds."""
    put_back, name = BUGS[bug]
    assert holds(name), "the scenario must hold while the product is right"
    put_back(monkeypatch)
    assert not holds(name)


def holds(name: str) -> bool:
    try:
        scenario, got, _ = run_pure(SCENARIOS / f"{name}.scenario")
    except (AssertionError, KeyError):
        return False
    return [s.line for s in scenario.steps if isinstance(s, Expect)] == got
