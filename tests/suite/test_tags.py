"""标签: the tree of tags, its limits, and what a change of it means for conversations that carry them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatserver.conversation import events as c
from chatserver.hub.relay import Entry
from chatserver.hub.step import Envelope, Happened
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.suite.fields import tags, uses
from chatserver.suite.fields.plug import PLUG
from tests.fakes.clock import T0
from tests.suite.office import Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await Office(PLUG).open()
    yield office
    await office.close()


async def made(office: Office, name: str, parent: str | None = None) -> str:
    tag: dict[str, Any] = await office.ask("zhu", "createTag", {"name": name, "parent": parent})
    return str(tag["id"])


def names(tree: list[dict[str, Any]]) -> list[Any]:
    """A tree as nested lists of names."""
    return [[t["name"], *names(t["children"])] if t["children"] else t["name"] for t in tree]


async def tree(office: Office) -> list[Any]:
    return names((await office.ask("li", "listTags"))["items"])


async def carry(office: Office, conversation: str, *ids: str, seq: int) -> None:
    """The conversation is tagged, as the log tells the subscriber."""
    event = c.Tagged(at=T0, tags=ids, agent="li")
    entry: Entry = (seq, Happened(f"conversation/{conversation}", seq, event))
    await uses.Uses(office.hub, office.store.rows).handle([entry])


async def test_neighbours_have_different_names(office: Office) -> None:
    """S1-12.4a: a second one of the same name is refused with 409; on another level it is fine."""
    refund = await made(office, "退款")
    assert await office.refused("zhu", "createTag", {"name": "退款"}) == ("name_taken", {"name": "退款"})
    assert (await office.refused("zhu", "createTag", {"name": " 退款 "}))[0] == "name_taken"
    await made(office, "退款", refund)
    assert await tree(office) == [["退款", "退款"]]


async def test_width_and_case_make_no_second_name(office: Office) -> None:
    """S1-12.4a: what looks the same is the same."""
    await made(office, "VIP 客户")
    assert (await office.refused("zhu", "createTag", {"name": "ｖｉｐ  客户"}))[0] == "name_taken"


async def test_a_name_has_fifty_characters(office: Office) -> None:
    """S1-12.4b: counted as people count, whatever the characters."""
    for char in ("a", "标", "𠮷", "😀"):
        tag = await office.ask("zhu", "createTag", {"name": char * 50})
        assert tag["name"] == char * 50
        with pytest.raises(Exception, match="length <= 50"):
            await office.ask("zhu", "createTag", {"name": char * 51})
        with pytest.raises(Refused, match="bad_request"):
            await office.hub.send(Envelope(tags.STREAM, tags.CreateTag(id="x", name=char * 51, parent=None, by="zhu")))


async def test_a_name_is_not_blank(office: Office) -> None:
    """Nobody could tap it."""
    assert (await office.refused("zhu", "createTag", {"name": "  "}))[0] == "bad_request"


async def test_there_are_a_thousand_at_most_however_many_ask_at_once(office: Office) -> None:
    """S1-12.4c: of fifty that come together at 990, ten are made; those switched off count too."""
    first = await made(office, "0")
    await office.ask("zhu", "changeTag", {"active": False}, id=first)
    for n in range(1, 990):
        await office.hub.send(Envelope(tags.STREAM, tags.CreateTag(id=f"t{n}", name=str(n), parent=None, by="zhu")))
    asked = (office.ask("zhu", "createTag", {"name": f"new {n}"}) for n in range(50))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [a for a in answers if isinstance(a, Refused)]
    assert len(refused) == 40
    assert {r.code for r in refused} == {ErrorCode.LIMIT_REACHED}
    assert refused[0].data == {"limit": 1_000}
    assert (await office.ask("li", "listTags"))["count"] == 1_000


async def test_a_tag_that_is_off_stays_on_what_has_it(office: Office) -> None:
    """S1-12.4d: it is offered no more, nor is what stands below it; who has it keeps it."""
    complaint = await made(office, "投诉")
    slow = await made(office, "物流慢", complaint)
    await office.ask("zhu", "changeTag", {"active": False}, id=complaint)
    now = office.hub.held("tags", "main")
    assert tags.unfit(now, [complaint, slow]) == [complaint, slow]
    assert tags.unfit(now, [complaint, slow], had=[complaint, slow]) == []
    assert names((await office.ask("li", "listTags"))["items"]) == [["投诉", "物流慢"]]


async def test_a_tag_that_does_not_exist_is_not_given(office: Office) -> None:
    """Not even to what claims to have had it."""
    now = office.hub.held("tags", "main")
    assert tags.unfit(now, ["nobody's"], had=["nobody's"]) == ["nobody's"]


async def test_a_new_name_is_the_name_everywhere(office: Office) -> None:
    """S1-12.4e: records hold the id, which does not change."""
    refund = await made(office, "退款")
    changed = await office.ask("zhu", "changeTag", {"name": "退款退货"}, id=refund)
    assert (changed["id"], changed["name"]) == (refund, "退款退货")
    assert await tree(office) == ["退款退货"]


async def test_a_rename_to_itself_is_no_conflict(office: Office) -> None:
    """Saving without a change changes nothing."""
    refund = await made(office, "退款")
    head = office.hub.head
    await office.ask("zhu", "changeTag", {"name": "退款", "active": True}, id=refund)
    assert office.hub.head == head


async def test_deleting_warns_with_the_count_first(office: Office) -> None:
    """S1-12.4e: the warning counts what is below too, and only its number deletes; conversations lose the tags."""
    refund = await made(office, "退款")
    partly = await made(office, "部分退款", refund)
    other = await made(office, "物流")
    await carry(office, "c1", refund, other, seq=100)
    await carry(office, "c2", partly, seq=101)
    warning = {"deleted": False, "tags": 2, "uses": 2}
    assert await office.ask("zhu", "deleteTag", id=refund) == warning
    assert await office.ask("zhu", "deleteTag", None, {"confirm": 1}, id=refund) == warning
    assert len(await tree(office)) == 2
    gone = await office.ask("zhu", "deleteTag", None, {"confirm": "2"}, id=refund)
    assert gone == {"deleted": True, "tags": 2, "uses": 2}
    assert await tree(office) == ["物流"]
    await office.hub.caught_up(uses.NAME)
    kept = uses.Uses(office.hub, office.store.rows)
    assert (await kept.count([refund, partly]), await kept.count([other])) == (0, 1)


async def test_the_count_follows_what_conversations_carry(office: Office) -> None:
    """The last word on a conversation counts."""
    a, b = await made(office, "甲"), await made(office, "乙")
    kept = uses.Uses(office.hub, office.store.rows)
    await carry(office, "c1", a, b, seq=100)
    await carry(office, "c1", b, seq=101)
    assert (await kept.count([a]), await kept.count([b])) == (0, 1)
    await carry(office, "c1", seq=102)
    assert await kept.count([a, b]) == 0


async def test_tags_are_moved_and_sorted(office: Office) -> None:
    """In front of a neighbour, or last; never below themselves."""
    a, b, d = [await made(office, name) for name in "甲乙丁"]
    await office.ask("zhu", "changeTag", {"before": a}, id=d)
    assert await tree(office) == ["丁", "甲", "乙"]
    await office.ask("zhu", "changeTag", {"before": None}, id=d)
    await office.ask("zhu", "changeTag", {"parent": a}, id=b)
    assert await tree(office) == [["甲", "乙"], "丁"]
    code, data = await office.refused("zhu", "changeTag", {"parent": b}, id=a)
    assert (code, data["path"]) == ("bad_request", "$.parent")
    code, data = await office.refused("zhu", "changeTag", {"before": b}, id=d)
    assert (code, data["path"]) == ("bad_request", "$.before")
    await made(office, "乙")
    assert (await office.refused("zhu", "changeTag", {"parent": None}, id=b))[0] == "name_taken"


async def test_the_tree_has_ten_levels(office: Office) -> None:
    """Made there or moved there."""
    at = None
    for _ in range(10):
        at = await made(office, "层", at)
    assert (await office.refused("zhu", "createTag", {"name": "层", "parent": at}))[0] == "bad_request"
    top = await made(office, "顶")
    root = (await office.ask("li", "listTags"))["items"][0]["id"]
    assert (await office.refused("zhu", "changeTag", {"parent": top}, id=root))[0] == "bad_request"


async def test_a_repeated_request_makes_one_tag(office: Office) -> None:
    """And has the same answer."""
    first = await office.ask("zhu", "createTag", {"name": "一次"}, key="k1")
    assert await office.ask("zhu", "createTag", {"name": "一次"}, key="k1") == first
    assert await tree(office) == ["一次"]


@pytest.mark.parametrize("who", ["li", "ban"])
async def test_only_who_may_tends_the_tags(office: Office, who: str) -> None:
    """Everybody reads them."""
    tag = await made(office, "退款")
    assert (await office.refused(who, "createTag", {"name": "新"}))[0] == "forbidden"
    assert (await office.refused(who, "changeTag", {"name": "新"}, id=tag))[0] == "forbidden"
    assert (await office.refused(who, "deleteTag", id=tag))[0] == "forbidden"
    assert (await office.refused("zhu", "deleteTag", id="none"))[0] == "not_found"
    assert await tree(office) == ["退款"]
