"""Scenarios -> what a visitor's page is told (`make gen`): the client's reducer must end where the server stands.

Each file holds `welcome` (the page just after the conversation opened), the `pushes` that followed, and `fresh`,
the welcome that a page opened at the end would get. client/test folds the pushes and compares.
"""

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from chatserver.conversation.model import Conversation
from chatserver.hub.step import Happened
from chatserver.kernel.errors import Refused
from chatserver.protocol.timeline import item
from chatserver.protocol.views import visitor_conversation
from chatserver.protocol.visitor import InboxView, Theme, VisitorConversation, Welcome
from chatserver.protocol.wire import Sent
from tests.scenario import Expect, Scenario
from tests.test_scenarios import ready
from tests.world import MACHINES, World

ROOT = Path(__file__).parents[1]
SCENARIOS = (
    "01_idle_close",
    "03_queue_soothe_assign",
    "04_flow_hours_menu",
    "05_turned_away",
    "06_agent_deeds",
    "21_edit_and_recall",
    "22_visitor_recalls",
    "24_helpers",
)
INBOX = InboxView(title="t", subtitle="", locale="zh-CN", theme=Theme())


def files() -> dict[str, str]:
    """Path from the project's root -> text."""
    return {f"tests/golden/sync/{name}.json": _file(name) for name in SCENARIOS}


def _file(name: str) -> str:
    world = _run(ROOT / "tests" / "scenarios" / f"{name}.scenario")
    sides = [side for id in _conversations(world) if (side := _side(world, id))]
    return msgspec.json.format(msgspec.json.encode(sides), indent=1).decode() + "\n"


def _run(path: Path) -> World:
    scenario = Scenario(path)
    world = World(scenario.settings)
    for step in scenario.steps:
        if isinstance(step, Expect):
            continue
        world.advance_to(step.at)
        if step.input is not None:
            # Some scenarios are about refusals: a page is told nothing of them.
            with contextlib.suppress(Refused):
                world.send(*ready(step, world.states.get))
    return world


def _conversations(world: World) -> list[str]:
    return sorted(c.id for c in world.of_kind("conversation") if c.visit)


def _side(world: World, id: str) -> dict[str, Any] | None:
    """One conversation, as the visitor's page is told of it."""
    c = MACHINES["conversation"].fresh(id)
    happened: list[tuple[int, Happened]] = []
    told: list[tuple[str, Sent]] = []
    start: Welcome | None = None
    for seq, h in enumerate(world.log, 1):
        if h.stream != f"conversation/{id}":
            continue
        c = MACHINES["conversation"].evolve(c, h.event)
        happened.append((seq, h))
        line = item(seq, id, h.version, h.event, "visitor", c.changed)
        if start is None:
            start = _welcome(seq, c, happened)
            continue
        told += [("item", line)] if line else []
        told.append(("conversation", _view(c)))
    if start is None:
        return None
    return {"conversation": id, "welcome": start, "pushes": told, "fresh": _welcome(len(world.log), c, happened)}


def _view(c: Conversation) -> VisitorConversation:
    return visitor_conversation(c, c.ahead, None)


def _welcome(seq: int, c: Conversation, happened: list[tuple[int, Happened]]) -> Welcome:
    """With the lines as they read then; a change is no line of its own."""
    lines = [item(n, c.id, h.version, h.event, "visitor", c.changed) for n, h in happened]
    items = [line for line in lines if line and not line.replaces]
    return Welcome(
        token="t", visitor="v", seq=seq, inbox=INBOX, conversation=_view(c), items=items, more=False, reset=True
    )


if __name__ == "__main__":
    for path, text in files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
