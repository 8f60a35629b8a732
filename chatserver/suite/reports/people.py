"""What the hub has at hand about agents, groups and inboxes: their names, and who is whose colleague."""

from collections.abc import Iterator
from typing import Any

from chatserver.access.check import Actor
from chatserver.hub.hub import Hub
from chatserver.suite.reports.answers import Names


def names(hub: Hub) -> Names:
    """Of what people have named themselves; what is gone is called by its id."""
    workspace: Any = hub.held("workspace", "main")
    settings = workspace.settings
    return {
        "agent": {agent.id: agent.profile.name for agent in hub.agents() if agent.profile},
        "group": {group.id: group.name for group in settings.groups},
        "inbox": {inbox.id: inbox.name for inbox in settings.ways},
        "status": {status.key: status.name for status in settings.agents.statuses},
    }


def near(hub: Hub, who: Actor) -> Iterator[str]:
    """Everybody with whom `who` shares a group."""
    return (agent.id for agent in hub.agents() if agent.profile and who.groups.intersection(agent.profile.groups))
