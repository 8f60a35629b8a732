"""A flow 流程 as data: nodes, and the edges that lead from one to the next by id.

Nothing runs here: `validate.py` proves a flow sound, `interpreter.py` walks it. A new kind of node is a struct and an
arm of `edges` here, an arm in each of those two; mypy names the places through `assert_never`.
"""

from typing import Annotated, assert_never

import msgspec
from msgspec import Meta

from chatserver.flow.condition import When
from chatserver.flow.form import FormField
from chatserver.kernel.machine import snake

NodeId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_:.\-]+$(?!\n)")]
Next = Annotated[str, Meta(max_length=64)]
"""The id of the node that follows. Empty while the edge is not drawn yet: such a draft can be kept, not published."""

Text = Annotated[str, Meta(max_length=2000)]
"""What the visitor reads: half of what one message may hold, and WeChat's byte limit cuts it in few pieces."""


class Node(msgspec.Struct, frozen=True, kw_only=True, tag=snake, tag_field="type", forbid_unknown_fields=True):
    """Base of every kind; `title`, `x` and `y` are for the editor's canvas alone."""

    id: NodeId
    title: Annotated[str, Meta(max_length=50, title="节点名称", description="Name of the node")] = ""
    x: float = 0.0
    y: float = 0.0


class Start(Node, frozen=True, kw_only=True):
    """开始: where every visitor enters; exactly one in a flow."""

    next: Next = ""


class Hours(Node, frozen=True, kw_only=True):
    """时间节点: one way inside the calendar's service hours, the other outside."""

    calendar: Annotated[str, Meta(max_length=64, title="服务时间", description="Service hours")] = ""
    open: Next = ""
    closed: Next = ""


class Option(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One choice of a menu; `key` is its lasting name, and what a typing visitor may write."""

    key: Annotated[str, Meta(max_length=32, title="编号", description="Key")]
    label: Annotated[str, Meta(max_length=100, title="选项", description="Label")]
    next: Next = ""


class Menu(Node, frozen=True, kw_only=True):
    """引导菜单: asks, and goes where the visitor chooses.

    After `max_misses` answers that fit no option it goes to `missed`; without `missed` it asks for ever.
    """

    text: Annotated[Text, Meta(title="引导语", description="Question")]
    options: Annotated[tuple[Option, ...], Meta(max_length=20, title="选项", description="Options")] = ()
    max_misses: Annotated[int, Meta(ge=1, le=10, title="未识别次数", description="Misses before going on")] = 3
    missed: Next | None = None


class Ask(Node, frozen=True, kw_only=True):
    """提问: asks for one value, which the visitor's next message is, and keeps it; a select is shown as a menu.

    What the field cannot take is asked for again with the reason `wrong` (empty: the built-in sentence). After
    `max_misses` of them it goes to `missed`; without `missed` it asks for ever.
    """

    text: Annotated[Text, Meta(title="问题", description="Question")]
    field: Annotated[FormField, Meta(title="字段", description="Field; always required")]
    wrong: Annotated[Text, Meta(title="填写有误提示", description="Empty: the built-in sentence.")] = ""
    max_misses: Annotated[int, Meta(ge=1, le=10, title="填写有误次数", description="Misses before going on")] = 3
    missed: Next | None = None
    next: Next = ""


class Branch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of a condition, taken when every clause of `when` holds."""

    when: Annotated[When, Meta(max_length=20, title="条件", description="Clauses, all of which must hold")] = ()
    next: Next = ""


class Condition(Node, frozen=True, kw_only=True):
    """条件判断: the first branch that holds, else `otherwise`. `timezone` is that of the facts `hour` and `weekday`."""

    branches: Annotated[tuple[Branch, ...], Meta(max_length=20, title="分支", description="Branches")] = ()
    otherwise: Next = ""
    timezone: Annotated[str, Meta(min_length=1, max_length=64, title="时区", description="IANA time zone")] = (
        "Asia/Shanghai"
    )


class Jump(Node, frozen=True, kw_only=True):
    """跳转: goes on at another node of the flow, without a line across the whole canvas."""

    node: Annotated[Next, Meta(title="目标节点", description="Target")] = ""


class Say(Node, frozen=True, kw_only=True):
    """发送消息: says something and goes on."""

    text: Annotated[Text, Meta(title="内容", description="Text")]
    next: Next = ""


class Bot(Node, frozen=True, kw_only=True):
    """机器人: answers what the visitor writes, until the visitor or the bot wants a person: then `handoff`.

    So too after `max_misses` questions in a row that the bot had no answer to, and after `max_turns` in all. When it
    does not answer within `timeout` seconds, or breaks, `failed` is next; without `failed`, `handoff`. A keyword of one
    or two characters must be all that the visitor writes (人工), a longer one may stand anywhere (请帮我转人工).
    """

    bot: Annotated[str, Meta(max_length=64, title="机器人", description="Bot")] = ""
    text: Annotated[Text, Meta(title="欢迎语", description="Said on arrival; empty: nothing.")] = ""
    keywords: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=32)], ...],
        Meta(max_length=50, title="转人工关键词", description="Words with which a visitor asks for a person"),
    ] = ("人工", "真人", "转人工", "人工客服", "人工服务")
    max_misses: Annotated[int, Meta(ge=1, le=10, title="连续未答次数", description="Misses before handing over")] = 3
    max_turns: Annotated[int, Meta(ge=1, le=100, title="最多轮数", description="Turns before handing over")] = 30
    timeout: Annotated[int, Meta(ge=1, le=60, title="答复时限", description="Seconds that the bot may take")] = 10
    handoff: Next = ""
    failed: Next | None = None


class Saved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of the answer that is kept, under `key`. `path` leads to it, like `data.orders.0.state`."""

    path: Annotated[str, Meta(min_length=1, max_length=200, title="字段路径", description="Path, with dots")]
    key: Annotated[str, Meta(min_length=1, max_length=32, title="保存为", description="Key")]
    label: Annotated[str, Meta(max_length=100, title="名称", description="Label; empty: the key")] = ""


class Webhook(Node, frozen=True, kw_only=True):
    """接口调用: asks a server of the workspace's own, signed, and keeps what it answers.

    `failed` is next when it does not answer with a success and JSON within `timeout` seconds. `key_version` is raised
    to change the key with which the calls are signed.
    """

    url: Annotated[str, Meta(max_length=2000, title="接口地址", description="http(s) address")] = ""
    timeout: Annotated[int, Meta(ge=1, le=10, title="超时时间", description="Seconds")] = 5
    save: Annotated[tuple[Saved, ...], Meta(max_length=20, title="保存结果", description="Values to keep")] = ()
    key_version: Annotated[int, Meta(ge=1, le=1000, title="密钥版本", description="Version of the key")] = 1
    next: Next = ""
    failed: Next = ""


class ToGroup(Node, frozen=True, kw_only=True):
    """转人工: into the queue of a group. A higher `priority` is served earlier.

    `otherwise` is where those go whom the queue turns away: it is full, nobody is on duty, the wait was too long, or
    the visitor left it.
    """

    group: Annotated[str, Meta(max_length=64, title="服务组", description="Group")] = ""
    priority: Annotated[int, Meta(ge=0, le=100, title="优先级", description="Priority")] = 0
    otherwise: Next = ""


class LeaveMessage(Node, frozen=True, kw_only=True):
    """留言: asks the visitor to fill a form, thanks, and goes on; without `next` the conversation ends there."""

    text: Annotated[Text, Meta(title="引导语", description="Invitation")]
    fields: Annotated[tuple[FormField, ...], Meta(max_length=20, title="字段", description="Fields")] = ()
    thanks: Annotated[Text, Meta(title="感谢语", description="Thanks")] = ""
    group: Annotated[
        str, Meta(max_length=64, title="处理服务组", description="Group that answers; empty: the one last asked for.")
    ] = ""
    next: Next | None = None


class End(Node, frozen=True, kw_only=True):
    """结束: the conversation is over; an empty text ends it silently."""

    text: Annotated[Text, Meta(title="结束语", description="Last words")] = ""


AnyNode = Start | Hours | Menu | Ask | Condition | Jump | Say | Bot | Webhook | ToGroup | LeaveMessage | End


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a flow; a running conversation keeps the published one with which it started. A draft's version is
    that of the published flow that it was drawn from, 0 for none."""

    id: NodeId
    version: Annotated[int, Meta(ge=0)] = 1
    name: Annotated[str, Meta(min_length=1, max_length=50, title="流程名称", description="Name of the flow")]
    nodes: Annotated[tuple[AnyNode, ...], Meta(max_length=200, title="节点", description="Nodes")]

    def node(self, id: str) -> AnyNode | None:
        """The node of that id, or None."""
        return next((node for node in self.nodes if node.id == id), None)


class Edge(msgspec.Struct, frozen=True):
    """A way out of a node. `path` is its field; `asks`: it is taken only after the visitor answered something."""

    path: str
    to: str
    asks: bool = False


def edges(node: AnyNode) -> tuple[Edge, ...]:
    """Every way out of `node`, in the order of its fields; optional edges that are not set are left out."""
    match node:
        case Start() | Say():
            return (Edge("next", node.next),)
        case Hours():
            return (Edge("open", node.open), Edge("closed", node.closed))
        case Menu():
            chosen = tuple(Edge(f"options[{i}].next", o.next, asks=True) for i, o in enumerate(node.options))
            return chosen if node.missed is None else (*chosen, Edge("missed", node.missed, asks=True))
        case Ask():
            answered = (Edge("next", node.next, asks=True),)
            return answered if node.missed is None else (Edge("missed", node.missed, asks=True), *answered)
        case Condition():
            ways = tuple(Edge(f"branches[{i}].next", b.next) for i, b in enumerate(node.branches))
            return (*ways, Edge("otherwise", node.otherwise))
        case Jump():
            return (Edge("node", node.node),)
        case Bot():
            handoff = (Edge("handoff", node.handoff, asks=True),)
            return handoff if node.failed is None else (*handoff, Edge("failed", node.failed, asks=True))
        case Webhook():
            return (Edge("next", node.next), Edge("failed", node.failed))
        case ToGroup():
            return (Edge("otherwise", node.otherwise),)
        case LeaveMessage():
            return () if node.next is None else (Edge("next", node.next, asks=True),)
        case End():
            return ()
    assert_never(node)
