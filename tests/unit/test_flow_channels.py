"""A way in needs a flow, a flow needs its groups, and the flow is the same by whichever way a visitor comes."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from chatserver.channels.web.settings import Inbox
from chatserver.dispatch.settings import Group
from chatserver.flow.model import End, Flow, Start, ToGroup
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings.model import Settings
from chatserver.settings.workspace import STREAM, SaveSettings
from tests import test_scenarios
from tests.scenario import Action, Scenario
from tests.world import World

DESK = Flow(
    id="main",
    name="流程",
    nodes=(Start(id="start", next="desk"), ToGroup(id="desk", group="sales", otherwise="end"), End(id="end")),
)
SALES = Group(id="sales", name="售前")
INBOX = Inbox(id="web", name="官网", flow="main")


def refused(settings: Settings) -> tuple[ErrorCode, list[dict[str, str]]]:
    with pytest.raises(Refused) as no:
        World(Settings()).send(STREAM, SaveSettings(settings=settings, by="ann", based_on=1))
    return no.value.code, no.value.data["problems"]


def test_a_way_in_without_a_flow_is_refused_by_name() -> None:
    """S1-5.0, S1-5.2.1b"""
    problem = {"path": "$.inboxes[0].flow", "code": "unknown_flow"}
    assert refused(Settings(inboxes=(INBOX,))) == (ErrorCode.SETTINGS_INVALID, [problem])
    with_flow = Settings(groups=(SALES,), flows=(DESK,), inboxes=(INBOX,))
    assert World(Settings()).send(STREAM, SaveSettings(settings=with_flow, by="ann", based_on=1)).happened


def test_a_flow_leads_only_to_groups_that_exist() -> None:
    """S1-3.1a, S1-5.1.1c: a group that was made can be chosen in the node, one that is gone cannot."""
    problem = {"path": "$.flows[0].nodes[1].group", "code": "group_unknown"}
    assert refused(Settings(flows=(DESK,))) == (ErrorCode.FLOW_INVALID, [problem])


FLOWS = sorted((Path(test_scenarios.__file__).parent / "scenarios").glob("*.scenario"))
NAMES = ("04_flow_hours_menu", "14_ask", "16_jump", "60_bot", "61_bot_fails", "62_webhook")


@pytest.mark.parametrize("channel", ["web", "h5", "wechat_kefu"])
@pytest.mark.parametrize("path", [p for p in FLOWS if p.stem in NAMES], ids=lambda p: p.stem)
def test_a_flow_takes_visitors_of_every_channel_the_same_way(
    path: Path, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-2, S1-5.1.1d: menus, questions, bots, servers and hours."""
    monkeypatch.setattr(test_scenarios, "Scenario", lambda path: _by(channel, path))
    scenario, got, _ = test_scenarios.run_pure(path)
    assert scenario.expected == got


def _by(channel: str, path: Path) -> Scenario:
    """The scenario, as if all its visitors came by `channel`."""
    scenario = Scenario(path)
    scenario.steps = [_moved(step, channel) if isinstance(step, Action) else step for step in scenario.steps]
    return scenario


def _moved(step: Action, channel: str) -> Action:
    opening = getattr(step.input, "opening", None)
    if opening is None:
        return step
    there = replace(opening, visit=replace(opening.visit, channel=channel))
    return replace(step, input=replace(step.input, opening=there))
