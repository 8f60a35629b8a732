"""A server that is not here may be skipped by a newcomer, never by CI."""

import pytest

from tests.providers import missing


def test_a_newcomer_is_told_what_is_skipped_and_how_to_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="a frobnicator is not here: install one"):
        missing("a frobnicator", "install one")


def test_in_ci_nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="a frobnicator is not here"):
        missing("a frobnicator", "install one")
