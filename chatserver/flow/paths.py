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
    out; `again`, the groups that whom they turn away meets again unasked; reached at `any_hour`, because nothing on the
    way asks the clock; those from which somebody can come `to_form`.

    Of nodes with one id the first counts, as for the interpreter. Without a start all count as reached.
    """

    def __init__(self, flow: Flow) -> None:
        self.nodes: dict[str, AnyNode] = {}
        for node in flow.nodes:
            self.nodes.setdefault(node.id, node)
        self._ways = {id: edges(node) for id, node in self.nodes.items()}
        ahead = _closure({id: self._out(node) for id, node in self.nodes.items()})
        unasked = {id: self._out(node, unasked=True) for id, node in self.nodes.items()}
        starts = [node.id for node in flow.nodes if isinstance(node, Start)]
        self.any_hour = self._any_hour(starts)
        forms = {id for id, node in self.nodes.items() if isinstance(node, LeaveMessage)}
        self.to_form = {id for id, found in ahead.items() if found & forms}
        self.reached = set(starts).union(*(ahead[id] for id in starts)) if starts else set(self.nodes)
        # A group holds the visitor for a while, so only what runs on by itself can go round within one step.
        itself = {id: frozenset() if isinstance(self.nodes[id], ToGroup) else to for id, to in unasked.items()}
        self.looping = {id for id, found in _closure(itself).items() if id in found}
        self.trapped = self._circles(set(self.nodes) - self._fine())
        self.again = {id for id, found in _closure(unasked).items() if any(self._same_group(id, to) for to in found)}

    def _out(self, node: AnyNode, unasked: bool = False) -> frozenset[str]:
        return frozenset(e.to for e in self._ways[node.id] if e.to in self.nodes and not (unasked and e.asks))

    def _any_hour(self, starts: list[str]) -> set[str]:
        found, ahead = set[str](), [*starts]
        while ahead:
            if (id := ahead.pop()) not in found:
                found.add(id)
                ahead += () if _asks_the_clock(self.nodes[id]) else self._out(self.nodes[id])
        return found

    def _fine(self) -> set[str]:
        """The nodes from which every visitor can get somewhere, by the right answers."""
        fine = {id for id, node in self.nodes.items() if self._may_stop(node)}
        while more := {id for id in self.nodes.keys() - fine if self._leads_to(fine, id)}:
            fine |= more
        return fine

    def _leads_to(self, fine: set[str], id: str) -> bool:
        ways = (edge.to in fine for edge in self._ways[id])
        return all(ways) if _is_fate(self.nodes[id]) else any(ways)

    def _may_stop(self, node: AnyNode) -> bool:
        """A loop, and an edge that leads nowhere, are mistakes of their own: not reported as a dead end besides."""
        if isinstance(node, ToGroup | LeaveMessage | End):
            return True
        ways = self._ways[node.id]
        return node.id in self.looping or not ways or any(edge.to not in self.nodes for edge in ways)

    def _circles(self, lost: set[str]) -> set[str]:
        """Of the nodes that lead nowhere those that go round, not every one that leads to them."""
        ahead = _closure({id: self._out(self.nodes[id]) & lost for id in lost})
        return {id for id, found in ahead.items() if all(id in ahead[to] for to in found)}

    def _same_group(self, one: str, other: str) -> bool:
        a, b = self.nodes[one], self.nodes[other]
        return isinstance(a, ToGroup) and isinstance(b, ToGroup) and (a is b or a.group == b.group != "")


def _asks_the_clock(node: AnyNode) -> bool:
    """Whoever is led to the same place at any hour was not asked."""
    if len({edge.to for edge in edges(node)}) < 2:
        return False
    if isinstance(node, Condition):
        return any(clause.fact in ("hour", "weekday") for branch in node.branches for clause in branch.when)
    return isinstance(node, Hours)


def _is_fate(node: AnyNode) -> bool:
    """Whether the way on is not in the visitor's hand: then every one of them must lead somewhere."""
    if isinstance(node, Condition):
        return not any(clause.fact.startswith(ANSWER) for branch in node.branches for clause in branch.when)
    return isinstance(node, Hours | Bot | Webhook)


def _closure(graph: Graph) -> dict[str, frozenset[str]]:
    """For each node all that can be reached from it by one edge or more.

    Warshall's way, a bit for each node: the largest flow, with every edge that it can have, takes some milliseconds.
    """
    bits = {id: 1 << n for n, id in enumerate(graph)}
    ahead = {id: sum(bits[to] for to in graph[id]) for id in graph}
    for via in graph:
        for id in graph:
            if ahead[id] & bits[via]:
                ahead[id] |= ahead[via]
    return {id: frozenset(to for to in graph if found & bits[to]) for id, found in ahead.items()}
