"""The two persistent collections behave like the plain ones, and a change never shows in an older version."""

from hypothesis import given
from hypothesis import strategies as st

from chatserver.kernel.persistent import Line, Shards

CHANGES = st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=300)


@given(CHANGES)
def test_line_is_a_sorted_list(changes: list[tuple[bool, int]]) -> None:
    """Order, size and rank are those of a sorted list, whatever is added and removed."""
    line, model = Line[int](), list[int]()
    for add, key in changes:
        before = list(line)
        if add and key not in model:
            older, line = line, line.add(key)
            model = sorted([*model, key])
            assert list(older) == before
        elif not add and key in model:
            older, line = line, line.remove(key)
            model.remove(key)
            assert list(older) == before
    assert list(line) == model
    assert len(line) == len(model)
    assert [line.rank(key) for key in range(0, 401, 7)] == [sum(k < key for k in model) for key in range(0, 401, 7)]


def test_line_of_ten_thousand() -> None:
    """A long queue keeps its pieces small: no piece grows past its bound, front or back."""
    line = Line[int]()
    for key in [*range(5_000, 10_000), *range(4_999, -1, -1)]:
        line = line.add(key)
    assert list(line) == list(range(10_000))
    assert max(map(len, line._pieces)) <= 128
    for key in range(0, 10_000, 2):
        line = line.remove(key)
    assert list(line) == list(range(1, 10_000, 2))


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=2), st.integers()), max_size=100))
def test_shards_are_a_dict(changes: list[tuple[bool, str, int]]) -> None:
    """Content and size are those of a dict; the version before a change stays as it was."""
    shards, model = Shards[int](), dict[str, int]()
    for put, key, value in changes:
        older, before = shards, dict(model)
        if put:
            shards, model = shards.put(key, value), {**model, key: value}
        else:
            shards = shards.drop(key)
            model.pop(key, None)
        assert dict(older) == before
    assert dict(shards) == model
    assert len(shards) == len(model)
    assert all(shards.get(key) == value for key, value in model.items())
