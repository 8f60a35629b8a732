"""The workspace's settings as the API has them: read, checked without saving, saved as a whole."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chatserver.access import permissions as p
from chatserver.hub.hub import Hub
from chatserver.hub.plug import Call, Operation
from chatserver.hub.step import Envelope
from chatserver.kernel.tasks import aside
from chatserver.settings import group_door, role_door
from chatserver.settings.load import workspace_settings
from chatserver.settings.model import Settings
from chatserver.settings.validate import Problem, problems, staffed_by, warnings
from chatserver.settings.workspace import STREAM, SaveSettings, Workspace, seen


class SettingsNow(msgspec.Struct, frozen=True, kw_only=True):
    """`version` grows with every change."""

    version: int
    settings: Settings


class SettingsSaved(msgspec.Struct, frozen=True, kw_only=True):
    """What is saved may still be better: `warnings` as the check names them."""

    version: int
    warnings: list[Problem]


class NewSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`based_on` is the version that the editor saw, so that nobody is overwritten."""

    settings: dict[str, Any]
    based_on: Annotated[int, Meta(ge=0)]


class SettingsProblems(msgspec.Struct, frozen=True, kw_only=True):
    """All that is wrong, at once, empty when nothing is; and what could be better, which does not keep from saving."""

    problems: list[Problem]
    warnings: list[Problem]


class SettingsDoor:
    """The operations."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        read, write = p.SETTINGS_READ, p.SETTINGS_WRITE
        self.operations = (
            Operation(
                name="readSettingsSchema", method="GET", path="/settings/schema", requires=read, run=self.schema,
                answers=dict[str, Any],
            ),
            Operation(
                name="readSettings", method="GET", path="/settings", requires=read, run=self.read, answers=SettingsNow,
            ),
            Operation(
                name="saveSettings", method="PUT", path="/settings", requires=write, run=self.save,
                body=NewSettings, answers=SettingsSaved, max_body=2_000_000,
            ),
            Operation(
                name="checkSettings", method="POST", path="/settings/check", requires=read, run=self.check,
                body=dict[str, Any], answers=SettingsProblems, max_body=2_000_000,
            ),
        )  # fmt: skip

    async def schema(self, call: Call) -> dict[str, Any]:
        """The JSON Schema of the settings, from which a form can be drawn."""
        return msgspec.json.schema(Settings)

    async def read(self, call: Call) -> SettingsNow:
        """The workspace's settings."""
        now = self._now()
        return SettingsNow(version=now.version, settings=now.settings)

    async def save(self, call: Call) -> SettingsSaved:
        """Replace the settings as a whole.

        Refused with `conflict` when `based_on` is not the present version, with the path of what is wrong, and with
        `role_in_use` or `group_in_use` when one is left out that agents have.
        """
        wanted = workspace_settings(call.body.settings)
        # Else what is compared here would not be what is replaced there.
        seen(self._now(), call.body.based_on)
        now = self._now().settings
        role_door.may_change(call.actor, now.roles, wanted.roles)
        role_door.may_let_go(now.roles, wanted.roles, self._hub.agents())
        group_door.may_let_go(now.groups, wanted.groups, self._hub.agents())
        input = SaveSettings(settings=wanted, by=call.actor.agent, based_on=call.body.based_on)
        await self._hub.send(Envelope(STREAM, input, call.id))
        self._hub.scheduler.refresh()
        return SettingsSaved(version=self._now().version, warnings=await self._warnings(wanted))

    async def check(self, call: Call) -> SettingsProblems:
        """All that is wrong with settings that are not saved yet."""
        wanted = workspace_settings(call.body)
        return SettingsProblems(problems=await aside(problems, wanted), warnings=await self._warnings(wanted))

    async def _warnings(self, wanted: Settings) -> list[Problem]:
        return await aside(warnings, wanted, staffed_by(self._hub.agents()))

    def _now(self) -> Workspace:
        now: Workspace = self._hub.held("workspace", "main")
        return now
