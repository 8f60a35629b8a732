"""What is generated is committed, and what is committed is fresh."""

from pathlib import Path

from tools import check_generated, gen_ts


def test_the_generated_typescript_is_what_the_wire_says_today() -> None:
    """A front end never compiles against yesterday's protocol."""
    assert check_generated.stale(check_generated.ROOT, gen_ts.files()) == []


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path) -> None:
    """The check that the test above relies on."""
    (tmp_path / "same.ts").write_text("a")
    (tmp_path / "changed.ts").write_text("a")
    wanted = {"same.ts": "a", "changed.ts": "b", "missing.ts": "c"}
    assert check_generated.stale(tmp_path, wanted) == ["changed.ts", "missing.ts"]


def test_generating_twice_gives_the_same_text() -> None:
    """No order of a set and no time of day gets into a generated file."""
    assert gen_ts.files() == gen_ts.files()
