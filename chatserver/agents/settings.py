"""座席状态 and what a lost connection means. Durations are whole seconds."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.agents.model import BUILT_IN, READY


class CustomStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A status of the workspace's own, beside ready, busy, rest and offline."""

    key: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
    name: Annotated[str, Meta(min_length=1, max_length=32, title="状态名称")]
    takes_new: Annotated[
        bool, Meta(title="接受新会话", description="Whether new conversations may be assigned in this status.")
    ] = False


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """座席状态设置."""

    statuses: Annotated[tuple[CustomStatus, ...], Meta(max_length=50, title="自定义座席状态")] = ()
    connection_grace: Annotated[
        int,
        Meta(
            ge=5,
            le=3_600,
            title="断线宽限",
            description="Seconds without any connected console after which an agent is offline.",
        ),
    ] = 60

    log_statuses: Annotated[
        bool, Meta(title="记录座席状态", description="Whether the times that agents spend in a status are recorded.")
    ] = True
    misses_limit: Annotated[
        int,
        Meta(
            ge=1,
            le=10,
            title="连续未接次数",
            description="Offers missed or declined one after the other after which the status changes.",
        ),
    ] = 3
    misses_status: Annotated[
        Literal["offline", "rest", "busy"],
        Meta(title="连续未接状态", description="The status after that many missed offers."),
    ] = "offline"

    def takes_new(self, status: str) -> bool:
        """Whether new conversations may be assigned to an agent in this status."""
        return status == READY or any(s.key == status and s.takes_new for s in self.statuses)

    def knows(self, status: str) -> bool:
        return status in BUILT_IN or any(s.key == status for s in self.statuses)
