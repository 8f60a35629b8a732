"""会话消息设置: what may not be saved, for the workspace and for an inbox of its own; and the blanks in sentences."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chatserver import demo
from chatserver.agents import inputs as ai
from chatserver.agents.decide import decide as decide_agent
from chatserver.agents.model import Agent, Profile
from chatserver.agents.settings import AgentSettings
from chatserver.channels.wechat_kefu.settings import KefuInbox
from chatserver.conversation.model import Conversation, Face, Visit
from chatserver.conversation.settings import ConversationSettings, OwnConversationSettings, SoothingReply
from chatserver.conversation.welcome import said
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.kernel.machine import Env
from chatserver.kernel.partial import over
from chatserver.kernel.placeholders import fill, unknown
from chatserver.settings.model import Settings
from chatserver.settings.validate import problems
from tests.fakes.clock import T0

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"idle_close_after": 60, "idle_warn_before": 60}, "idle_warn_before", "warning_not_before_close"),
    ({"idle_close_after": 9, "idle_warn_before": 0}, "idle_close_after", "idle_close_too_short"),
    ({"satisfaction": {"text": "请评价{agent_name}"}}, "satisfaction.text", "unknown_placeholder"),
    ({"satisfaction": {"levels": [{"score": 2, "label": "好"}, {"score": 1, "label": "差"}]}},
     "satisfaction.levels", "scores_not_ascending"),
    ({"welcome": "您好，{name}"}, "welcome", "unknown_placeholder"),
    ({"soothing": [{"after": 60}, {"after": 30}]}, "soothing", "stages_not_ascending"),
    ({"queue_soothing": [{"after": 60}, {"after": 60}]}, "queue_soothing", "stages_not_ascending"),
    ({"hold_soothing": [{"after": 60}, {"after": 30}]}, "hold_soothing", "stages_not_ascending"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "path", "code"), WRONG)
def test_what_contradicts_itself_is_not_saved(given: dict[str, Any], path: str, code: str) -> None:
    """The same is wrong in the workspace's settings and in an inbox's own (S1-5.3.1b, S1-5.3.3c)."""
    talk = msgspec.convert(given, ConversationSettings)
    everywhere = replace(demo.settings(), conversation=talk)
    assert [(p.path, p.code) for p in problems(everywhere)] == [(f"$.conversation.{path}", code)]
    here, own = demo.settings(), msgspec.convert(given, OwnConversationSettings)
    inbox = replace(here.inboxes[0], conversation=own)
    alone: Settings = replace(here, inboxes=(inbox, *here.inboxes[1:]))
    assert [(p.path, p.code) for p in problems(alone)] == [(f"$.inboxes[0].conversation.{path}", code)]
    kefu = KefuInbox(id="kf", name="微信", corp="c", open_kfid="wk1", flow=here.flows[0].id, conversation=own)
    wechat = replace(here, kefu=(kefu,))
    assert [(p.path, p.code) for p in problems(wechat)] == [(f"$.kefu[0].conversation.{path}", code)]
    both = replace(alone, conversation=talk)
    assert [p.path for p in problems(both)] == [f"$.conversation.{path}"], "said once, where it comes from"


def test_an_inbox_and_the_workspace_together_must_not_contradict_each_other() -> None:
    """Each alone is fine; the warning of the one would come after the end of the other."""
    here = demo.settings()
    short = replace(here.inboxes[0], conversation=OwnConversationSettings(idle_close_after=30))
    [problem] = problems(replace(here, inboxes=(short, *here.inboxes[1:])))
    assert (problem.path, problem.code) == ("$.inboxes[0].conversation.idle_warn_before", "warning_not_before_close")


def test_settings_that_an_inbox_was_given_as_a_whole_mean_what_they_meant() -> None:
    """What older versions have stored names every field."""
    whole = ConversationSettings(idle_close_after=600, queue_soothing=None)
    old = msgspec.json.decode(msgspec.json.encode(whole), type=OwnConversationSettings)
    now = ConversationSettings(welcome="欢迎", read_marks=False, queue_soothing=(SoothingReply(after=30),))
    assert over(now, old) == whole
    stored = msgspec.json.encode(OwnConversationSettings(idle_close_after=600))
    assert stored == b'{"idle_close_after":600}'
    survey = msgspec.convert({"satisfaction": {"on_close": False}}, OwnConversationSettings)
    kept = replace(now, satisfaction=replace(now.satisfaction, text="请评价"))
    assert over(kept, survey) == replace(kept, satisfaction=replace(kept.satisfaction, on_close=False))


def test_an_agents_own_welcome_has_the_same_blanks() -> None:
    """Refused when it is saved, not when a visitor reads it."""
    profile = Profile(account="a", name="a", nickname="a", welcome="我是{nick}")
    with pytest.raises(Refused) as refusal:
        decide_agent(Agent(id="a1"), ai.Saved(profile=profile), Env(T0, AgentSettings()))
    assert refusal.value.code is ErrorCode.UNKNOWN_PLACEHOLDER
    assert decide_agent(
        Agent(id="a1"), ai.Saved(profile=replace(profile, welcome="我是{agent}")), Env(T0, AgentSettings())
    )


@pytest.mark.parametrize(
    ("name", "locale", "greeted"),
    [
        ("张三", "zh-CN", "张三您好"),
        ("", "zh-CN", "访客您好"),
        ("", "en", "there您好"),
        ("{agent}", "en", "{agent}您好"),
    ],
)
def test_a_visitor_is_greeted_by_name_or_kindly_without(name: str, locale: str, greeted: str) -> None:
    """A name is a name, even one that looks like a blank."""
    c = Conversation(id="c1", visit=Visit(contact="v", inbox="web", name=name, locale=locale))
    settings = ConversationSettings(welcome="{visitor}您好")
    [welcome] = said(c, "a1", Face(name="小李"), "", settings, T0)
    assert getattr(welcome, "text", None) == greeted
    assert said(replace(c, welcomed="a1"), "a1", Face(name="小李"), "", settings, T0) == []
    assert said(c, "a1", Face(name="小李"), "", ConversationSettings(), T0) == []


def test_blanks_are_found_and_filled_once() -> None:
    """Names between braces, and nothing else."""
    assert unknown("{a} {b} {} { a }", ("a",)) == ["", " a ", "b"]
    assert fill("{a}{b}{c", {"a": "{b}", "b": "x"}) == "{b}x{c"
