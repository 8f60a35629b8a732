"""What is wrong with a set of groups: where they flow over to. Pure."""

from collections.abc import Iterator

from chatserver.dispatch.settings import Group


def problems(groups: tuple[Group, ...]) -> Iterator[tuple[str, str]]:
    """(path, code)."""
    to = {g.id: g.overflow for g in groups}
    for n, group in enumerate(groups):
        if group.overflow and group.overflow not in to:
            yield f"$.groups[{n}].overflow", "unknown_group"
        elif _comes_back(group.id, to):
            yield f"$.groups[{n}].overflow", "overflow_in_a_circle"
        elif group.overflow in without_chat(groups):
            yield f"$.groups[{n}].overflow", "group_without_chat"


def without_chat(groups: tuple[Group, ...]) -> frozenset[str]:
    """The groups that no conversation is led to: they serve calls alone."""
    return frozenset(g.id for g in groups if "chat" not in g.serves)


def _comes_back(group: str, to: dict[str, str]) -> bool:
    at, steps = to[group], 0
    while at and at != group and steps < len(to):
        at, steps = to.get(at, ""), steps + 1
    return at == group
