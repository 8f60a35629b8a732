"""What a log says, record by record: the settings, the agents and the floor up to any moment. Pure.

Knows nothing of stores. Conversations are not folded here: they are many, and the floor knows all that it decides by.
"""

from datetime import datetime
from typing import Any

import msgspec

from chatserver import app
from chatserver.dispatch.model import Floor
from chatserver.dispatch.settings import DispatchRules
from chatserver.hub.machines import CORE, FLOOR, Codec, Machines, id_of, kind_of
from chatserver.hub.ports import LogRecord
from chatserver.hub.step import View
from chatserver.kernel.machine import Env
from chatserver.settings import workspace
from chatserver.settings.rules import WorkspaceRules
from chatserver.settings.workspace import Workspace

MACHINES: Machines = {m.kind: m for m in (*CORE, *app.MACHINES)}
CODEC = Codec(MACHINES)

FOLDED = ("workspace", "agent", "floor")
"""The kinds of streams that `Past` keeps."""


class LogBroken(RuntimeError):
    """The log contradicts itself or cannot be read: where, and how."""

    def __init__(self, record: LogRecord, why: str) -> None:
        super().__init__(f"The log cannot be followed at seq {record.seq} ({record.stream}): {why}.")


def event_of(record: LogRecord) -> Any:
    """Raises `LogBroken` for what is no event of its stream."""
    try:
        return CODEC.event(record.stream, record.body)
    except (KeyError, msgspec.DecodeError) as failure:
        raise LogBroken(record, f"not an event that this version knows: {failure}") from None


class Past:
    """`states` holds the settings, the agents and the floor after the last record that was folded."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {name: fresh(name) for name in (workspace.STREAM, FLOOR)}
        self._rules = WorkspaceRules()

    def fold(self, record: LogRecord, event: Any) -> None:
        """Take in the next record of a kind in `FOLDED`. Raises `LogBroken` when it does not follow."""
        name = record.stream
        state = self.states.get(name) or fresh(name)
        if record.version != state.version + 1:
            raise LogBroken(record, f"version {record.version} follows version {state.version}")
        try:
            self.states[name] = MACHINES[kind_of(name)].evolve(state, event)
        except KeyError as missing:
            raise LogBroken(record, f"it speaks of {missing}, of whom nothing is known") from None

    def env(self, now: datetime) -> Env[DispatchRules]:
        """What the floor knows beside itself, with the settings in force now."""
        return self._rules.env(View(self.states), "floor", None, None, now)

    @property
    def floor(self) -> Floor:
        floor: Floor = self.states[FLOOR]
        return floor

    @property
    def workspace(self) -> Workspace:
        found: Workspace = self.states[workspace.STREAM]
        return found


def fresh(name: str) -> Any:
    """The state of a stream to which nothing has happened."""
    return MACHINES[kind_of(name)].fresh(id_of(name))
