"""计次窗口: the day, or the shift, that a moment is counted in (S1-3.1d, S1-3.1e, A4)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatserver.dispatch.window import window_at

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "starts", "expected"),
    [
        ("2030-01-02 00:00", ["00:00"], "2030-01-02"),
        ("2030-01-01 23:59", ["00:00"], "2030-01-01"),
        ("2030-01-01 07:59", ["08:00", "20:00"], "2029-12-31T20:00"),
        ("2030-01-01 08:00", ["20:00", "08:00"], "2030-01-01T08:00"),
        ("2030-01-01 23:00", ["08:00", "20:00"], "2030-01-01T20:00"),
        ("2030-01-01 03:00", ["00:00", "12:00", "12:00"], "2030-01-01"),
    ],
)
def test_a_window_is_named_by_when_it_began(now: str, starts: list[str], expected: str) -> None:
    """By the workspace's own clock; whatever the order in which the shifts are given."""
    moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    assert window_at(moment.astimezone(UTC), SHANGHAI, starts).id == expected


def test_an_hour_that_the_clock_shows_twice_is_counted_in_once() -> None:
    """When summer time ends, 01:30 comes twice: the shift begins at the first."""
    for hour in (5, 6):
        found = window_at(datetime(2030, 11, 3, hour, 45, tzinfo=UTC), NEW_YORK, ["01:30"])
        assert found.begins == datetime(2030, 11, 3, 5, 30, tzinfo=UTC)


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: datetime(2030, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.lists(st.times().map(lambda t: f"{t:%H:%M}"), min_size=1, max_size=4),
    st.sampled_from([SHANGHAI, NEW_YORK, ZoneInfo("Africa/Cairo"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_every_moment_lies_in_exactly_one_window(now: datetime, starts: list[str], zone: ZoneInfo) -> None:
    """The next window begins where this one ends, under another name, through every change of the clocks."""
    found = window_at(now, zone, starts)
    assert found.begins <= now < found.ends
    following = window_at(found.ends, zone, starts)
    assert (following.begins, following.id == found.id) == (found.ends, False)
