"""会话消息设置: what an administrator may change about conversations. Durations are whole seconds."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from chatserver.conversation.contact import LeftAnswer
from chatserver.conversation.content import RatingLevel
from chatserver.flow.model import Flow
from chatserver.hours.model import Calendar
from chatserver.kernel.partial import partial

Sentence = Annotated[str, Meta(max_length=500)]

SHORTEST_IDLE = 10
"""Seconds that a visitor has at the least to answer an agent, where silence ends conversations at all."""


LONGEST_REST = 86_400
"""Seconds that a conversation may be silent in its flow at the most."""


class SoothingReply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One 安抚语: after how long a wait, and what is said."""

    after: Annotated[
        int,
        Meta(ge=5, le=86_400, title="等待时长", description="Seconds that the visitor has waited for a person."),
    ]
    text: Annotated[Sentence, Meta(title="安抚语", description="Empty: the built-in sentence.")] = ""


class SatisfactionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """满意度设置. Whoever was served by nobody but the flow is asked only where the workspace chose it."""

    text: Annotated[
        Sentence,
        Meta(title="评价内容", description="`{agent}` stands for the agent's nickname. Empty: the built-in sentence."),
    ] = ""
    levels: Annotated[
        tuple[RatingLevel, ...],
        Meta(min_length=2, max_length=10, title="评价等级", description="Answers, worst first, with their tags."),
    ] = (
        RatingLevel(score=1, label="非常不满意", tags=("响应慢", "态度差", "问题未解决")),
        RatingLevel(score=2, label="不满意", tags=("响应慢", "态度差", "问题未解决")),
        RatingLevel(score=3, label="一般", tags=("响应一般", "问题部分解决")),
        RatingLevel(score=4, label="满意", tags=("响应及时", "态度友好", "问题已解决")),
        RatingLevel(score=5, label="非常满意", tags=("响应及时", "态度友好", "专业细致")),
    )
    on_close: Annotated[
        bool, Meta(title="会话结束时评价", description="Ask when the agent or the visitor ends the conversation.")
    ] = True
    on_idle_close: Annotated[
        bool, Meta(title="超时结束时评价", description="Ask when silence ends the conversation.")
    ] = True
    without_agent: Annotated[
        Sentence,
        Meta(
            title="未接人工的评价内容",
            description="Asks visitors whom no agent served, too, at the end of the conversation. Empty: they are not"
            " asked.",
        ),
    ] = ""
    valid_for: Annotated[
        int, Meta(ge=60, le=2_592_000, title="评价时效", description="Seconds for which a survey can be answered.")
    ] = 86_400


class ConversationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """会话消息设置."""

    idle_close_after: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            title="访客超时自动结束",
            description="Seconds of silence of the visitor after an agent's message before the conversation ends, 10 at"
            " the least; 0: it never ends so, and there is no warning.",
        ),
    ] = 180
    idle_close_text: Annotated[
        Sentence, Meta(title="自动结束会话文案", description="Empty: the built-in sentence.")
    ] = ""
    idle_warn_before: Annotated[
        int,
        Meta(
            ge=0,
            le=3_600,
            title="即将关闭提示",
            description="How many seconds before the idle close the visitor is warned; 0 for no warning.",
        ),
    ] = 60
    idle_warn_text: Annotated[
        Sentence, Meta(title="即将关闭提示文案", description="Empty: the built-in sentence.")
    ] = ""
    soothing: Annotated[
        tuple[SoothingReply, ...],
        Meta(
            max_length=10,
            title="访客等待安抚语",
            description="Said to a visitor who waits for a person, one after the other; cancelled by an agent's reply.",
        ),
    ] = (SoothingReply(after=60),)
    queue_soothing: Annotated[
        Annotated[tuple[SoothingReply, ...], Meta(max_length=10)] | None,
        Meta(title="排队安抚语", description="Said in the queue; none of its own: the same as for a silent agent."),
    ] = None
    hold_soothing: Annotated[
        tuple[SoothingReply, ...],
        Meta(max_length=10, title="挂起安抚语", description="Said to a visitor whom the agent has put on hold."),
    ] = (SoothingReply(after=120),)
    welcome: Annotated[
        Sentence,
        Meta(
            title="欢迎语",
            description="Said in the agent's name when one is assigned; `{agent}` and `{visitor}` are their names. "
            "Empty: none.",
        ),
    ] = ""
    edit_within: Annotated[
        int,
        Meta(ge=0, le=86_400, title="编辑时限", description="Seconds in which agents may change a line; 0 for never."),
    ] = 120
    recall_within: Annotated[
        int,
        Meta(ge=0, le=86_400, title="撤回时限", description="Seconds in which agents may recall a line; 0 for never."),
    ] = 120
    visitor_recall_within: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            title="访客撤回时限",
            description="Seconds in which visitors may take a line back; 0 for never.",
        ),
    ] = 0
    transfer_accept_for: Annotated[
        int,
        Meta(
            ge=0,
            le=300,
            title="转接确认时长",
            description="Seconds in which a colleague must accept a transfer; 0 hands over at once, without asking.",
        ),
    ] = 0
    transfer_waits_for: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            title="转接排队时长",
            description="Seconds after which a conversation that was transferred to a group, and that nobody there has"
            " taken, goes back to the agent who transferred it; 0 for the group's own limit alone.",
        ),
    ] = 600
    returning_within: Annotated[
        int,
        Meta(
            ge=0,
            le=3_650,
            title="回头客时限",
            description="Days for which visitors are led back to the agent who served them last; 0 for any time.",
        ),
    ] = 0
    reopen_within: Annotated[
        int,
        Meta(
            ge=0,
            le=604_800,
            title="会话续接时限",
            description="Seconds after the end in which the visitor's next word goes on with it; 0 for never.",
        ),
    ] = 0
    typing_sign: Annotated[
        bool, Meta(title="正在输入提示", description="Tell each side that the other one is writing.")
    ] = True
    typing_preview: Annotated[
        bool, Meta(title="输入预览", description="Show agents what the visitor writes before it is sent; never kept.")
    ] = False
    read_marks: Annotated[
        bool, Meta(title="已读回执", description="Tell each side how far the other one has read.")
    ] = True
    guided_close_after: Annotated[
        int,
        Meta(
            ge=60,
            le=LONGEST_REST,
            title="自助阶段超时结束",
            description="Seconds of silence before a conversation that reached no agent ends.",
        ),
    ] = 1_800
    satisfaction: SatisfactionSettings = SatisfactionSettings()


if TYPE_CHECKING:

    class OwnConversationSettings(msgspec.Struct, frozen=True):
        """What an inbox has otherwise than the workspace: any of the fields of `ConversationSettings`."""

        def __init__(self, **given: Any) -> None: ...

else:
    OwnConversationSettings = partial(ConversationSettings, "OwnConversationSettings")

Own = Annotated[
    OwnConversationSettings | None,
    Meta(
        title="会话消息设置",
        description="What differs from the workspace's; whatever is not given here is as it is there.",
        extra_json_schema={"x-else": "conversation"},
    ),
]
"""会话消息设置 of an inbox, whichever its channel is."""


class QueueRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation must know of its group: `wait_limit` and `overflow_after` in seconds, 0 for none; what each
    VIP level adds to the priority; whether a conversation is `kept` for an agent who is gone."""

    wait_limit: int = 0
    overflow_after: int = 0
    vip_weight: int = 0
    keeps: bool = False


class ConversationRules(msgspec.Struct, frozen=True, kw_only=True):
    """The settings as one conversation sees them: its own flow version, all calendars, all queue rules by group. A new
    one also sees what has waited for the visitor, the `answers`. `leave_to` is the group that gets what is left for
    none."""

    settings: ConversationSettings
    flow: Flow | None
    calendars: dict[str, Calendar]
    queues: dict[str, QueueRule]
    answers: tuple[LeftAnswer, ...] = ()
    leave_to: str = ""
