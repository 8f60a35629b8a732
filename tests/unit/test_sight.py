"""Who is told of a conversation is who may see it: the index for pushes says what the rule says."""

from hypothesis import given
from hypothesis import strategies as st

from chatserver.access import permissions as p
from chatserver.access.check import Actor, actor
from chatserver.access.permissions import Scope
from chatserver.api.desks import Desks
from chatserver.conversation.model import Conversation, Face, Handover, Phase
from chatserver.conversation.sight import may_write, sees
from tests.fakes.clock import T0

AGENTS, GROUPS, ROLES = ("a1", "a2", "a3"), ("g1", "g2"), ("agent", "supervisor", "admin", "nothing")
NAMES = st.lists(st.sampled_from(AGENTS), max_size=2, unique=True).map(tuple)
HANDOVERS = st.sampled_from(AGENTS).map(lambda a: Handover(by=Face(name=""), to_agent=a, to_name="", until=T0))
CONVERSATIONS = st.builds(
    Conversation,
    id=st.just("c1"),
    phase=st.sampled_from([Phase.QUEUED, Phase.SERVING, Phase.CLOSED]),
    group=st.sampled_from([None, *GROUPS]),
    agent=st.sampled_from([None, *AGENTS]),
    helpers=NAMES,
    mentioned=NAMES,
    handover=st.none() | HANDOVERS,
)
MEMBERS = st.sampled_from([(), ("g1",), GROUPS])
HELD = st.sampled_from(ROLES).map(lambda role: (role,))
ACTORS = st.tuples(*(st.builds(actor, st.just(agent), MEMBERS, HELD, st.just(())) for agent in AGENTS))


@given(ACTORS, CONVERSATIONS)
def test_whoever_may_see_it_is_told_and_nobody_else(actors: tuple[Actor, ...], c: Conversation) -> None:
    """Served by them, of their group, called to it by a colleague: the two ways to ask agree (S1-3.2b)."""
    desks = Desks()
    for who in actors:
        desks.enter(who)
    assert desks.watchers(c) == {who.agent for who in actors if sees(who, c)}


@given(ACTORS, CONVERSATIONS)
def test_only_who_serves_or_helps_writes(actors: tuple[Actor, ...], c: Conversation) -> None:
    """An agent without a wider scope writes where they serve or help, and nowhere else."""
    for who in actors:
        if who.grants.get(p.CONVERSATION_REPLY.key) is Scope.OWN:
            assert may_write(who, c) == (who.agent in (c.agent, *c.helpers))
