"""⟂ Which rows an agent may see, and which of them were asked for. What one may not see is in no list."""

from chatserver.access import permissions as p
from chatserver.access.check import Actor
from chatserver.access.permissions import Scope
from chatserver.conversation.model import Phase
from chatserver.hub.tables import Ask, Between, Is, Tally, Term
from chatserver.suite.conversations.tables import CONVERSATIONS, MARKED, mark
from chatserver.suite.conversations.views import ConversationQuery

Where = tuple[Term, ...]

_WAITS = Is("phase", (Phase.QUEUED.value,))

EVERYTHING = Actor(agent="", groups=frozenset(), grants={p.CONVERSATION_READ.key: Scope.ALL})
"""Whoever may see all."""


def asks(who: Actor, query: ConversationQuery) -> list[Ask]:
    """One for each reason for which `who` sees conversations (`conversation.sight`), newest first."""
    wanted, tag = _wanted(query), query.tag or ""
    found = [_ask(tag, "", (*where, *wanted)) for where in _reasons(who)]
    return found if _all(who) else [*found, _ask(tag, who.agent, wanted)]


def _reasons(who: Actor) -> list[Where]:
    read, take = who.grants.get(p.CONVERSATION_READ.key), who.grants.get(p.CONVERSATION_TAKE.key)
    if _all(who):
        return [()]
    reasons: list[Where] = [(Is("agent", (who.agent,)),)]
    groups = [Is("group", (group,)) for group in sorted(who.groups)]
    if read is Scope.GROUP:
        reasons += [(group,) for group in groups]
    if take is Scope.ALL:
        reasons.append((_WAITS,))
    elif take is Scope.GROUP and read is not Scope.GROUP:
        reasons += [(group, _WAITS) for group in groups]
    return reasons


def _all(who: Actor) -> bool:
    return who.grants.get(p.CONVERSATION_READ.key) is Scope.ALL


def _ask(tag: str, called: str, where: Where) -> Ask:
    if not tag and not called:
        return Ask(table=CONVERSATIONS, where=where, order="opened_at", descending=True)
    marked = Is("mark", (mark(tag, called),))
    return Ask(table=MARKED, where=(marked, *where), order="opened_at", descending=True)


def _wanted(query: ConversationQuery) -> Where:
    texts = {
        "contact": query.contact,
        "agent": query.agent,
        "group": query.group,
        "inbox": query.inbox,
        "phase": query.phase,
        "channel": query.channel,
        "closed_by": query.closed_by,
    }
    terms: list[Term] = [Is(column, (str(value),)) for column, value in texts.items() if value is not None]
    if query.rating is not None:
        terms.append(Is("rating", (query.rating,)))
    if query.rated is not None:
        terms.append(Between("rating") if query.rated else Is("rating", (None,)))
    if query.opened_from is not None or query.opened_before is not None:
        terms.append(Between("opened_at", query.opened_from, query.opened_before))
    return tuple(terms)


def _questions() -> dict[str, Ask | Tally]:
    agent = Actor(agent="a1", groups=frozenset({"g1"}), grants={p.CONVERSATION_READ.key: Scope.GROUP})
    lists = {
        "all": ConversationQuery(),
        "by phase": ConversationQuery(phase=Phase.CLOSED),
        "by agent": ConversationQuery(agent="a1"),
        "by group": ConversationQuery(group="g1"),
        "by inbox": ConversationQuery(inbox="i1"),
        "by channel": ConversationQuery(channel="web"),
        "by contact": ConversationQuery(contact="v1"),
        "by score": ConversationQuery(rating=1),
        "by tag": ConversationQuery(tag="t1"),
        "that nobody rated, of an agent": ConversationQuery(agent="a1", rated=False),
        "of a stretch of time": ConversationQuery(opened_from=1, opened_before=2**52),
    }
    mine = asks(agent, ConversationQuery())
    return {
        **{f"conversations, {name}": asks(EVERYTHING, query)[0] for name, query in lists.items()},
        **{f"conversations, seen for reason {n}": ask for n, ask in enumerate(mine, 1)},
    }


QUESTIONS = _questions()
"""What the operations ask, by a name."""
