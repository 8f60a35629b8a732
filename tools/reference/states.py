"""docs/states.md: how a conversation moves, drawn from the table of transitions."""

from chatserver.conversation.model import ClosedBy, Phase, TurnedAwayFor
from chatserver.conversation.transitions import TRANSITIONS
from chatserver.kernel.machine import Event, snake
from tools.reference.locales import sentences
from tools.reference.markdown import code, fenced, first_paragraph, page, table

PHASES: dict[Phase, tuple[str, str]] = {
    Phase.NEW: ("未开始", "Nothing has happened yet; no log line exists."),
    Phase.GUIDED: ("流程接待", "The flow speaks: greetings, menus, service hours."),
    Phase.QUEUED: ("排队中", "The visitor waits for an agent of a group."),
    Phase.SERVING: ("人工接待中", "An agent serves. The idle warning and the idle close belong here."),
    Phase.LEAVING_MESSAGE: ("留言中", "A form stands open; the visitor may fill it instead of waiting."),
    Phase.CLOSED: ("已结束", "Over. The visitor's next word begins another, or takes this one up when it comes soon."),
}

INTRO = """
Every conversation is in one phase. An event moves it to another or leaves it where it is; an event without a row here
cannot happen, and a test demands that the scenarios take every row. The table in the code is
`chatserver/conversation/transitions.py`.
"""


def states() -> str:
    return page(
        "Phases of a conversation 会话状态",
        INTRO,
        "## Picture\n\nEvents that stay in the phase are left out here; the table below has them all.",
        fenced("mermaid", diagram()),
        "## Phases 状态",
        table(("Phase", "中文", "Meaning"), ((code(p.value), *PHASES[p]) for p in Phase)),
        "## Transitions 流转",
        "Down: the event. Across: the phase before. In the cell: the phase after; where a cell is empty, the event "
        "cannot happen.",
        transitions(),
        "## Reasons 原因",
        "Why a queue turned a visitor away, and what the visitor reads:",
        reasons(TurnedAwayFor, "turned_away"),
        "What ended a conversation, and what the visitor reads unless the settings or the flow have other words:",
        reasons(ClosedBy, "closed"),
    )


def events() -> list[type[Event]]:
    """Every event of the table, in the order in which it is first mentioned."""
    return list(dict.fromkeys(event for row in TRANSITIONS.values() for event in row))


def diagram() -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {Phase.NEW.value}"]
    for before, row in TRANSITIONS.items():
        for after in dict.fromkeys(row.values()):
            names = [snake(event.__name__) for event, to in row.items() if to is after]
            if after is not before:
                lines.append(f"    {before.value} --> {after.value}: {', '.join(names)}")
    return "\n".join([*lines, f"    {Phase.CLOSED.value} --> [*]"])


def transitions() -> str:
    def row(event: type[Event]) -> list[str]:
        after = [code(to.value) if (to := TRANSITIONS[p].get(event)) else "" for p in Phase]
        return [code(snake(event.__name__)), *after, first_paragraph(event)]

    return table(("Event", *(p.value for p in Phase), "What happened"), (row(event) for event in events()))


def reasons(kind: type[TurnedAwayFor] | type[ClosedBy], notice: str) -> str:
    """Each reason with the sentence that the visitor reads, unless an administrator wrote another."""
    zh, en = sentences("zh-CN"), sentences("en")
    keys = ((r.value, f"notice.{notice}_{r.value}") for r in kind)
    return table(("Reason", "中文", "English"), ((code(reason), zh[key], en[key]) for reason, key in keys))
