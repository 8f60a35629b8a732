"""The workspace that is measured: five groups with five strategies, a short flow into each, and agents on demand."""

import gc

from chatserver.agents import inputs as ai
from chatserver.agents.model import Profile
from chatserver.channels.web.settings import Inbox
from chatserver.conversation.inputs import Opening
from chatserver.conversation.model import FlowRef, Visit
from chatserver.dispatch.model import Strategy
from chatserver.dispatch.settings import Group
from chatserver.flow import model as f
from chatserver.hub.hub import Hub, stream
from chatserver.hub.step import Envelope
from chatserver.settings.model import Settings
from chatserver.settings.workspace import STREAM, SaveSettings

GROUPS: dict[str, Strategy] = {
    "sales": Strategy.RETURNING_FIRST,
    "support": Strategy.LEAST_LOADED,
    "orders": Strategy.ROUND_ROBIN,
    "returns": Strategy.LONGEST_IDLE,
    "billing": Strategy.LEAST_INBOUND,
}
NAMES = tuple(GROUPS)

TEXT = "您好,请问我上周六下的订单什么时候可以发货?收件地址能不能改成公司,谢谢!"
"""What every visitor says: 37 characters, 103 bytes."""


def settings() -> Settings:
    """One flow and one inbox for each group, named like it."""
    return Settings(
        name="性能测试",
        groups=tuple(Group(id=g, name=g, strategy=strategy) for g, strategy in GROUPS.items()),
        flows=tuple(_flow(g) for g in NAMES),
        inboxes=tuple(Inbox(id=g, name=g, flow=g) for g in NAMES),
    )


def _flow(group: str) -> f.Flow:
    return f.Flow(
        id=group,
        name=group,
        nodes=(
            f.Start(id="start", next="hello"),
            f.Say(id="hello", text="您好，正在为您转接客服。", next="queue"),
            f.ToGroup(id="queue", group=group, otherwise="end"),
            f.End(id="end", text="暂时无人接待，请稍后再来。"),
        ),
    )


def groups_of(n: int, each: int) -> tuple[str, ...]:
    """The groups of the n-th agent: `each` of the five, in turn."""
    return tuple(NAMES[(n + k) % len(NAMES)] for k in range(each))


def agent_id(n: int) -> str:
    return f"bench-agent-{n}"


def profile(n: int, most: int, each: int) -> Profile:
    """The n-th agent, who serves at most `most` at once in `each` groups."""
    name = f"测试座席{n}"
    return Profile(account=agent_id(n), name=name, nickname=name, groups=groups_of(n, each), max=most)


def opening(contact: str, group: str) -> Opening:
    """As the visitors' door makes it."""
    visit = Visit(
        contact=contact,
        inbox=group,
        name="",
        page_url="https://shop.example/orders",
        page_title="我的订单",
    )
    return Opening(visit=visit, flow=FlowRef(id=group, version=1))


async def fill(hub: Hub, agents: int, most: int, each: int) -> None:
    """Settings, and agents who are ready at a console; then what lives on is kept from the collector."""
    await hub.send(Envelope(STREAM, SaveSettings(settings=settings(), by="bench", based_on=0)))
    for n in range(agents):
        name = stream("agent", agent_id(n))
        await hub.send(Envelope(name, ai.Saved(profile=profile(n, most, each))))
        await hub.send(Envelope(name, ai.SignedIn()))
        await hub.send(Envelope(name, ai.DeviceConnected(device="bench")))
    gc.collect()
    gc.freeze()  # as the server does when it has started
