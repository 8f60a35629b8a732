"""What can have happened to an agent."""

from chatserver.agents.model import Cause, Profile
from chatserver.kernel.machine import Event


class ProfileSaved(Event, frozen=True, kw_only=True):
    profile: Profile


class StatusChanged(Event, frozen=True, kw_only=True):
    """座席状态变更. `before` makes a log line readable by itself."""

    status: str
    before: str
    cause: Cause


class DeviceJoined(Event, frozen=True, kw_only=True):
    device: str


class DeviceLeft(Event, frozen=True, kw_only=True):
    device: str


class DevicesForgotten(Event, frozen=True, kw_only=True):
    """The server started again and knows of no device."""


AnyEvent = ProfileSaved | StatusChanged | DeviceJoined | DeviceLeft | DevicesForgotten
