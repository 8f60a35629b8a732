"""Who can come where in a flow, worked out once. Knows edges, and nothing of what a node says."""

from collections.abc import Mapping

from chatserver.flow.condition import ANSWER
from chatserver.flow.model import (
    AnyNode,
    Bot,
    Condition,
    End,
    Flow,
    Hours,
    LeaveMessage,
    Start,
    ToGroup,
    Webhook,
    edges,
)

Graph = Mapping[str, frozenset[str]]


class Paths:
    """Ids of nodes: `reached` by somebody; `looping` back to themselves unasked; `trapped` in a circle without a way
    out; `again`, the groups that whom they turn away meets again unasked.

    Of nodes with one id the first counts, as for the interpreter. Without a start all count as reached.
    """

    def __init__(self, flow: Flow) -> None:
        self.nodes: dict[str, AnyNode] = {}
        for node in flow.nodes:
            self.nodes.setdefault(node.id, node)
        ahead = _closure({id: self._out(node) for id, node in self.nodes.items()})
        unasked = {id: self._out(node, unasked=True) for id, node in self.nodes.items()}
        starts = [node.id for node in flow.nodes if isinstance(node, Start)]
        self.reached = set(starts).union(*(ahead[id] for id in starts)) if starts else set(self.nodes)
        # A group holds the visitor for a while, so only what runs on by itself can go round within one step.
        itself = {id: frozenset() if isinstance(self.nodes[id], ToGroup) else to for id, to in unasked.items()}
        self.looping = {id for id, found in _closure(itself).items() if id in found}
        self.trapped = self._circles(set(self.nodes) - self._fine())
        self.again = {id for id, found in _closure(unasked).items() if any(self._same_group(id, to) for to in found)}

    def _out(self, node: AnyNode, unasked: bool = False) -> frozenset[str]:
        return frozenset(e.to for e in edges(node) if e.to in self.nodes and not (unasked and e.asks))

    def _fine(self) -> set[str]:
        """The nodes from which every visitor can get somewhere, by the right answers."""
        fine = {id for id, node in self.nodes.items() if self._may_stop(node)}
        while more := {id for id in self.nodes.keys() - fine if _leads_to(fine, self.nodes[id])}:
            fine |= more
        return fine

    def _may_stop(self, node: AnyNode) -> bool:
        """A loop, and an edge that leads nowhere, are mistakes of their own: not reported as a dead end besides."""
        if isinstance(node, ToGroup | LeaveMessage | End):
            return True
        ways = edges(node)
        return node.id in self.looping or not ways or any(edge.to not in self.nodes for edge in ways)

    def _circles(self, lost: set[str]) -> set[str]:
        """Of the nodes that lead nowhere those that go round, not every one that leads to them."""
        ahead = _closure({id: self._out(self.nodes[id]) & lost for id in lost})
        return {id for id, found in ahead.items() if all(id in ahead[to] for to in found)}

    def _same_group(self, one: str, other: str) -> bool:
        a, b = self.nodes[one], self.nodes[other]
        return isinstance(a, ToGroup) and isinstance(b, ToGroup) and (a is b or a.group == b.group != "")


def _leads_to(fine: set[str], node: AnyNode) -> bool:
    ways = [edge.to in fine for edge in edges(node)]
    return all(ways) if _is_fate(node) else any(ways)


def _is_fate(node: AnyNode) -> bool:
    """Whether the way on is not in the visitor's hand: then every one of them must lead somewhere."""
    if isinstance(node, Condition):
        return not any(clause.fact.startswith(ANSWER) for branch in node.branches for clause in branch.when)
    return isinstance(node, Hours | Bot | Webhook)


def _closure(graph: Graph) -> dict[str, frozenset[str]]:
    """For each node all that can be reached from it by one edge or more."""
    reached: dict[str, frozenset[str]] = {}
    for id in graph:
        found: set[str] = set()
        ahead = list(graph[id])
        while ahead:
            if (to := ahead.pop()) not in found:
                found.add(to)
                ahead += graph[to]
        reached[id] = frozenset(found)
    return reached
