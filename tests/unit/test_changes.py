"""Changed lines: how many a conversation keeps, and how they read wherever they are shown."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.conversation import events as e
from chatserver.conversation import inputs as i
from chatserver.conversation.change import MAX_CHANGED, MAX_CHANGED_TEXT
from chatserver.conversation.content import ImageContent, TextContent
from chatserver.conversation.decide import decide
from chatserver.conversation.evolve import evolve
from chatserver.conversation.model import Conversation, Face, FlowRef, Line, Quote, Visit
from chatserver.conversation.settings import ConversationRules, ConversationSettings
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env
from chatserver.protocol.timeline import QUOTED, item, quote
from tests.fakes.clock import T0

RULES = ConversationRules(settings=ConversationSettings(), flow=None, calendars={}, queues={})
FACE = Face(name="客服一号")


def served() -> Conversation:
    """An agent serves."""
    c = Conversation(id="c1")
    visit = Visit(contact="v1", inbox="web", name="")
    for event in (
        e.Opened(at=T0, visit=visit, flow=FlowRef(id="f", version=1)),
        e.Queued(at=T0, group="g1"),
        e.Assigned(at=T0, agent="a1", face=FACE),
    ):
        c = evolve(c, event)
    return c


def line(id: str, text: str = "您好") -> Line:
    return Line(id=id, at=T0, by="agent", agent="a1", face=FACE, content=TextContent(text=text))


def edited(c: Conversation, id: str, text: str) -> Conversation:
    input = i.AgentEdited(agent="a1", line=line(id), content=TextContent(text=text))
    for event in decide(c, input, Env(T0, RULES)):
        c = evolve(c, event)
    return c


def refused(work: Any) -> ErrorCode:
    with pytest.raises(Refused) as refusal:
        work()
    return refusal.value.code


def test_a_conversation_keeps_a_hundred_changed_lines() -> None:
    """Its state is written again with each step: another line is refused, one of the hundred is not."""
    c = served()
    for n in range(MAX_CHANGED):
        c = edited(c, f"m{n}", "改")
    assert refused(lambda: edited(c, "one more", "改")) is ErrorCode.LIMIT_REACHED
    assert edited(c, "m0", "再改").changed[-1].text == "再改"


def test_all_changed_lines_together_are_not_too_long() -> None:
    """Few, but very long ones are too much as well; taking one back makes room."""
    c, n, long = served(), 0, "长" * 4_000
    while sum(len(x.text or "") for x in c.changed) + len(long) <= MAX_CHANGED_TEXT:
        c, n = edited(c, f"m{n}", long), n + 1
    assert refused(lambda: edited(c, "one more", long)) is ErrorCode.LIMIT_REACHED
    [back] = decide(c, i.AgentRecalled(agent="a1", line=line("m0")), Env(T0, RULES))
    assert edited(evolve(c, back), "one more", long).changed[-1].line == "one more"


def test_the_window_is_exact_and_nought_is_never() -> None:
    """At the last instant it is still allowed, a moment later not."""
    recall, s = i.AgentRecalled(agent="a1", line=line("m1")), RULES.settings
    last = T0 + timedelta(seconds=s.recall_within) - timedelta(microseconds=1)
    assert decide(served(), recall, Env(last, RULES))
    late = Env(T0 + timedelta(seconds=s.recall_within), RULES)
    assert refused(lambda: decide(served(), recall, late)) is ErrorCode.TOO_LATE_TO_CHANGE
    off = Env(T0, replace(RULES, settings=replace(s, recall_within=0)))
    assert refused(lambda: decide(served(), recall, off)) is ErrorCode.TOO_LATE_TO_CHANGE


def test_only_text_is_edited() -> None:
    """A picture can be taken back, and nothing else."""
    picture = ImageContent(media="p", url="/p", name="p.png", size=1, width=1, height=1)
    shown = replace(line("m1"), content=picture)
    edit = i.AgentEdited(agent="a1", line=shown, content=TextContent(text="字"))
    assert refused(lambda: decide(served(), edit, Env(T0, RULES))) is ErrorCode.BAD_REQUEST
    [back] = decide(served(), i.AgentRecalled(agent="a1", line=shown), Env(T0, RULES))
    assert isinstance(back, e.MessageRecalled)
    assert back.content == picture


def test_a_quote_reads_as_the_line_reads_now() -> None:
    """Of an edited line the new words, of a recalled one none: nothing can be read there that is gone elsewhere."""
    said = e.AgentMessage(at=T0, id="m1", agent="a1", face=FACE, content=TextContent(text="密码 四二"))
    shown = item(5, "c1", 4, said, "visitor")
    assert shown
    above = quote(shown)
    assert above == Quote(item="m1", by="agent", name="客服一号", text="密码 四二")
    answer = e.VisitorMessage(at=T0, id="m2", content=TextContent(text="好"), quote=above)
    c = edited(served(), "m1", "见短信")
    now = item(6, "c1", 5, answer, "visitor", c.changed)
    assert now and now.quote and now.quote.text == "见短信"
    [back] = decide(c, i.AgentRecalled(agent="a1", line=line("m1")), Env(T0, RULES))
    gone = item(6, "c1", 5, answer, "agent", evolve(c, back).changed)
    assert gone and gone.quote and (gone.quote.text, gone.quote.kind) == ("", "notice")


def test_a_quote_is_short() -> None:
    """Who quotes a whole page quotes its beginning."""
    said = e.VisitorMessage(at=T0, id="m1", content=TextContent(text="长" * 4_000))
    shown = item(5, "c1", 4, said, "visitor")
    assert shown
    assert len(quote(shown).text) == QUOTED


def test_what_a_line_said_first_is_for_overseers_alone() -> None:
    """The original of a recalled line is on no other page, however late it is read."""
    said = e.AgentMessage(at=T0, id="m1", agent="a1", face=FACE, content=TextContent(text="密码"))
    c = served()
    [back] = decide(c, i.AgentRecalled(agent="a1", line=line("m1")), Env(T0, RULES))
    changed = evolve(c, back).changed
    for event in (said, back):
        for audience in ("visitor", "agent"):
            shown = item(5, "c1", 4, event, audience, changed)
            assert shown and "密码" not in str(shown)
        known = item(5, "c1", 4, event, "overseer", changed)
        assert known and known.original
