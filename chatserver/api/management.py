"""What whoever manages agents may do to them: within their own reach, and never beyond what they hold themselves."""

from collections.abc import Collection, Iterable

from chatserver.access import permissions as p
from chatserver.access.check import Actor, covers, granted
from chatserver.access.permissions import Scope
from chatserver.access.roles import FIXED, all_roles
from chatserver.agents.check import Known, problems
from chatserver.agents.model import BUILT_IN, Agent, Profile
from chatserver.hub.hub import Hub
from chatserver.kernel.errors import ErrorCode, Refused
from chatserver.settings.model import Settings


def settings_of(hub: Hub) -> Settings:
    settings: Settings = hub.held("workspace", "main").settings
    return settings


def known(s: Settings) -> Known:
    """What a profile may refer to in this workspace."""
    return Known(
        groups={g.id: g.name for g in s.groups},
        roles={r.id: r.name for r in all_roles(s.roles)},
        statuses={k: k for k in BUILT_IN} | {x.key: x.name for x in s.agents.statuses},
    )


def check(hub: Hub, who: Actor, before: Agent | None, after: Profile) -> None:
    """Whether this can be saved at all, and whether `who` may make `before` (None: nobody yet) into it."""
    for problem in problems(after, known(settings_of(hub))):
        raise Refused(ErrorCode.FIELD_INVALID, path=problem.path, label=problem.path, reason=problem.code)
    allow(hub, who, before, after, {before.id} if before and leaves(before, after) else set())


def allow(hub: Hub, who: Actor, before: Agent | None, after: Profile, leaving: Collection[str]) -> None:
    """`leaving` are all who would not administer any more, this one perhaps among them."""
    s = settings_of(hub)
    manages(s, who, before)
    had = before.profile if before else None
    if who.grants.get(p.AGENT_MANAGE.key) is not Scope.ALL:
        others = set(after.groups) - who.groups - set(had.groups if had else ())
        if others or not after.groups:
            raise Refused(ErrorCode.FORBIDDEN, permission=p.AGENT_MANAGE.key, groups=sorted(others))
    if (had is None or had.roles != after.roles) and not covers(who, granted(after.roles, s.roles)):
        raise Refused(ErrorCode.FORBIDDEN, permission=p.ROLE_MANAGE.key, roles=list(after.roles))
    if before and before.id in leaving:
        agents: Iterable[Agent] = hub.agents()
        if all(a.id in leaving or not _administers(a.profile) for a in agents):
            raise Refused(ErrorCode.LAST_ADMIN)


def leaves(before: Agent, after: Profile) -> bool:
    """Whether this one would not administer any more; a workspace is never left without anybody who does."""
    return _administers(before.profile) and not _administers(after)


def manages(s: Settings, who: Actor, agent: Agent | None) -> None:
    """Nobody manages whoever holds more: an administrator's password is not a supervisor's to set."""
    if agent and agent.profile and agent.id != who.agent and not covers(who, granted(agent.profile.roles, s.roles)):
        raise Refused(ErrorCode.FORBIDDEN, permission=p.AGENT_MANAGE.key, agent=agent.id)


def _administers(profile: Profile | None) -> bool:
    return profile is not None and profile.active and FIXED in profile.roles
