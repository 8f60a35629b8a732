"""A rehearsal and the problems of a flow as lines for a person at a terminal."""

from collections.abc import Iterable
from datetime import timedelta

from chatserver.flow.problem import FlowProblem
from chatserver.settings.script import Effect, Rehearsed

SAID = ("text", "label", "value", "group", "agent", "reason", "declined", "bot", "by", "code")
"""Of an event without words of its own, what tells it from others of its kind."""


def of_rehearsal(rehearsed: Rehearsed) -> str:
    """`clock  node  what: words`, one line an effect, and where it stands at the end."""
    stands = f"{rehearsed.phase.value} at {rehearsed.node or '-'}"
    asking = f", waiting for the {rehearsed.asking}" if rehearsed.asking else ""
    return "\n".join([*map(_line, rehearsed.effects), f"= {stands}{asking}"])


def of_problems(problems: Iterable[FlowProblem]) -> str:
    """`severity path code`, one line a problem."""
    return "\n".join(f"{p.severity}: {p.path} {p.code.value}" for p in problems)


def _line(effect: Effect) -> str:
    at = f"+{timedelta(seconds=effect.after)}"
    through = f" (through {', '.join(effect.through)})" if effect.through else ""
    return f"{at:>10}  {effect.node or '-':<14} {effect.kind}{_words(effect)}{through}"


def _words(effect: Effect) -> str:
    said = getattr(effect.line.content, "text", "") if effect.line else ""
    told = ((key, effect.data[key]) for key in SAID if effect.data.get(key))
    said = said or " ".join(key if value is True else str(value) for key, value in told)
    return f": {said}" if said else ""
