"""The shape that every state machine of the product has: three pure functions.

    decide(state, input, env) -> [event]      what happens; refuses by raising `Refused`
    evolve(state, event)      -> state        what that makes of the state; never refuses
    wake_at(state, settings)  -> instant|None when the state wants to be told that time has passed (`Ticked`)

Time comes in `env.now`, ids come in the input; a machine asks nobody for either.
"""

import re
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

C = TypeVar("C")


class Env(msgspec.Struct, Generic[C], frozen=True):
    """What a decision may know besides the state: the time (aware, UTC) and the settings."""

    now: datetime
    settings: C


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """The wire tag of a class: `VisitorSpoke` -> `visitor_spoke`."""
    return _HUMP.sub("_", name).lower()


class Input(msgspec.Struct, frozen=True, kw_only=True, tag=snake, tag_field="type", forbid_unknown_fields=True):
    """Something that came in. Subclasses are plain data, tagged by their snake-case name."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=snake, tag_field="type", forbid_unknown_fields=True):
    """A fact that happened, at an instant."""

    at: datetime
