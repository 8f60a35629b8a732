"""Which letter goes out when: order within a conversation, patience with one that fails, and with a receiver that is
down (no network, no store)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatserver.suite.integrations.lanes import DOWN_AFTER, KNOCKS, RETRIES, Lanes, Letter
from tests.fakes.clock import T0


def lanes(*names: str) -> Lanes:
    """Letters 1, 2, … of these conversations, just read."""
    made = Lanes()
    for seq, lane in enumerate(names, 1):
        made.add(Letter(seq=seq, lane=lane))
    return made


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def taken(found: Lanes, now: datetime = T0) -> list[int]:
    """All that may go out now."""
    seqs = []
    while letter := found.take(now):
        seqs.append(letter.seq)
    return seqs


def test_a_conversation_is_told_in_order_and_waits_for_no_other() -> None:
    """One letter of each at a time."""
    found = lanes("a", "a", "b", "a", "b")
    assert taken(found) == [1, 3]
    assert not found.arrived(Letter(seq=1, lane="a"))
    assert taken(found) == [2]


def test_a_letter_that_fails_holds_up_its_own_conversation_only() -> None:
    """And is tried again later and later, until it is dead; then the next one of its conversation goes."""
    found = lanes("a", "a", "b")
    now, waits, dead = T0, [], None
    while dead is None:
        letter = found.take(now)
        assert letter and letter.seq == 1
        # Something else arrives in between, so it is not the receiver.
        other = found.take(now)
        if other:
            found.arrived(other)
        found.add(Letter(seq=100 + len(waits), lane=f"other {len(waits)}"))
        follows = found.failed(letter, "refused", now)
        dead = follows.dead
        if dead is None:
            other = found.take(now)
            assert other and other.lane != "a"
            found.arrived(other)
            at_next = found.next_at()
            assert at_next
            waits.append(at_next - now)
            now = at_next
    assert (tuple(waits), dead.seq, dead.attempts) == (RETRIES, 1, len(RETRIES) + 1)
    assert 2 in taken(found, now)


def test_what_waits_behind_a_failure_is_kept_and_the_rest_only_in_memory() -> None:
    """So the place in the log may move on, past what fails."""
    found = lanes("a", "b", "a", "c")
    first = found.take(T0)
    assert first
    assert [letter.seq for letter in found.failed(first, "refused", T0).keep] == [1, 3]
    assert found.oldest() == 2
    assert found.add(Letter(seq=5, lane="a"))
    assert not found.add(Letter(seq=6, lane="b"))
    second = found.take(at(5))
    assert second
    again = found.take(at(5))
    while again and again.seq != 1:
        again = found.take(at(5))
    assert again and [letter.seq for letter in found.failed(again, "refused", at(5)).keep] == [1]


def fails(found: Lanes, now: datetime) -> Letter:
    letter = found.take(now)
    assert letter
    assert found.failed(letter, "timeout", now).dead is None
    return letter


def test_a_receiver_that_is_down_is_knocked_at_by_one_letter_at_a_time() -> None:
    """More and more seldom, each time by another, and it counts against none of them."""
    found = lanes(*"abcdefgh")
    for _ in range(DOWN_AFTER):
        fails(found, T0)
    assert found.down and found.take(T0) is None
    now, knocks = T0, []
    for wait in (*KNOCKS, KNOCKS[-1], KNOCKS[-1]):
        assert found.next_at() == now + wait
        now += wait
        letter = found.take(now)
        assert letter and found.take(now) is None
        knocks.append(letter.lane)
        found.failed(letter, "timeout", now)
    assert knocks[:3] == ["f", "g", "h"]
    assert found.count == 8


def test_the_first_that_arrives_opens_the_door_for_all() -> None:
    """Nobody waits for hours because the receiver was away for minutes."""
    found = lanes(*"abcdefgh")
    for _ in range(DOWN_AFTER):
        fails(found, T0)
    knock = found.take(at(30))
    assert knock
    found.arrived(knock)
    assert len(taken(found, at(30))) == 7


def test_one_bad_letter_does_not_make_a_receiver_look_down() -> None:
    """However often it fails, the others go on."""
    found = lanes("bad")
    now = T0
    for n in range(6):
        fails(found, now)
        found.add(Letter(seq=10 + n, lane=f"good {n}"))
        good = found.take(now)
        assert good and good.lane == f"good {n}"
        found.arrived(good)
        now = found.next_at() or now
    assert not found.down


def test_when_somebody_says_that_the_receiver_is_back_all_go_at_once() -> None:
    """A subscription that was switched on again."""
    found = lanes("a", "b", "c")
    for _ in range(3):
        fails(found, T0)
    assert taken(found, at(1)) == []
    found.forgive()
    assert sorted(taken(found, at(1))) == [1, 2, 3]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.lists(st.booleans(), max_size=4)), max_size=30))
def test_every_letter_arrives_once_and_in_order_whatever_fails(script: list[tuple[str, list[bool]]]) -> None:
    """Failures are followed by successes here; letters that never arrive are told of above."""
    found, outcomes = Lanes(), {}
    for seq, (lane, results) in enumerate(script, 1):
        found.add(Letter(seq=seq, lane=lane))
        outcomes[seq] = [r for r in results if not r] + [True]
    arrived: dict[str, list[int]] = {}
    now = T0
    while found.count:
        letter = found.take(now)
        if letter is None:
            now = found.next_at() or pytest.fail("somebody waits for nothing")
        elif outcomes[letter.seq].pop(0):
            found.arrived(letter)
            arrived.setdefault(letter.lane, []).append(letter.seq)
        else:
            found.failed(letter, "refused", now)
    wanted: dict[str, list[int]] = {}
    for seq, (lane, _) in enumerate(script, 1):
        wanted.setdefault(lane, []).append(seq)
    assert arrived == wanted
