"""What can have happened to an agent."""

from chatserver.agents.model import Cause, Profile
from chatserver.kernel.machine import Event


class ProfileSaved(Event, frozen=True, kw_only=True):
    """The agent is created or changed; `before` is the account that was had until now, `by` who saved it."""

    profile: Profile
    before: str = ""
    by: str = ""


class StatusChanged(Event, frozen=True, kw_only=True):
    """座席状态变更. `before` makes a log line readable by itself; `by` is who chose it, when it was not the agent.
    `logged`: the workspace wants it in the statistics (数据统计)."""

    status: str
    before: str
    cause: Cause
    by: str = ""
    logged: bool = True


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


class WorkFinished(Event, frozen=True, kw_only=True):
    """A conversation of the agent is over; its place on the floor is free from now on."""

    conversation: str


class DevicesForgotten(Event, frozen=True, kw_only=True):
    """The server started again and knows of no device."""


DeviceEvent = DeviceJoined | DeviceLeft | DevicesForgotten
AnyEvent = ProfileSaved | StatusChanged | DeviceEvent | OfferMissCounted | MissesForgotten | WorkFinished
