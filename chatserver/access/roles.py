"""The roles of a fresh workspace: which permissions, and how far each reaches."""

from chatserver.access import permissions as p
from chatserver.access.permissions import Scope

Grants = dict[str, Scope]
"""Permission key -> scope."""

AGENT: Grants = {
    p.CONVERSATION_READ.key: Scope.OWN,
    p.CONVERSATION_REPLY.key: Scope.OWN,
    p.CONVERSATION_TAKE.key: Scope.GROUP,
    p.CONVERSATION_TRANSFER.key: Scope.OWN,
    p.CONVERSATION_CLOSE.key: Scope.OWN,
    p.AGENT_READ.key: Scope.GROUP,
    p.AGENT_STATUS.key: Scope.OWN,
}

SUPERVISOR: Grants = AGENT | {
    p.CONVERSATION_READ.key: Scope.GROUP,
    p.CONVERSATION_TRANSFER.key: Scope.GROUP,
    p.CONVERSATION_CLOSE.key: Scope.GROUP,
    p.AGENT_STATUS.key: Scope.GROUP,
    p.SETTINGS_READ.key: Scope.ALL,
}

ADMIN: Grants = {permission.key: Scope.ALL for permission in p.PERMISSIONS}

ROLES: dict[str, Grants] = {"agent": AGENT, "supervisor": SUPERVISOR, "admin": ADMIN}
"""角色: 座席, 班长, 管理员."""
