"""docs/permissions.md: the table of permissions, the roles, and the doors that ask for each."""

from collections.abc import Iterator

from chatserver.access.permissions import PERMISSIONS, Permission, Scope
from chatserver.access.roles import ROLES, TITLES
from chatserver.api.rest import PREFIX
from tools.reference.doors import agent_commands, operations
from tools.reference.markdown import code, page, table

INTRO = """
There is one table, `chatserver/access/permissions.py`. Every event of the console's socket and every route of the HTTP
API names one row of it, or is public; a test fails otherwise. Visitors hold no permission at all: they reach only their
own conversation. An agent holds each permission with a scope, and a larger scope includes the smaller ones:
"""

SCOPES = {
    Scope.OWN: ("本人", "what is assigned to me"),
    Scope.GROUP: ("本组", "and what belongs to my groups"),
    Scope.ALL: ("全部", "everything in the workspace"),
}

ROLES_INTRO = """
An agent has one or more roles. Of several roles each permission counts with its widest scope; an unknown role grants
nothing. A changed role acts on the next request, on open connections too. These three are built in; a workspace makes
further ones, and may change all but the administrator's, as settings (`roles`) or over the API (`/roles`). Nobody
grants, or takes away, what they do not hold themselves.
"""

WHOLE = """
What is about the whole workspace belongs neither to anybody nor to a group: it is granted with `all` or not at all, and
a role or key with less of it is refused (`all_only`).
"""

QUEUE = """
One rule goes beyond the table: whoever may take conversations of a group also sees those that wait in its queue.
"""


def permissions() -> str:
    return page(
        "Permissions 权限",
        INTRO,
        table(("Scope", "中文", "Reaches"), ((code(s.name.lower()), *SCOPES[s]) for s in Scope)),
        "## Permissions 权限项",
        WHOLE,
        table(("Permission", "中文", "Meaning", "Scopes", "Asked for by"), (row(p) for p in PERMISSIONS)),
        QUEUE,
        "## Roles 角色",
        ROLES_INTRO,
        roles(),
    )


def row(p: Permission) -> tuple[str, ...]:
    scopes = ", ".join(code(scope.name.lower()) for scope in p.scopes)
    return (code(p.key), p.title, p.description, scopes, ", ".join(askers(p)) or "what others may see of it")


def askers(p: Permission) -> Iterator[str]:
    yield from (f"event `{name}`" for name, command in agent_commands().items() if command.requires is p)
    yield from (f"`{o.method} {PREFIX}{o.path}`" for o in operations() if o.requires is p)


def roles() -> str:
    head = ("Permission", *(f"{code(role)} {TITLES.get(role, '')}".strip() for role in ROLES))

    def scope(role: str, p: Permission) -> str:
        held = ROLES[role].get(p.key)
        return held.name.lower() if held else ""

    return table(head, ([code(p.key), *(scope(role, p) for role in ROLES)] for p in PERMISSIONS))
