"""A flow is data: it travels as JSON, and its shape is checked before anything else."""

import msgspec
import pytest

from chatserver.flow.condition import Clause
from chatserver.flow.form import FormField
from chatserver.flow.model import (
    Ask,
    Branch,
    Condition,
    End,
    Flow,
    Hours,
    Jump,
    LeaveMessage,
    Menu,
    Option,
    Say,
    Start,
    ToGroup,
    edges,
)

MANY = (
    Clause(fact="visits", op="at_least", value=3),
    Clause(fact="verified", value=True),
    Clause(fact="weekday", op="one_of", value=("sat", "sun")),
    Clause(fact="answer:topic", op="is_not", value="退货"),
)

FLOW = Flow(
    id="main",
    version=3,
    name="默认流程",
    nodes=(
        Start(id="start", title="开始", next="hours"),
        Hours(id="hours", calendar="office", open="menu", closed="leave", x=120.5, y=-40),
        Menu(id="menu", text="请选择", options=(Option(key="1", label="售前", next="say"),), missed="agent"),
        Say(id="say", text="您好", next="ask"),
        Ask(id="ask", text="类型？", field=FormField(key="topic", label="类型"), missed="agent", next="if"),
        Condition(id="if", branches=(Branch(when=MANY, next="agent"),), otherwise="jump"),
        Jump(id="jump", node="menu"),
        ToGroup(id="agent", group="sales", priority=5, otherwise="leave"),
        LeaveMessage(id="leave", text="请留言", next="end"),
        End(id="end", text="再见"),
    ),
)


def test_a_flow_survives_the_trip_through_json_with_every_kind_of_node() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FLOW), type=Flow) == FLOW


def test_the_kinds_on_the_wire_are_the_names_that_the_editor_knows() -> None:
    kinds = [node["type"] for node in msgspec.to_builtins(FLOW)["nodes"]]
    assert kinds == [
        "start", "hours", "menu", "say", "ask", "condition", "jump", "to_group", "leave_message", "end",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ({"type": "say", "id": "a", "text": "hi", "nxt": "b"}, "nxt"),
        ({"type": "sing", "id": "a"}, "sing"),
        ({"type": "say", "id": "", "text": "hi"}, r"\$\.nodes\[0\]\.id"),
        ({"type": "say", "id": "a b", "text": "hi"}, r"\$\.nodes\[0\]\.id"),
        ({"type": "say", "id": "a", "text": "字" * 2001}, r"\$\.nodes\[0\]\.text"),
        ({"type": "menu", "id": "a", "text": "?", "max_misses": 0}, r"\$\.nodes\[0\]\.max_misses"),
        ({"type": "menu", "id": "a", "text": "?", "options": [{"key": "1", "label": "x"}] * 21}, "options"),
        ({"type": "ask", "id": "a", "text": "?"}, "field"),
        (
            {"type": "condition", "id": "a", "branches": [{"when": [{"fact": "visits", "op": "above", "value": 1}]}]},
            r"\$\.nodes\[0\]\.branches\[0\]\.when\[0\]\.op",
        ),
        (
            {"type": "condition", "id": "a", "branches": [{"when": [{"fact": "visits", "value": 1.5}]}]},
            r"\$\.nodes\[0\]\.branches\[0\]\.when\[0\]\.value",
        ),
        ({"type": "to_group", "id": "a", "priority": -1}, r"\$\.nodes\[0\]\.priority"),
    ],
)
def test_data_that_is_no_flow_is_refused_by_its_path(node: dict[str, object], path: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=path):
        msgspec.convert({"id": "main", "name": "流程", "nodes": [node]}, Flow)


def test_a_half_drawn_flow_can_be_kept_as_a_draft() -> None:
    blank = {"type": "menu", "id": "m", "text": "", "options": [{"key": "", "label": ""}]}
    nodes = [{"type": "start", "id": "s"}, blank]
    draft = msgspec.convert({"id": "main", "name": "草稿", "nodes": nodes}, Flow)
    assert draft.nodes == (Start(id="s"), Menu(id="m", text="", options=(Option(key="", label=""),)))


def test_every_way_out_of_a_node_is_named_by_its_field_and_says_whether_the_visitor_is_asked_first() -> None:
    ways = [(node.id, edge.path, edge.to, edge.asks) for node in FLOW.nodes for edge in edges(node)]
    assert ways == [
        ("start", "next", "hours", False),
        ("hours", "open", "menu", False),
        ("hours", "closed", "leave", False),
        ("menu", "options[0].next", "say", True),
        ("menu", "missed", "agent", True),
        ("say", "next", "ask", False),
        ("ask", "missed", "agent", True),
        ("ask", "next", "if", True),
        ("if", "branches[0].next", "agent", False),
        ("if", "otherwise", "jump", False),
        ("jump", "node", "menu", False),
        ("agent", "otherwise", "leave", False),
        ("leave", "next", "end", True),
    ]
