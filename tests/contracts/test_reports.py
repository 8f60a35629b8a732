"""Reports say the same in every store: the rows come back as they were written, and add up as they did."""

from pathlib import Path

import pytest

from chatserver.hub.ports import Store
from chatserver.suite.reports.kinds import KINDS
from tests.reporting import Reporting, reported
from tests.test_scenarios import run_pure

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.mark.parametrize("scenario", ["05", "11", "12", "17", "31", "52"])
async def test_every_store_counts_alike(store: Store, scenario: str) -> None:
    """In small batches and with restarts, so that what is under way is read back."""
    [path] = SCENARIOS.glob(f"{scenario}*.scenario")
    log = run_pure(path)[2].log
    memory, kept = await reported(scenario), Reporting(store)
    for upto in range(1, len(log) + 7, 7):
        await kept.hear(log[:upto])
        kept.restart()
    for kind in KINDS.values():
        assert await kept.figures(kind.key) == await memory.figures(kind.key)
        for name in kind.by:
            assert await kept.by(kind.key, name) == await memory.by(kind.key, name)
    assert await kept.everything() == await memory.everything()
