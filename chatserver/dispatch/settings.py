"""服务组: how each group queues and assigns. Durations are whole seconds."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.dispatch.model import Strategy

GroupId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-]+$(?!\n)")]


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """服务组/技能组: a queue, and the agents who serve it."""

    id: GroupId
    name: Annotated[str, Meta(min_length=1, max_length=100, title="服务组名称")]
    serves: Annotated[
        tuple[Literal["chat", "call"], ...],
        Meta(min_length=1, max_length=2, title="服务类型", description="A group serves chats, calls or both."),
    ] = ("chat",)
    strategy: Annotated[
        Strategy, Meta(title="分配策略", description="How the best of several eligible agents is chosen.")
    ] = Strategy.LEAST_LOADED
    secondary: Annotated[
        Strategy, Meta(title="次要策略", description="Decides where returning_first has nobody to return to.")
    ] = Strategy.LEAST_LOADED
    queue_limit: Annotated[
        int, Meta(ge=0, le=100_000, title="排队人数上限", description="Most visitors that may wait; 0 for no limit.")
    ] = 0
    wait_limit: Annotated[
        int,
        Meta(ge=0, le=86_400, title="排队时长上限", description="Longest wait in seconds; 0 for no limit."),
    ] = 0
    overflow: Annotated[
        str,
        Meta(
            max_length=64,
            title="溢出服务组",
            description="The group that takes visitors while this one's queue is full or nobody is on duty; or none.",
        ),
    ] = ""
    overflow_after: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            title="溢出等待时长",
            description="Seconds of waiting after which a visitor goes to the overflow group as well; 0 for never.",
        ),
    ] = 0
    vip_weight: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            title="VIP 权重",
            description="How much each VIP level adds to the priority of whoever joins the queue; 0 for nothing.",
        ),
    ] = 0
    when_nobody: Annotated[
        Literal["turn_away", "wait"],
        Meta(title="无人值班时", description="What happens to visitors while no agent of the group is on duty."),
    ] = "turn_away"
    offer_for: Annotated[
        int,
        Meta(
            ge=0,
            le=300,
            title="接入确认时长",
            description="Seconds in which an agent must accept a visitor; 0 assigns at once, without asking.",
        ),
    ] = 0
    when_agent_gone: Annotated[
        Literal["requeue", "keep"],
        Meta(title="座席离线时", description="What happens to the conversations of an agent who is gone."),
    ] = "requeue"


class DispatchRules(msgspec.Struct, frozen=True, kw_only=True):
    """The settings as the floor sees them: the groups by id, and the window in which matches are counted now."""

    groups: dict[str, Group]
    window: str

    def group(self, id: str) -> Group:
        """By its own rules, or by the defaults for one that is no longer in the settings."""
        return self.groups.get(id) or Group(id=id, name=id)
