"""What is generated is committed, and what is committed is fresh."""

from pathlib import Path

from tools import gen

WANTED = {"same.ts": "a", "docs/changed.md": "b", "new/missing.ts": "c"}


def some_files(root: Path) -> None:
    (root / "docs").mkdir()
    (root / "same.ts").write_text("a")
    (root / "docs" / "changed.md").write_text("a")


def test_every_generated_file_is_what_the_code_says_today() -> None:
    """No front end compiles against yesterday's protocol, and no page of the manual tells of yesterday's product."""
    assert gen.stale(gen.ROOT, gen.files()) == []


def test_generating_twice_gives_the_same_text() -> None:
    """No order of a set and no time of day gets into a generated file."""
    assert gen.files() == gen.files()


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path) -> None:
    """The check that the promises above rely on."""
    some_files(tmp_path)
    assert gen.stale(tmp_path, WANTED) == ["docs/changed.md", "new/missing.ts"]


def test_only_what_is_stale_is_written(tmp_path: Path) -> None:
    """An untouched file keeps its time, so that nothing is built again because of it."""
    some_files(tmp_path)
    assert gen.write(tmp_path, WANTED) == ["docs/changed.md", "new/missing.ts"]
    assert gen.stale(tmp_path, WANTED) == []
