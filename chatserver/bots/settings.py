"""规则机器人 as an administrator writes it: questions with the words that mean them, and their answers."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chatserver.flow.model import NodeId, Text

Phrase = Annotated[str, Meta(min_length=1, max_length=100)]
Question = Annotated[str, Meta(min_length=1, max_length=100)]
Match = Literal["contains", "starts_with", "exact"]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question that the bot knows: meant by its own words, or by any of the `phrases`.

    In a phrase, blanks part words that may stand anywhere, and `*` anything between two parts that stand in this order:
    退 运费, 多久*到货. Letter case, full-width forms and punctuation do not count.
    """

    question: Annotated[Question, Meta(title="问题", description="Question, as it is suggested to visitors")]
    phrases: Annotated[tuple[Phrase, ...], Meta(max_length=50, title="关键词", description="Words that mean it")] = ()
    match: Annotated[Match, Meta(title="匹配方式", description="Where in the visitor's words a phrase must stand")] = (
        "contains"
    )
    answer: Annotated[Text, Meta(min_length=1, title="答案", description="Answer")]
    suggestions: Annotated[
        tuple[Question, ...], Meta(max_length=10, title="推荐问题", description="Questions suggested with the answer")
    ] = ()
    handoff: Annotated[bool, Meta(title="答后转人工", description="Hand over to a person after the answer.")] = False


class RuleBot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """规则机器人."""

    id: NodeId
    name: Annotated[str, Meta(min_length=1, max_length=50, title="机器人名称", description="Name")]
    rules: Annotated[tuple[Rule, ...], Meta(max_length=1_000, title="规则", description="Rules")] = ()
    fallback: Annotated[Text, Meta(title="未识别回复", description="Said when no rule fits.")] = (
        "抱歉，我没有理解您的问题。您可以换个说法，或回复“人工”转人工客服。"
    )
    suggestions: Annotated[
        tuple[Question, ...],
        Meta(max_length=10, title="未识别时推荐", description="Questions suggested when no rule fits"),
    ] = ()
