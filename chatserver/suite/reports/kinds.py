"""The reports that there are: for each its table, its figures, and by what they can be split and narrowed. Pure."""

from collections.abc import Mapping

import msgspec

from chatserver.hub.tables import Table
from chatserver.suite.reports import figures, tables
from chatserver.suite.reports.figures import Figure
from chatserver.suite.reports.measures import columns, highest
from chatserver.suite.reports.words import Words

LOCAL = ("day", "hour", "weekday")
PLACES = ("inbox", "channel", "group")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `by` are its dimensions, the first the usual one; `step` is the column of steps that quantiles and
    service levels are counted from. A kind that is not split by `agent` is nobody's own."""

    key: str
    title: Words
    table: Table
    figures: tuple[Figure, ...]
    by: tuple[str, ...]
    step: str | None = None

    @property
    def sums(self) -> tuple[str, ...]:
        """Every column that its figures are made of, once."""
        return tuple(dict.fromkeys(column for figure in self.figures for column in columns(figure.how)))

    @property
    def largest(self) -> tuple[str, ...]:
        """Every column whose largest value is a figure, or bounds one."""
        return tuple(dict.fromkeys(column for figure in self.figures for column in highest(figure.how)))

    def figure(self, key: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.key == key), None)


_KINDS = (
    Kind(
        key="volume",
        title=("会话量", "Volume"),
        table=tables.SERVICE,
        figures=figures.VOLUME,
        by=(*LOCAL, *PLACES, "reached", "lost", "closed_by"),
    ),
    Kind(
        key="waiting",
        title=("排队", "Waiting"),
        table=tables.WAIT,
        figures=figures.WAITING,
        by=(*LOCAL, *PLACES, "agent", "how", "outcome"),
        step="wait_step",
    ),
    Kind(
        key="response",
        title=("响应与时长", "Response"),
        table=tables.SERVICE,
        figures=figures.RESPONSE,
        by=(*LOCAL, *PLACES, "closed_by"),
        step="first_response_step",
    ),
    Kind(
        key="satisfaction",
        title=("满意度", "Satisfaction"),
        table=tables.STINT,
        figures=figures.SATISFACTION,
        by=(*LOCAL, *PLACES, "agent", "rating"),
    ),
    Kind(
        key="reasons",
        title=("评价原因", "Reasons of ratings"),
        table=tables.REASON,
        figures=figures.REASONS,
        by=("tag", *LOCAL, *PLACES, "agent", "rating"),
    ),
    Kind(
        key="agents",
        title=("座席工作量", "Agents"),
        table=tables.STINT,
        figures=figures.AGENTS,
        by=("agent", *LOCAL, *PLACES, "how", "outcome", "closed_by"),
        step="first_response_step",
    ),
    Kind(
        key="offers",
        title=("接入确认", "Offers"),
        table=tables.OFFER,
        figures=figures.OFFERS,
        by=("agent", *LOCAL, *PLACES, "outcome"),
    ),
    Kind(
        key="status",
        title=("座席状态", "Status"),
        table=tables.SPAN,
        figures=figures.STATUS,
        by=("agent", "day", "weekday", "what", "status", "cause"),
    ),
)
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in _KINDS}
