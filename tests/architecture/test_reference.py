"""The papers say what the code does: every name, route, line, setting and package in them is one that exists."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from chatserver.conversation.model import Phase
from chatserver.settings.deployment import Deployment
from chatserver.settings.load import PREFIX, settings_file
from tests.scenario import Action, Scenario
from tools.reference import http, mentions, requirements, scenarios, states
from tools.reference.doors import others, routes

ROOT = Path(__file__).parents[2]
SOURCES = ("chatserver", "client/src", "console/src")
BY_HAND = ("README.md", "docs/path.md", "docs/operate/*.md", "docs/integrate/*.md")


def text_of(pattern: str) -> str:
    return "\n".join(file.read_text("utf-8") for file in sorted(ROOT.glob(pattern)))


def test_every_route_is_explained_and_nothing_else() -> None:
    """Whoever reads the protocol finds each address that the server answers, and no address that is gone."""
    answered = {(r.method, r.path) for r in routes()} | {(method, path) for method, path, _ in others()}
    assert set(http.SAID) == answered


def test_every_phase_has_its_chinese_name() -> None:
    """A phase without a name would leave a gap in the picture."""
    assert set(states.PHASES) == set(Phase)


def test_every_requirement_that_a_test_names_has_a_title() -> None:
    """A slip of the pen in a number is noticed."""
    assert requirements.untitled(mentions.mentions(), requirements.read()) == []


def test_from_to_names_all_between() -> None:
    """A table of several requirements counts for each of them."""
    assert sorted(set(mentions.numbers("all of it (S1-3.1b to S1-3.1e, C-3)"))) == [
        "C-3", "S1-3.1b", "S1-3.1c", "S1-3.1d", "S1-3.1e",
    ]  # fmt: skip


def test_a_scenario_understands_every_line_that_is_explained(tmp_path: Path) -> None:
    """Whoever copies a line from the page into a scenario has a scenario that runs."""
    first = [line for known in (scenarios.DECLARATIONS, scenarios.NODES) for lines, _ in known for line in lines]
    deeds = [line for lines, _ in scenarios.DEEDS for line in lines]
    file = tmp_path / "all.scenario"
    file.write_text("\n".join([*first, "group 售后", *(f"00:01 {deed}" for deed in deeds)]), "utf-8")
    scenario = Scenario(file)
    agents = sum(line.startswith("agent ") for line in first)
    assert sum(isinstance(step, Action) and step.begins for step in scenario.steps) == len(deeds) + agents
    assert scenario.settings.flows


def test_every_line_that_a_scenario_understands_is_explained() -> None:
    """The language has no secret words."""
    understood = set(re.findall(r'case "(\w+)"', text_of("tests/scenario*.py")))
    known = (*scenarios.DECLARATIONS, *scenarios.NODES, *scenarios.DEEDS)
    explained = " ".join(line for lines, _ in known for line in lines)
    assert sorted(understood - set(re.findall(r"\w+", explained))) == []


def test_the_names_on_the_three_paths_are_in_the_code() -> None:
    """Whoever follows a path finds what it names."""
    code = "\n".join(
        file.read_text("utf-8") for top in SOURCES for file in (ROOT / top).rglob("*") if file.suffix in (".py", ".ts")
    )
    gone = []
    for name in re.findall(r"`([^`]+)`", text_of("docs/path.md")):
        if re.fullmatch(r"[\w./]+/|[\w./]+\.\w+", name) and ("/" in name or name.endswith((".py", ".ts"))):
            if not (ROOT / name).exists() and not list((ROOT / "chatserver").rglob(name)):
                gone.append(name)
        elif any(not re.search(rf"\b{word}\b", code) for word in re.findall(r"[A-Za-z_]\w+", name)):
            gone.append(name)
    assert gone == []


@pytest.mark.parametrize("pattern", BY_HAND)
def test_every_variable_that_a_paper_names_is_a_setting(pattern: str) -> None:
    """Nobody sets a variable that the server would refuse."""
    known = {PREFIX + f.encode_name.upper() for f in msgspec.structs.fields(Deployment)}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", text_of(pattern))) <= known


def test_the_first_settings_of_the_manual_are_valid(tmp_path: Path) -> None:
    """Whoever begins with what the manual shows has a server that works."""
    found = re.search(r"```json\n(.*?)```", text_of("docs/operate/install.md"), re.DOTALL)
    assert found
    file = tmp_path / "settings.json"
    file.write_text(found[1], "utf-8")
    assert settings_file(file).inboxes


def test_the_readme_gives_a_reason_for_every_package() -> None:
    """No dependency without a reason, and no reason for what is not there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    python = [*project["dependencies"], *(p for extra in project["optional-dependencies"].values() for p in extra)]
    wanted = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in python}
    for front in [ROOT / "package.json", *ROOT.glob("*/package.json")]:
        listed = json.loads(front.read_text("utf-8"))
        wanted |= {*listed.get("dependencies", {}), *listed.get("devDependencies", {})}
    section = text_of("README.md").partition("## Dependencies")[2]
    given = {name for cell in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE) for name in cell.strip().split(", ")}
    assert {name for name in wanted if not name.startswith("@chatserver/")} == given - {"Package"}
