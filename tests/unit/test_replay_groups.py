"""Looking back on days with several groups, channels and levels of visitors: decided again and tried again the same."""

from typing import Any

import pytest
from msgspec.structs import replace

from chatserver.agents import inputs as ai
from chatserver.dispatch.settings import Group
from chatserver.hub.ports import LogRecord
from chatserver.replay.check import check
from chatserver.replay.simulate import compare, run
from chatserver.settings.model import Settings
from tests.shop import Shop, assigned, busy_day, make_settings, new_year, numbers, place_of


def mixed_day(s: Settings, wrap_up: int) -> list[LogRecord]:
    """Visitors of three channels and three levels; a4 helps in the overflow group, a3 takes one of a kind, a1 writes up
    what was said for a while."""
    shop, number, at = Shop(s), numbers(11), 0.0
    changed: dict[str, Any] = {
        "a1": {"wrap_up": wrap_up},
        "a4": {"groups": ("backup",)},
        "a3": {"channel_max": {"h5": 1}, "auto_channels": ("h5",)},
    }
    for agent, changes in changed.items():
        known = shop.world.states[f"agent/{agent}"].profile
        shop.world.send(f"agent/{agent}", ai.Saved(profile=replace(known, **changes)))
    for _ in range(250):
        at += next(number) % 70_000 / 1000
        channel = ("web", "h5", "wechat_kefu")[next(number) % 3]
        shop.visitor(at, handling=30 + next(number) % 400, channel=channel, vip=next(number) % 3)
    return shop.day()


@pytest.mark.parametrize(("offer_for", "wrap_up"), [(0, 0), (20, 0), (0, 37), (20, 37)])
def test_a_day_with_levels_channels_and_an_overflow_group_runs_as_it_ran(offer_for: int, wrap_up: int) -> None:
    """S1-4.12e, S1-1.4c, S1-3.3.2b: replayed byte for byte, simulated to the same agents; other settings differ."""
    group = {"queue_limit": 6, "wait_limit": 240, "overflow": "backup", "overflow_after": 45, "vip_weight": 2}
    s = make_settings(**group, offer_for=offer_for)
    s = replace(s, groups=(*s.groups, Group(id="backup", name="后援", queue_limit=3, wait_limit=90)))
    records = mixed_day(s, wrap_up)
    assert [r.kind for r in records].count("overflowed") > 20
    assert check(records).differences == ()
    day = new_year(records)
    assert run(day).agent == assigned(records)
    other = compare(day, replace(s, groups=(replace(s.groups[0], overflow="", vip_weight=0), s.groups[1])))
    assert other.recorded.served > other.other.served


def test_a_log_from_before_a_field_was_new_is_decided_again_the_same() -> None:
    """What a reason says more today is no difference: it has its default."""
    records = busy_day(make_settings(), visitors=40)
    at = place_of(records, "matched")
    old = replace(records[at], body=records[at].body.replace(b',"priority":0,"vip":0', b""))
    assert old.body != records[at].body
    assert check([*records[:at], old, *records[at + 1 :]]).differences == ()
