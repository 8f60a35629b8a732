"""What reports answer: lines of figures, each with the names of what it speaks of; and the rows behind one figure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from chatserver.hub.tables import Row, Tally, Value
from chatserver.suite.reports import words
from chatserver.suite.reports.figures import Figure, Unit
from chatserver.suite.reports.kinds import Kind
from chatserver.suite.reports.measures import Number, Sums, made, summed
from chatserver.suite.reports.words import Lang

Names = Mapping[str, Mapping[str, str]]
"""Dimension -> id -> what people call it."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One combination of the dimensions, `at` as the filters take it, `names` as people read it, and its figures."""

    at: dict[str, Value]
    names: dict[str, str]
    figures: dict[str, Number]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`from` and `to` are local days, both included, of the present `timezone`. `total` is over all lines.

    `until` (epoch milliseconds) is how far time that is still running was counted; `behind` says how many events of
    the log are not counted yet: 0 but for moments after a start.
    """

    kind: str
    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")
    timezone: str
    by: list[str]
    lines: list[Line]
    total: dict[str, Number]
    until: int
    behind: int


class RowsBehind(msgspec.Struct, frozen=True, kw_only=True):
    """A figure and the rows that it was counted from: `rows` of them, a page of which are the `items`; `next` leads to
    the following page. Instants are epoch milliseconds."""

    kind: str
    figure: str
    value: Number
    rows: int
    items: list[dict[str, Value]]
    next: str | None


class FigureView(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    title: str
    unit: Unit
    means: str


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """`by` are the dimensions, by which it is split and filtered, with their titles."""

    key: str
    title: str
    by: dict[str, str]
    figures: list[FigureView]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Every report and every figure, with what it means."""

    kinds: list[KindView]


def kind_view(kind: Kind, lang: Lang) -> KindView:
    return KindView(
        key=kind.key,
        title=words.said(kind.title, lang),
        by={name: words.said(words.DIMENSIONS[name], lang) for name in kind.by},
        figures=[_figure(figure, lang) for figure in kind.figures],
    )


def lines(
    kind: Kind, asked: Tally, counted: list[dict[str, Any]], names: Names, lang: Lang
) -> tuple[list[Line], dict[str, Number]]:
    """The lines of a report, in the order of its dimensions, and the total."""
    total, found = Sums(), list[Line]()
    for line in counted:
        sums = summed(line, asked)
        total.join(sums)
        at = {name: line[name] for name in asked.by}
        called_so = {name: called(name, value, names, lang) for name, value in at.items()}
        found.append(Line(at=at, names=called_so, figures=figures(kind, sums)))
    return found, figures(kind, total)


def total(kind: Kind, asked: Tally, counted: list[dict[str, Any]]) -> dict[str, Number]:
    """The figures of everything that was asked for."""
    return lines(kind, asked, counted, {}, "en")[1]


def figures(kind: Kind, sums: Sums) -> dict[str, Number]:
    return {figure.key: made(figure.how, sums) for figure in kind.figures}


def called(dimension: str, value: Value, names: Names, lang: Lang) -> str:
    """What people call it; what nobody has named is called what it is."""
    if value is None:
        return words.said(words.NONE, lang)
    code = words.CODES.get(dimension, {}).get(str(value))
    return words.said(code, lang) if code else names.get(dimension, {}).get(str(value), str(value))


def shown(row: Row) -> dict[str, Value]:
    found: dict[str, Value] = msgspec.to_builtins(row)
    return found


def _figure(figure: Figure, lang: Lang) -> FigureView:
    return FigureView(
        key=figure.key,
        title=words.said(figure.title, lang),
        unit=figure.unit,
        means=words.said(figure.means, lang),
    )
