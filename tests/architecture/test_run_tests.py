"""The sums that `make test` prints: a failure is never lost in them."""

import json

from tools.run_tests import Sums, read_junit, read_vitest

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
