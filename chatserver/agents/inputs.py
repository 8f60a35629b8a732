"""What can come in to an agent. A device is one open console; its id is made by that console."""

from chatserver.agents.model import Profile
from chatserver.kernel.machine import Input


class Saved(Input, frozen=True, kw_only=True):
    """The agent is created or changed."""

    profile: Profile
    by: str = ""


class Renamed(Input, frozen=True, kw_only=True):
    """The agent has another public nickname."""

    nickname: str
    by: str = ""


class SignedIn(Input, frozen=True, kw_only=True):
    """The agent logged in: whoever was offline starts in the initial status."""


class SignedOut(Input, frozen=True, kw_only=True):
    """The agent logged out."""


class StatusChosen(Input, frozen=True, kw_only=True):
    """The agent, or a supervisor (`by`), chose a status."""

    status: str
    by: str = ""


class DeviceConnected(Input, frozen=True, kw_only=True):
    device: str


class DeviceLost(Input, frozen=True, kw_only=True):
    device: str


class Missed(Input, frozen=True, kw_only=True):
    """The agent did not take the conversation that was offered."""

    conversation: str


class Answered(Input, frozen=True, kw_only=True):
    """The agent took what was offered."""


class Finished(Input, frozen=True, kw_only=True):
    """A conversation of the agent is over."""

    conversation: str


class Restarted(Input, frozen=True, kw_only=True):
    """The server started again: no device is connected, whatever the state says."""


class Ticked(Input, frozen=True, kw_only=True):
    """Time has passed."""


DeviceInput = DeviceConnected | DeviceLost | Restarted
StatusInput = SignedIn | SignedOut | StatusChosen
AnyInput = Saved | Renamed | StatusInput | DeviceInput | Missed | Answered | Finished | Finished | Ticked
