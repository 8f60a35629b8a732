"""Who of the connected agents may see a conversation: indexes, so that a push need not ask everybody."""

from collections.abc import Iterable, Iterator

from chatserver.access import permissions as p
from chatserver.access.check import Actor, Target, allowed
from chatserver.access.permissions import Permission, Scope
from chatserver.conversation.model import Conversation, Phase
from chatserver.conversation.sight import called, target


class Desks:
    """The connected agents. An agent with two consoles is one desk."""

    def __init__(self) -> None:
        self._actors: dict[str, Actor] = {}
        self._consoles: dict[str, int] = {}
        self._everything: set[str] = set()
        self._readers: dict[str, set[str]] = {}
        self._takers: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return sum(self._consoles.values())

    def __contains__(self, agent: str) -> bool:
        return agent in self._actors

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._actors))

    def enter(self, who: Actor) -> None:
        self._consoles[who.agent] = self._consoles.get(who.agent, 0) + 1
        self.update(who)

    def leave(self, agent: str) -> None:
        left = self._consoles.get(agent, 0) - 1
        if left > 0:
            self._consoles[agent] = left
            return
        self._consoles.pop(agent, None)
        self._actors.pop(agent, None)
        self._index()

    def update(self, who: Actor) -> None:
        """Groups or roles may have changed; nothing for an agent who is not connected."""
        if who.agent in self._consoles and self._actors.get(who.agent) != who:
            self._actors[who.agent] = who
            self._index()

    def watchers(self, c: Conversation) -> frozenset[str]:
        """The connected agents that may see it; equal to asking `sees` for each."""
        found = set(self._everything)
        if c.group:
            found |= self._readers.get(c.group, set())
            if c.phase is Phase.QUEUED:
                found |= self._takers.get(c.group, set())
        named = (self._actors[agent] for agent in (c.agent, *called(c)) if agent in self._actors)
        return frozenset(found.union(who.agent for who in named if p.CONVERSATION_READ.key in who.grants))

    def who_see_recalled(self, agents: frozenset[str], c: Conversation) -> frozenset[str]:
        """Those of `agents` who may know what a line said that was taken back."""
        return frozenset(a for a in agents if allowed(self._actors[a], p.CONVERSATION_READ_RECALLED, target(c)))

    def who_may(self, permission: Permission, targets: Iterable[Target]) -> frozenset[str]:
        """The connected agents whose `permission` reaches one of the `targets`."""
        about = tuple(targets)
        return frozenset(a for a, who in self._actors.items() if any(allowed(who, permission, of) for of in about))

    def colleagues(self, groups: tuple[str, ...]) -> frozenset[str]:
        """The connected agents who may see an agent of these groups."""
        return frozenset(
            a for a, who in self._actors.items()
            if any(allowed(who, p.AGENT_READ, Target(group=g)) for g in groups or (None,))
        )  # fmt: skip

    def overseers(self, groups: tuple[str, ...]) -> frozenset[str]:
        """The connected agents who read all conversations of one of these groups."""
        return frozenset(self._everything).union(*(self._readers.get(g, set()) for g in groups))

    def _index(self) -> None:
        self._everything, self._readers, self._takers = set(), {}, {}
        for agent, who in self._actors.items():
            reads = who.grants.get(p.CONVERSATION_READ.key, Scope.OWN)
            takes = who.grants.get(p.CONVERSATION_TAKE.key, Scope.OWN)
            if reads is Scope.ALL:
                self._everything.add(agent)
            for group in who.groups:
                if reads >= Scope.GROUP:
                    self._readers.setdefault(group, set()).add(agent)
                if takes >= Scope.GROUP:
                    self._takers.setdefault(group, set()).add(agent)
