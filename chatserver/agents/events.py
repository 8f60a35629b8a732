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


class OfferMissCounted(Event, frozen=True, kw_only=True):
    """One missed offer more in a row."""

    conversation: str
    misses: int


class MissesForgotten(Event, frozen=True, kw_only=True):
    """An offer was taken: the row begins anew."""


class DevicesForgotten(Event, frozen=True, kw_only=True):
    """The server started again and knows of no device."""


DeviceEvent = DeviceJoined | DeviceLeft | DevicesForgotten
AnyEvent = ProfileSaved | StatusChanged | DeviceEvent | OfferMissCounted | MissesForgotten
