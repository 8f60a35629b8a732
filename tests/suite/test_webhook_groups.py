"""Whose a conversation is when something happens in it: as the conversation itself says."""

from pathlib import Path

from chatserver.conversation.evolve import evolve
from chatserver.conversation.model import Conversation
from chatserver.hub.machines import id_of, kind_of
from chatserver.suite.integrations.groups import MOVES
from tests.test_scenarios import BY_NAME, run_pure


@BY_NAME
def test_a_conversation_gets_a_group_by_what_subscriptions_take_for_it(path: Path) -> None:
    """Every scenario of the product: by nothing else, and always by that."""
    states: dict[str, Conversation] = {}
    for happened in run_pure(path)[2].log:
        if kind_of(happened.stream) != "conversation":
            continue
        id = id_of(happened.stream)
        before = states.get(id, Conversation(id=id))
        states[id] = after = evolve(before, happened.event)
        moved = isinstance(happened.event, MOVES)
        assert after.group == happened.event.group if moved else after.group in (before.group, None)
