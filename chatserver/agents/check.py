"""What no single field of a profile can say: that it agrees with itself and with the workspace. Pure."""

from collections.abc import Iterator

import msgspec

from chatserver.agents.model import Profile


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile may refer to, id -> name."""

    groups: dict[str, str]
    roles: dict[str, str]
    statuses: dict[str, str]


class Problem(msgspec.Struct, frozen=True):
    """Where, and what: `code` is a stable name."""

    path: str
    code: str


def problems(profile: Profile, known: Known) -> Iterator[Problem]:
    """Nothing when the profile may be saved."""
    for n, group in enumerate(profile.groups):
        if group not in known.groups:
            yield Problem(f"$.groups[{n}]", "unknown_group")
    for n, role in enumerate(profile.roles):
        if role not in known.roles:
            yield Problem(f"$.roles[{n}]", "unknown_role")
    if profile.initial_status not in known.statuses:
        yield Problem("$.initial_status", "unknown_status")
    if profile.min > profile.max:
        yield Problem("$.min", "min_above_max")
    for field in ("account", "name", "nickname"):
        if not getattr(profile, field).strip():
            yield Problem(f"$.{field}", "empty")
