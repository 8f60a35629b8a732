"""The sums that `make test` prints: a failure is never lost in them, and a test that hangs is one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.run_tests import ROOT, Sums, read_junit, read_vitest, run

JUNIT = """<testsuites><testsuite>
  <testcase name="a"/>
  <testcase name="b"><failure message="no"/></testcase>
  <testcase name="c"><error message="fixture"/></testcase>
  <testcase name="d"><skipped message="no Chromium here"/></testcase>
  <testcase name="e"><skipped message="no Chromium here"/></testcase>
</testsuite></testsuites>"""


def vitest(passed: int, failed: int, files: list[dict[str, object]]) -> str:
    counts = {"numPassedTests": passed, "numFailedTests": failed, "numPendingTests": 1, "numTodoTests": 0}
    return json.dumps({**counts, "testResults": files})


def test_a_broken_fixture_counts_as_a_failure() -> None:
    """And a skip is told once with its reason."""
    assert read_junit(JUNIT) == Sums(passed=1, failed=2, skipped=2, reasons=("no Chromium here",))


def test_a_front_end_test_file_that_does_not_load_counts_as_a_failure() -> None:
    """vitest itself counts no test for it."""
    files: list[dict[str, object]] = [{"status": "failed", "assertionResults": []}]
    assert read_vitest(vitest(3, 0, files)) == Sums(passed=3, failed=1, skipped=1)


def test_a_failed_front_end_test_is_counted_once() -> None:
    """Not again for the file that it is in."""
    files: list[dict[str, object]] = [{"status": "failed", "assertionResults": [{"status": "failed"}]}]
    assert read_vitest(vitest(2, 1, files)).failed == 1


def test_the_closing_line_sums_up_all_runs() -> None:
    """A person and a machine read the same line."""
    total = Sums(2, 0, 1, ("no redis-server",)) + Sums(3, 1, 1, ("no redis-server",))
    assert total.line() == "total: 5 passed, 1 failed, 2 skipped"
    assert total.reasons == ("no redis-server",)


HANGS = """
import asyncio, pytest

@pytest.fixture
async def clinging():
    async def stays():
        await asyncio.Event().wait()
    yield
    async with asyncio.TaskGroup() as group:
        group.create_task(stays())

async def test_fails_and_clings(clinging):
    assert False

def test_ends():
    pass
"""


def test_a_test_that_does_not_end_has_failed_and_says_where(tmp_path: Path) -> None:
    """Even one that has failed already and hangs in what cleans up after it; the others go on."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    (tmp_path / "conftest.py").write_text("import tests.watch\nfrom tests.watch import *\ntests.watch.LIMIT = 3\n")
    (tmp_path / "test_hangs.py").write_text(HANGS)
    command = [sys.executable, "-m", "pytest", "-q", "-n1", "-p", "no:playwright", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert "crashed while running 'test_hangs.py::test_fails_and_clings'" in ended.stdout
    assert "2 failed, 1 passed" in ended.stdout
    told = ended.stdout + ended.stderr
    assert "test_hangs.py::test_fails_and_clings does not end: 3 s are over" in told
    assert "in clinging.<locals>.stays" in told
    assert "in Event.wait" in told
    assert "in pytest_runtest_teardown" in told


def test_a_run_that_does_not_end_has_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is stopped, and leaves no report."""
    hanging = [sys.executable, "-c", "import signal; signal.pause()"]
    assert run("server", hanging, tmp_path / "none.xml", limit=0.2) == (1, "")
    assert "server does not end: stopped" in capsys.readouterr().out
