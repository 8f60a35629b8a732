"""Who an agent of this workspace is, and what they may do now: asked anew each time, so that changes act at once."""

from collections.abc import Iterable

from chatserver.access.check import Actor, actor
from chatserver.agents.account import key_of
from chatserver.agents.model import Agent
from chatserver.hub.hub import Hub
from chatserver.kernel.errors import ErrorCode, Refused


def member(hub: Hub, id: str) -> Agent:
    """The agent, unless there is none, or it was deactivated: then no login is worth anything."""
    agent: Agent | None = hub.at_hand("agent", id)
    if agent is None or agent.profile is None or not agent.profile.active:
        raise Refused(ErrorCode.UNAUTHENTICATED)
    return agent


def owner_of(hub: Hub, account: str) -> str | None:
    """The id of the agent whose account this is, if anybody's."""
    agents: Iterable[Agent] = hub.agents()
    key = key_of(account)
    return next((a.id for a in agents if a.profile and key_of(a.profile.account) == key), None)


def actor_of(hub: Hub, agent: Agent) -> Actor:
    """By the agent's roles, as the workspace's settings define them."""
    assert agent.profile, "whoever asks was saved"
    return actor(agent.id, agent.profile.groups, agent.profile.roles, hub.held("workspace", "main").settings.roles)
