"""What the hub may rely on, whatever the store: all or nothing, one winner, one answer, a log without holes."""

import asyncio

import msgspec
import pytest

from chatserver.hub.ports import Answered, Batch, DuplicateInput, Store, StoredState, VersionConflict
from tests.contracts.batches import NOON, batch, body, change, everything, fill, record
from tests.contracts.conftest import NewStore


async def test_a_commit_is_there_at_once_in_every_view(store: Store) -> None:
    """State, log, wake-up, open list and the answer to the input are all written by the one commit."""
    step = change("conversation/c1", wake_at=NOON)
    first, second = record(1, input_id="i1"), record(2)

    await store.commit(batch(step, first, second))

    assert await store.load("conversation/c1") == StoredState("conversation/c1", 1, step.body, NOON)
    assert await store.list_open("conversation") == [StoredState("conversation/c1", 1, step.body, NOON)]
    assert await store.due(NOON, 10) == [(NOON, "conversation/c1")]
    assert await store.answered("i1") == Answered("i1", "conversation/c1", 1, first.at)
    assert await store.read_log(0, 10) == [first, second]
    assert await store.history("conversation/c1", 0, 10) == [first, second]
    assert await store.head() == 2


async def test_several_streams_are_loaded_at_once(store: Store) -> None:
    """Those that there are, open or not."""
    one, other = change("agent/a1", wake_at=NOON), change("account/a", open=False)
    await store.commit(batch(one, other, change("agent/a2")))
    assert await store.load_all([]) == []
    found = await store.load_all(["agent/a1", "agent/unknown", "account/a"])
    assert {s.stream: s for s in found} == {
        "agent/a1": StoredState("agent/a1", 1, one.body, NOON),
        "account/a": StoredState("account/a", 1, other.body, None),
    }
    many = [change(f"contact/{n}") for n in range(2_000)]
    await store.commit(batch(*many))
    assert {s.stream for s in await store.load_all([c.stream for c in many])} == {c.stream for c in many}


async def test_an_empty_workspace_has_nothing(store: Store) -> None:
    assert await store.head() == 0
    assert await store.read_log(0, 10) == []
    assert await store.history("conversation/c1", 0, 10) == []
    assert await store.load("conversation/c1") is None
    assert await store.list_open("conversation") == []
    assert await store.due(2**53, 10) == []
    assert await store.answered("i1") is None
    await store.commit(Batch((), ()))
    await store.ping()
    assert await store.head() == 0


REFUSED = {
    "a stream that moved on": (change("conversation/c1", 5), record(3)),
    "a stream that is not new": (change("conversation/c1", 0), record(3)),
    "a stream that is not there": (change("conversation/unknown", 1), record(3)),
    "a claim that another holds": (change("conversation/c2", claim="visitor/v1"), record(3)),
    "one claim for two": (change("conversation/c2", claim="x"), change("conversation/c3", claim="x"), record(3)),
    "a hole in the log": (change("conversation/c2"), record(4)),
    "a place in the log that is taken": (change("conversation/c2"), record(2, version=3)),
    "a hole within the batch": (change("conversation/c2"), record(3), record(5)),
    "an event of a stream that is there already": (change("conversation/c2"), record(3, version=2)),
    "an event twice in the batch": (change("conversation/c2"), record(3, version=7), record(4, version=7)),
}


@pytest.mark.parametrize("why", REFUSED)
async def test_what_does_not_fit_is_refused_whole(store: Store, why: str) -> None:
    """One part of a batch that does not fit leaves nothing of the parts that would, whichever comes first."""
    await store.commit(batch(change("conversation/c1", claim="visitor/v1"), record(1), record(2)))
    before = await everything(store)
    good = change("agent/a1", wake_at=NOON, claim="good")

    for parts in ((good, *REFUSED[why]), (*REFUSED[why], good)):
        with pytest.raises(VersionConflict):
            await store.commit(batch(*parts))

        assert await everything(store) == before
        assert await store.load("agent/a1") is None
    await store.commit(batch(good, record(3)))  # neither the claim nor the place in the log was used up


async def test_a_repeated_input_is_refused_whole_and_its_answer_can_be_looked_up(store: Store) -> None:
    await store.commit(batch(change("conversation/c1"), record(1, input_id="i1")))
    before = await everything(store)

    with pytest.raises(DuplicateInput):
        await store.commit(batch(change("conversation/c2"), record(2, "conversation/c2", input_id="i1")))

    assert await everything(store) == before
    assert await store.answered("i1") == Answered("i1", "conversation/c1", 1, NOON + 1)


async def test_a_repeated_input_is_called_so_even_when_the_log_has_moved_on(store: Store) -> None:
    """Of two processes that got the same input, the slower one learns that it is answered, not just that it lost."""
    await store.commit(batch(change("conversation/c1"), record(1, input_id="i1")))

    with pytest.raises(DuplicateInput):
        await store.commit(batch(change("conversation/c1"), record(1, input_id="i1")))


async def test_one_input_cannot_be_answered_twice_in_a_batch(store: Store) -> None:
    with pytest.raises(DuplicateInput):
        await store.commit(batch(record(1, input_id="i1"), record(2, input_id="i1")))
    assert await store.head() == 0


async def test_a_state_is_replaced_by_the_next_one(store: Store) -> None:
    await store.commit(batch(change("conversation/c1", text="早", wake_at=NOON, claim="visitor/v1")))
    await store.commit(batch(change("conversation/c1", 1, text="晚", open=False)))

    assert await store.load("conversation/c1") == StoredState("conversation/c1", 2, body(text="晚"), None)
    assert await store.list_open("conversation") == []
    assert await store.due(2**53, 10) == []
    await store.commit(batch(change("conversation/c2", claim="visitor/v1")))  # let go by the second step


async def test_a_stream_keeps_its_own_claim(store: Store) -> None:
    await store.commit(batch(change("conversation/c1", claim="visitor/v1")))
    await store.commit(batch(change("conversation/c1", 1, claim="visitor/v1"), change("agent/a1")))

    with pytest.raises(VersionConflict):
        await store.commit(batch(change("conversation/c2", claim="visitor/v1")))


async def test_a_claim_passes_on_within_a_batch_whoever_is_named_first(store: Store) -> None:
    """A visitor's old conversation closes and the new one opens in one step."""
    await store.commit(batch(change("conversation/c1", claim="visitor/v1")))
    await store.commit(batch(change("conversation/c2", claim="visitor/v1"), change("conversation/c1", 1, open=False)))
    await store.commit(batch(change("conversation/c2", 1), change("conversation/c3", claim="visitor/v1")))

    with pytest.raises(VersionConflict):
        await store.commit(batch(change("conversation/c4", claim="visitor/v1")))


async def test_two_streams_can_swap_their_claims(store: Store) -> None:
    await store.commit(batch(change("seat/s1", claim="left"), change("seat/s2", claim="right")))
    await store.commit(batch(change("seat/s1", 1, claim="right"), change("seat/s2", 1, claim="left")))

    assert [state.version for state in await store.list_open("seat")] == [2, 2]


async def test_wake_ups_come_earliest_first_then_by_name(store: Store) -> None:
    times = {"c": NOON, "a": NOON + 1, "d": NOON - 5, "b": NOON, "e": NOON + 2}
    await store.commit(batch(*(change(f"conversation/{name}", wake_at=at) for name, at in times.items())))
    await store.commit(batch(change("conversation/asleep")))

    due = [(NOON - 5, "d"), (NOON, "b"), (NOON, "c"), (NOON + 1, "a")]
    assert await store.due(NOON + 1, 10) == [(at, f"conversation/{name}") for at, name in due]
    assert await store.due(NOON + 1, 2) == [(NOON - 5, "conversation/d"), (NOON, "conversation/b")]
    assert await store.due(NOON - 6, 10) == []
    assert await store.due(NOON, 0) == []


async def test_the_open_streams_of_a_kind_come_by_name_and_no_others(store: Store) -> None:
    names = ["conversation/b", "conversation/a", "conversations/x", "conversation", "agent/a", "conversation/é"]
    await store.commit(batch(*(change(name) for name in names), change("conversation/closed", open=False)))

    found = [state.stream for state in await store.list_open("conversation")]
    assert found == ["conversation/a", "conversation/b", "conversation/é"]


async def test_the_log_is_read_in_pages_from_a_cursor(store: Store) -> None:
    await fill(store, 7)

    assert [r.seq for r in await store.read_log(0, 3)] == [1, 2, 3]
    assert [r.seq for r in await store.read_log(3, 3)] == [4, 5, 6]
    assert [r.seq for r in await store.read_log(6, 3)] == [7]
    assert await store.read_log(7, 3) == []
    assert await store.read_log(0, 0) == []


async def test_history_pages_walk_back_through_one_conversation(store: Store) -> None:
    """Even events are c1's, odd ones somebody else's."""
    streams = {0: "conversation/c1", 1: "conversation/c2"}
    await store.commit(batch(*(record(seq, streams[seq % 2]) for seq in range(1, 12))))

    pages, before = [], 0
    while page := await store.history("conversation/c1", before, 2):
        assert {r.stream for r in page} == {"conversation/c1"}
        pages.append([r.seq for r in page])
        before = page[0].seq
    assert pages == [[8, 10], [4, 6], [2]]
    assert [r.seq for r in await store.history("conversation/c1", 9, 100)] == [2, 4, 6, 8]
    assert await store.history("conversation/c1", 0, 0) == []


async def test_commits_that_are_under_way_at_once_are_done_in_the_order_they_came(store: Store) -> None:
    await asyncio.gather(*(store.commit(batch(record(seq))) for seq in range(1, 41)))

    assert [r.seq for r in await store.read_log(0, 100)] == list(range(1, 41))


async def test_one_bad_commit_among_many_fails_alone(store: Store) -> None:
    """Callers that share a transaction do not share each other's mistakes."""
    steps = [store.commit(batch(change(f"conversation/c{n}", 1 if n == 3 else 0))) for n in range(8)]

    outcomes = await asyncio.gather(*steps, return_exceptions=True)

    assert [n for n, outcome in enumerate(outcomes) if outcome is not None] == [3]
    assert isinstance(outcomes[3], VersionConflict)
    assert len(await store.list_open("conversation")) == 7


async def test_a_tailing_reader_never_sees_a_gap(store: Store) -> None:
    """Readers that follow the log by cursor while many write get every record once, in order."""
    last = 120
    head = 0

    async def write(name: int) -> None:
        nonlocal head
        while head < last:
            head += 1
            await store.commit(batch(record(head, f"conversation/c{name}")))

    async def follow() -> list[int]:
        seen: list[int] = []
        while len(seen) < last:
            seen.extend(r.seq for r in await store.read_log(seen[-1] if seen else 0, 7))
        return seen

    *_, first, second = await asyncio.gather(*(write(n) for n in range(8)), follow(), follow())
    assert first == second == list(range(1, last + 1))


BODIES = {
    "chinese, emoji, key order": '{"文本":"您好😀","b":[1,2.5,-0.0,null,true],"a":{"z":"","":[]}}'.encode(),
    "integers that need 64 bits": b'{"small":1,"wide":[9223372036854775807,-9223372036854775808]}',
    "an integer that needs more": b'{"huge":9223372036854775808}',
    "keys like a database's commands": b'{"$where":"1","$ref":"x","$id":1,"a.b":{"$set":{"c":1}}}',
    "a NUL in a text and in a key": b'{"a":"x\\u0000y","n\\u0000":1}',
    "a text alone": '"您好"'.encode(),
    "nothing": b"null",
    "deeper than a document may be": b'{"a":' * 300 + b"1" + b"}" * 300,
    "an object that looks like ours": b'{"_id":1,"workspace":"other","seq":99,"body":{"body":1}}',
}


@pytest.mark.parametrize("what", BODIES)
async def test_what_was_put_in_comes_out(store: Store, what: str) -> None:
    """The same data with the keys in the same order, in a state, in the log and in a document."""
    written = BODIES[what]
    event = msgspec.structs.replace(record(1), body=written)
    for version in (0, 1):  # new, then replaced: the two ways in
        state = msgspec.structs.replace(change("conversation/c1", version), body=written)
        await store.commit(batch(state, *([event] if version == 0 else [])))
        await store.put_document("note", "n1", written)

        stored = await store.load("conversation/c1")
        (logged,) = await store.read_log(0, 1)
        assert stored is not None
        for got in (stored.body, logged.body, await store.get_document("note", "n1")):
            assert _ordered(got) == _ordered(written)


async def test_bytes_that_are_no_json_are_kept_as_they_are(store: Store) -> None:
    await store.put_document("blob", "b1", b"\xff\x00 not json")
    assert await store.get_document("blob", "b1") == b"\xff\x00 not json"


async def test_texts_are_never_taken_for_queries(store: Store) -> None:
    """Names that come from outside are compared, never interpreted."""
    await store.put_document("account", "a1", b"{}")
    await store.commit(batch(change("conversation/c1"), record(1, input_id="i1")))
    for text in ("' OR 1=1 --", '{"$ne":null}', "$where", "%", "*", "conversation/%", '"', "\\", "空 格"):
        assert await store.load(text) is None
        assert await store.answered(text) is None
        assert await store.history(text, 0, 9) == []
        assert await store.get_document("account", text) is None
        assert not await store.delete_document("account", text)
        await store.put_document(text, text, b"1")
        assert await store.list_documents(text, "", 9) == [(text, b"1")]


async def test_everything_is_there_after_a_restart(new_store: NewStore, workspace: str) -> None:
    first = new_store(workspace)
    await first.open()
    await first.commit(batch(change("conversation/c1", wake_at=NOON, claim="visitor/v1"), record(1, input_id="i1")))
    await first.put_document("account", "a1", b"{}")
    before = await everything(first)
    await first.close()

    second = new_store(workspace)
    await second.open()
    await second.open()  # as harmless as once
    assert await everything(second) == before
    assert await second.get_document("account", "a1") == b"{}"
    with pytest.raises(DuplicateInput):
        await second.commit(batch(record(2, input_id="i1")))
    with pytest.raises(VersionConflict):
        await second.commit(batch(change("conversation/c2", claim="visitor/v1")))
    await second.close()


async def test_a_workspace_sees_nothing_of_another(new_store: NewStore, workspace: str) -> None:
    """The same names, positions, claims and inputs are free again in the next workspace."""
    step = batch(change("conversation/c1", wake_at=NOON, claim="visitor/v1"), record(1, input_id="i1"))
    one = new_store(workspace)
    await one.open()
    await one.commit(step)
    await one.put_document("account", "a1", b"1", NOON)
    await one.close()

    other = new_store(f"{workspace}-other")
    await other.open()
    assert await everything(other) == (0, [], [], [], [])
    assert await other.answered("i1") is None
    assert await other.get_document("account", "a1") is None
    assert await other.delete_expired(2**53) == 0
    await other.commit(step)
    await other.close()


async def test_a_closed_store_says_so(new_store: NewStore, workspace: str) -> None:
    store = new_store(workspace)
    await store.open()
    await store.close()
    await store.close()
    for call in (store.ping(), store.head(), store.commit(batch(record(1)))):
        with pytest.raises(RuntimeError, match="not open"):
            await call


def _ordered(body: bytes | None) -> str:
    """JSON with its keys as they stand: two bodies are the same data when this is equal."""
    assert body is not None
    return repr(msgspec.json.decode(body))
