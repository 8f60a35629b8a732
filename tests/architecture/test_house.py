"""The house rules themselves: each one catches its bad lines and lets its good lines pass."""

import re
from pathlib import Path

import pytest

from tools.check_house import RULES, Rule, broken, text_files

CASES = [pytest.param(rule, line, id=f"{rule.name}: {line}") for rule in RULES for line in rule.bad]
FINE = [pytest.param(rule, line, id=f"{rule.name}: {line}") for rule in RULES for line in rule.good]


@pytest.mark.parametrize(("rule", "line"), CASES)
def test_a_rule_catches_its_bad_lines(rule: Rule, line: str) -> None:
    """A rule that catches nothing is no rule."""
    assert re.search(rule.pattern, line)


@pytest.mark.parametrize(("rule", "line"), FINE)
def test_a_rule_lets_its_good_lines_pass(rule: Rule, line: str) -> None:
    """A rule that catches what is right gets switched off."""
    assert not re.search(rule.pattern, line)


def test_every_rule_has_good_and_bad_lines() -> None:
    """So that none of them goes untested."""
    assert all(rule.good and rule.bad for rule in RULES)


def test_a_finding_names_the_line() -> None:
    """The path and the line are what an editor jumps to."""
    found = list(broken("client/src/view.ts", "const a = 1;\nelement.innerHTML = text;\n"))
    assert [(at, rule.name) for at, rule in found] == [(2, "no raw html")]


@pytest.mark.parametrize(
    ("path", "line", "caught"),
    [
        ("chatserver/hub/engine.py", 'await sio.emit("item", card)', True),
        ("chatserver/api/push.py", 'await sio.emit("item", card)', False),
        ("chatserver/dispatch/decide.py", 'if channel == "web":', True),
        ("chatserver/channels/web/entry.py", 'if channel == "web":', False),
        ("tests/unit/test_idle.py", "await asyncio.sleep(5)", True),
        ("chatserver/store/lease.py", "await asyncio.sleep(5)", False),
    ],
)
def test_a_rule_holds_where_it_is_meant_to(path: str, line: str, caught: bool) -> None:
    """The home of a thing may do what nobody else may."""
    assert bool(list(broken(path, line))) is caught


def test_installed_and_built_files_are_not_read(tmp_path: Path) -> None:
    """Only what a person may have written."""
    for path in ("a.py", "node_modules/b.js", "widget_build/dist/c.js", ".venv/d.py", "picture.png"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert [path for path, _ in text_files(tmp_path)] == ["a.py"]
