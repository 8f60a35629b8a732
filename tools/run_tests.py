"""`make test`: pytest and vitest one after the other, what was skipped and why, and one plain line with the sums.

Browser tests have a run of their own: a page and the server share one event loop, and two busy workers on a small
machine make a page slow enough to miss its moments.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
BROWSER = "tests/e2e"
NO_TESTS = 5  # pytest's exit code for "collected nothing"

LIMIT = 1800.0
"""Seconds for one run. A single test has a limit of its own; this one is for what hangs between them."""


class Sums(msgspec.Struct, frozen=True):
    """How one run ended. `reasons` says why something was skipped, without repeats."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: tuple[str, ...] = ()

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            tuple(dict.fromkeys(self.reasons + other.reasons)),
        )

    def line(self) -> str:
        return f"total: {self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read_junit(text: str) -> Sums:
    """The sums of a JUnit file, as pytest writes it. An error in a fixture counts as a failure."""
    passed = failed = skipped = 0
    reasons: list[str] = []
    for case in ElementTree.fromstring(text).iter("testcase"):
        skip = case.find("skipped")
        if skip is not None:
            skipped += 1
            reasons.append(skip.get("message", ""))
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        else:
            passed += 1
    return Sums(passed, failed, skipped, tuple(dict.fromkeys(reasons)))


def read_vitest(text: str) -> Sums:
    """The sums of vitest's JSON report. A file that could not even be loaded counts as one failure."""
    report = json.loads(text)
    broken_files = sum(1 for f in report["testResults"] if f["status"] == "failed" and not f["assertionResults"])
    skipped = report["numPendingTests"] + report["numTodoTests"]
    return Sums(report["numPassedTests"], report["numFailedTests"] + broken_files, skipped)


def run(name: str, command: list[str], report: Path, limit: float = LIMIT) -> tuple[int, str]:
    """(exit code, text of the report). A run that left no report has failed, whatever it says."""
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    try:
        code = subprocess.run(command, cwd=ROOT, timeout=limit).returncode
    except subprocess.TimeoutExpired:
        code = 1
        print(f"== {name} does not end: stopped", flush=True)
    print(f"== {name}: {time.monotonic() - started:.1f} s", flush=True)
    return code, report.read_text("utf-8") if report.is_file() else ""


def run_pytest(name: str, arguments: list[str], folder: Path) -> Sums:
    report = folder / f"{name}.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    code, text = run(name, command, report)
    sums = read_junit(text) if text else Sums()
    went_well = code in (0, NO_TESTS) and bool(text)
    return sums if went_well or sums.failed else sums + Sums(failed=1)


def run_vitest(folder: Path) -> Sums:
    report = folder / "vitest.json"
    reporters = ["--reporter=default", "--reporter=json", f"--outputFile.json={report}"]
    # Not by way of npx: who stops npx leaves vitest running.
    command = [str(ROOT / "node_modules/.bin/vitest"), "run", *reporters]
    code, text = run("front ends", command, report)
    sums = read_vitest(text) if text else Sums()
    went_well = code == 0 and bool(text)
    return sums if went_well or sums.failed else sums + Sums(failed=1)


def main() -> int:
    """0 when nothing failed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        workers = str(min(2, os.cpu_count() or 1))
        total = run_pytest("server", ["-n", workers, f"--ignore={BROWSER}", "tests"], folder)
        total += run_vitest(folder)
        if (ROOT / BROWSER).is_dir():
            total += run_pytest("browser", [BROWSER], folder)
    print()
    for reason in total.reasons:
        print(f"skipped: {reason}")
    print(total.line())
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
