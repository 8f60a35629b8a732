"""技能组: a group serves chats, calls or both; conversations are led only to those that serve chats (S1-3.1k)."""

from msgspec.structs import replace

from chatserver import demo
from chatserver.dispatch.settings import Group
from chatserver.settings.model import Settings
from chatserver.settings.validate import problems


def with_sales(**changes: object) -> Settings:
    """The demonstration, whose flow leads to its first group."""
    s = demo.settings()
    return replace(s, groups=(replace(s.groups[0], **changes), *s.groups[1:]))


def test_a_group_serves_chats_unless_it_is_said_otherwise() -> None:
    assert Group(id="g", name="售前").serves == ("chat",)
    assert problems(with_sales(serves=("chat", "call"))) == []


def test_no_flow_leads_to_a_group_for_calls_alone() -> None:
    """S1-3.1k: the settings are refused at the node that does."""
    found = [(p.path, p.code) for p in problems(with_sales(serves=("call",)))]
    assert found == [("$.flows[0].nodes[3].group", "group_without_chat")]


def test_no_queue_flows_over_into_a_group_for_calls_alone() -> None:
    s = demo.settings()
    calls = Group(id="hotline", name="热线", serves=("call",))
    flows_over = replace(s, groups=(replace(s.groups[0], overflow="hotline"), *s.groups[1:], calls))
    assert [(p.path, p.code) for p in problems(flows_over)] == [("$.groups[0].overflow", "group_without_chat")]
