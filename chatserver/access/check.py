"""The one question of access: may this actor do this to that?"""

import msgspec

from chatserver.access.permissions import Permission, Scope
from chatserver.access.roles import Grants, Role, grants_of
from chatserver.kernel.errors import ErrorCode, Refused


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: an agent with groups, and the sum of what the roles grant. `behind` a program is the agent who answers
    for it."""

    agent: str
    groups: frozenset[str]
    grants: Grants
    behind: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about: whose it is, if anybody's, and the group it belongs to, if any."""

    owner: str | None = None
    group: str | None = None


def actor(agent: str, groups: tuple[str, ...], roles: tuple[str, ...], own: tuple[Role, ...]) -> Actor:
    """`own` are the workspace's roles, which may be others at the next request."""
    return Actor(agent=agent, groups=frozenset(groups), grants=granted(roles, own))


def granted(roles: tuple[str, ...], own: tuple[Role, ...]) -> Grants:
    """Of several roles, each permission counts with its widest scope; an unknown role grants nothing."""
    grants: Grants = {}
    for role in roles:
        for key, scope in grants_of(role, own).items():
            grants[key] = max(scope, grants.get(key, scope))
    return grants


def allowed(who: Actor, permission: Permission, target: Target) -> bool:
    """True when the scope that `who` holds reaches `target`."""
    scope = who.grants.get(permission.key)
    if scope is None:
        return False
    if scope is Scope.ALL or target.owner == who.agent:
        return True
    return scope is Scope.GROUP and target.group in who.groups


def require(who: Actor, permission: Permission, target: Target | None = None) -> None:
    """`Refused(forbidden)` unless allowed; without a target, holding the permission at any scope is enough, but for
    those that are about the whole."""
    target = Target() if target is None and permission.whole else target
    held = permission.key in who.grants if target is None else allowed(who, permission, target)
    if not held:
        raise Refused(ErrorCode.FORBIDDEN, permission=permission.key)


def reaches(who: Actor, permission: Permission, owner: str, groups: tuple[str, ...]) -> bool:
    """The same for what belongs to several groups at once, as a colleague does."""
    return any(allowed(who, permission, Target(owner=owner, group=g)) for g in groups or (None,))


def covers(who: Actor, grants: Grants) -> bool:
    """Whether `who` holds all of this: nobody gives away more than they have."""
    return all(who.grants.get(key, 0) >= scope for key, scope in grants.items())
