"""Every sentence of the product exists in every language and needs the same data in each."""

import ast
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec.inspect as mi

import chatserver
from chatserver.access import roles
from chatserver.conversation.content import NoticeContent
from chatserver.conversation.events import AnyEvent
from chatserver.conversation.model import Change, ClosedBy, HandoverEnd, TurnedAwayFor, Undelivered
from chatserver.dispatch import check as groups
from chatserver.flow.problem import ProblemCode as FlowProblem
from chatserver.hours.check import ProblemCode as HoursProblem
from chatserver.hours.holiday_list import ListCode
from chatserver.kernel.errors import ERRORS, ErrorCode
from chatserver.protocol import timeline
from chatserver.settings import validate
from tests.fakes.clock import T0

ROOT = Path(__file__).parents[2]
LOCALES = Path(chatserver.__file__).parent / "locales"
SAID = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(LOCALES.glob("*.json"))}
CHINESE, ENGLISH = SAID["zh-CN"], SAID["en"]

# A notice whose code ends in a reason exists for every reason.
REASONS: dict[str, type[StrEnum]] = {
    "turned_away_": TurnedAwayFor,
    "closed_": ClosedBy,
    "handover_": HandoverEnd,
    "not_delivered_": Undelivered,
}
# Said by the clients instead of "queued" when nobody is ahead.
CLIENTS_OWN = {"queued_first", "rating_asked"}


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def notices() -> Iterator[str]:
    """Every code that a line of the timeline can have, read from the one place that makes them."""
    for node in ast.walk(ast.parse(Path(timeline.__file__).read_text("utf-8"))):
        match node:
            case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                yield code
            case ast.keyword(arg="code", value=ast.JoinedStr(values=[ast.Constant(value=str(prefix)), _])):
                yield from (prefix + reason.value for reason in REASONS[prefix])


def test_both_languages_say_the_same_things() -> None:
    """A key that one language lacks would show as a key."""
    assert set(SAID) == {"zh-CN", "en"}
    assert list(CHINESE) == list(ENGLISH)


def test_a_sentence_needs_the_same_data_in_both_languages() -> None:
    """A name or a number is not lost in translation."""
    assert {k: placeholders(v) for k, v in CHINESE.items()} == {k: placeholders(v) for k, v in ENGLISH.items()}


def test_chinese_is_chinese_and_english_is_english() -> None:
    """Nobody pasted one into the other, and nobody left one empty."""
    han = re.compile(r"[\u4e00-\u9fff]")
    assert [key for key, sentence in CHINESE.items() if not han.search(sentence)] == []
    assert [key for key, sentence in ENGLISH.items() if not sentence.strip() or han.search(sentence)] == []


def test_every_error_code_tells_http_and_the_client_what_to_do() -> None:
    """Every refusal has its row, with a status of the 4xx or 5xx kind."""
    assert set(ERRORS) == set(ErrorCode)
    assert [code for code, row in ERRORS.items() if not 400 <= row.http <= 599] == []


def test_every_error_code_is_translated_and_no_sentence_is_left_over() -> None:
    """A person never reads a code; a sentence about a refusal that nobody gives any more is dropped."""
    said = {key.removeprefix("error.") for key in CHINESE if key.startswith("error.")}
    assert said == {code.value for code in ErrorCode}


def test_every_notice_has_its_sentence_and_no_sentence_is_left_over() -> None:
    """What the system says in a conversation has words, and there are no words that it never says."""
    said = {key.removeprefix("notice.") for key in CHINESE if key.startswith("notice.")}
    assert said == {*notices(), *CLIENTS_OWN}


def examples(kind: mi.Type) -> list[Any]:
    """Values of a type: of what has few values, all of them; of a struct, one for each value of each field."""
    match kind:
        case mi.Metadata():
            return examples(kind.type)
        case mi.UnionType():
            return [value for each in kind.types for value in examples(each)]
        case mi.StructType():
            values = {field.name: examples(field.type) for field in kind.fields}
            first = {name: some[0] for name, some in values.items()}
            return [kind.cls(**first | {name: value}) for name, some in values.items() for value in some]
        case mi.EnumType():
            return list(kind.cls)
        case mi.LiteralType():
            return list(kind.values)
        case mi.NoneType():
            return [None]
        case mi.BoolType():
            return [False, True]
        case mi.DateTimeType():
            return [T0]
        case mi.StrType():
            return ["1"]
        case mi.IntType() | mi.FloatType():
            return [1]
        case mi.ListType() | mi.VarTupleType():
            return [()]
        case _:
            return [{}]


def said_to_visitors() -> Iterator[str]:
    """The code of every line of the system that a visitor can see: of any event, or of what was taken back."""
    for event in examples(mi.type_info(AnyEvent)):
        for change in ((), (Change(line=getattr(event, "line", getattr(event, "id", ""))),)):
            line = timeline.item(1, "c", 1, event, "visitor", change)
            if line is not None and isinstance(line.content, NoticeContent):
                yield line.content.code


def test_visitors_pages_have_a_sentence_for_all_that_is_said_to_visitors_and_no_other() -> None:
    """A code without a sentence would be an empty line there; a sentence that only agents read would be dead weight."""
    config = (ROOT / "widget_build" / "config.mjs").read_text("utf-8")
    (listed,) = re.findall(r"const VISITORS_NOTICES = new Set\(\s*\[(.*?)\]", config, re.DOTALL)
    assert sorted(re.findall(r'"(\w+)"', listed)) == sorted({*said_to_visitors(), *CLIENTS_OWN})


def problem_codes() -> Iterator[str]:
    """What can be wrong with flows, with service hours, with a list of holidays, and with settings."""
    for codes in (FlowProblem, HoursProblem, ListCode):
        yield from (code.value for code in codes)
    for module in (validate, groups, roles):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Problem"), args=[_, ast.Constant(value=str(code)), *_]):
                    yield code
                case ast.Yield(value=ast.Tuple(elts=[_, ast.Constant(value=str(code))])):
                    yield code


def test_every_problem_has_its_sentence() -> None:
    """Whoever draws a flow reads what to do, not a code."""
    said = {key.removeprefix("problem.") for key in CHINESE if key.startswith("problem.")}
    assert set(problem_codes()) - said == set()
