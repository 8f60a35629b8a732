"""Proves a flow before it is published: all its mistakes at once, in the order of its nodes. Changes nothing."""

from collections.abc import Iterator

from chatserver.flow.condition import ANSWER, NUMBER, TEXT, Kind
from chatserver.flow.model import AnyNode, Ask, Flow, Start, ToGroup, Webhook, edges
from chatserver.flow.node_check import own
from chatserver.flow.paths import Paths
from chatserver.flow.problem import WARNINGS, Finding, FlowProblem, Known, ProblemCode


def problems(flow: Flow, known: Known) -> list[FlowProblem]:
    """Everything that must be mended before `flow` may be published; an empty list is a sound flow.

    A dead end that only follows from an edge not drawn, or from a loop, is not reported besides.
    """
    return [problem for problem in check(flow, known) if problem.severity == "error"]


def check(flow: Flow, known: Known) -> list[FlowProblem]:
    """The errors, and the warnings too."""
    found = list(_starts(flow))
    paths = Paths(flow)
    asked = _asked(flow)
    seen: set[str] = set()
    for index, node in enumerate(flow.nodes):
        findings = [*own(node, known, asked), *_edges(node, paths)]
        if node.id in seen:
            findings.insert(0, ("id", ProblemCode.ID_REPEATED))
        else:
            findings += [*_way(node, paths), *_hours(node, paths, known)]
        seen.add(node.id)
        found += (_problem(f"$.nodes[{index}]{f'.{at}' if at else ''}", code, node.id) for at, code in findings)
    return found


def _problem(path: str, code: ProblemCode, node: str) -> FlowProblem:
    return FlowProblem(path, code, node, "warning" if code in WARNINGS else "error")


def _asked(flow: Flow) -> dict[str, Kind]:
    """The facts that the flow's questions give; a number is what nobody asks for otherwise."""
    found: dict[str, Kind] = {}
    for node in flow.nodes:
        for key, kind in _kept(node):
            fact = ANSWER + key
            found[fact] = kind if found.get(fact, kind) is kind else TEXT
    return found


def _kept(node: AnyNode) -> tuple[tuple[str, Kind], ...]:
    """The keys under which a node keeps values, and of which kind they are."""
    match node:
        case Ask():
            return ((node.field.key, NUMBER if node.field.kind == "number" else TEXT),)
        case Webhook():
            return tuple((saved.key, TEXT) for saved in node.save)
        case _:
            return ()


def _starts(flow: Flow) -> Iterator[FlowProblem]:
    starts = [index for index, node in enumerate(flow.nodes) if isinstance(node, Start)]
    if not starts:
        yield FlowProblem("$.nodes", ProblemCode.NO_START)
    for index in starts[1:]:
        yield FlowProblem(f"$.nodes[{index}]", ProblemCode.MANY_STARTS, flow.nodes[index].id)


def _edges(node: AnyNode, paths: Paths) -> Iterator[Finding]:
    for edge in edges(node):
        if not edge.to:
            yield edge.path, ProblemCode.EDGE_UNSET
        elif edge.to not in paths.nodes:
            yield edge.path, ProblemCode.EDGE_UNKNOWN


def _hours(node: AnyNode, paths: Paths, known: Known) -> Iterator[Finding]:
    """A group to which the way never asks the clock: whoever comes when nobody is there shall be able to say so."""
    if isinstance(node, ToGroup) and node.id in paths.any_hour:
        if node.group in known.patient:
            yield "group", ProblemCode.HOURS_NOT_ASKED
        elif node.id not in paths.to_form:
            yield "otherwise", ProblemCode.HOURS_NOT_ASKED


def _way(node: AnyNode, paths: Paths) -> Iterator[Finding]:
    """What is wrong with the way to `node` and the ways on from it."""
    if node.id not in paths.reached:
        yield "", ProblemCode.UNREACHABLE
    if node.id in paths.looping:
        yield "", ProblemCode.LOOP
    if node.id in paths.trapped:
        yield "", ProblemCode.DEAD_END
    if node.id in paths.again:
        yield "otherwise", ProblemCode.GROUP_AGAIN
