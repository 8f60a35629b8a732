"""docs/requirements.md: what the product promises, and which tests hold it to that."""

import tomllib
from collections.abc import Iterable, Sequence

import msgspec

from tools.reference.markdown import page, table
from tools.reference.mentions import ROOT, Mention, mentions

TITLES = "docs/requirements.toml"

INTRO = """
The requirements of the chat, by their numbers. The titles stand in [requirements.toml](requirements.toml). The tests
are found by the numbers that they mention: in a scenario's comment, in a test's docstring, in a front end's test.
*Tested* means that a test names the requirement, not that every corner of it is built; *open* means that none does.
"""

HEAD = ("Id", "中文", "Meaning", "State", "Tests")


class Requirement(msgspec.Struct, frozen=True):
    """One title: the number, the Chinese name, and what it means in short."""

    id: str
    name: str
    meaning: str


class Chapter(msgspec.Struct, frozen=True):
    """A group of requirements under one heading."""

    title: str
    requirements: tuple[Requirement, ...]


def requirements() -> str:
    found, chapters = mentions(), read()
    known = [r for chapter in chapters for r in chapter.requirements]
    tested = sum(any(m.requirement == r.id for m in found) for r in known)
    return page(
        "Requirements 需求",
        INTRO,
        f"Tested: {tested} of {len(known)}.",
        *(f"## {c.title}\n\n" + table(HEAD, (row(r, found) for r in c.requirements)) for c in chapters),
        rest(untitled(found, chapters)),
    )


def read() -> list[Chapter]:
    raw = tomllib.loads((ROOT / TITLES).read_text("utf-8"))
    return [
        Chapter(title, tuple(Requirement(id, *words) for id, words in rows.items())) for title, rows in raw.items()
    ]


def untitled(found: Iterable[Mention], chapters: Iterable[Chapter]) -> list[Mention]:
    """What is mentioned and has no title: a slip of the pen, or a chapter that is not in the table yet."""
    known = {r.id for chapter in chapters for r in chapter.requirements}
    return [m for m in found if m.requirement not in known]


def rest(found: Sequence[Mention]) -> str:
    if not found:
        return ""
    return "## Without a title\n\n" + table(("Id", "Test"), ((m.requirement, link(m)) for m in found))


def row(r: Requirement, found: Sequence[Mention]) -> tuple[str, ...]:
    tests = [m for m in found if m.requirement == r.id]
    return (r.id, r.name, r.meaning, "tested" if tests else "open", ", ".join(link(m) for m in tests))


def link(m: Mention) -> str:
    shown = m.file.rpartition("/")[2] + (f" `{m.test}`" if m.test else "")
    return f"[{shown}](../{m.file})"
