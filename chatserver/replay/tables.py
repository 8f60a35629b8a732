"""The results as plain text for a terminal. Computes nothing."""

from collections.abc import Iterable

from chatserver.dispatch import events as e
from chatserver.replay.check import Assignment, Checked, Ruling
from chatserver.replay.figures import AgentFigures, Figures
from chatserver.replay.simulate import Compared

SHOWN = 20
"""Differences that are printed one by one: later ones mostly follow from the first."""


def of_check(checked: Checked) -> str:
    """The counts, and the first differences with what the log says and what the code says now."""
    lines = [
        f"records      {checked.records}",
        f"decisions    {checked.decisions}",
        f"  equal      {checked.equal}",
        f"assignments  {checked.matches} by strategy, {checked.by_hand} by hand",
        f"told to wait, sent on, not kept  {checked.rulings}",
        f"differences  {len(checked.differences)}",
    ]
    for found in checked.differences[:SHOWN]:
        lines += [f"seq {found.seq}", f"  log: {said(found.logged)}", f"  now: {said(found.computed)}"]
    if len(checked.differences) > SHOWN:
        lines.append(f"... and {len(checked.differences) - SHOWN} more; those after the first may follow from it")
    return "\n".join(lines)


def said(decided: Assignment | Ruling | None) -> str:
    """One decision on one line, an assignment with its reason."""
    match decided:
        case None:
            return "nothing"
        case e.Placed():
            return f"{decided.conversation} comes after {decided.ahead}"
        case e.Overflowed():
            return f"{decided.conversation} sent on from {decided.group} to {decided.waiting.group}"
        case e.TurnedAway():
            return f"{decided.conversation} not kept in {decided.group}: {decided.reason}"
        case e.Matched() | e.Offered():
            return assigned(decided)


def assigned(decided: Assignment) -> str:
    r = decided.reason
    return (
        f"{decided.conversation} in {decided.group} -> {decided.agent}"
        f"  at={decided.at.isoformat()} rule={r.rule} strategy={r.strategy.value} below_min={r.below_min}"
        f" eligible={r.eligible} ranked={','.join(r.ranked)} rejected={pairs(r.rejected.items()) or '-'}"
        f" causes={pairs(r.causes.items()) or '-'} missed={','.join(r.missed) or '-'}"
    )


def pairs(items: Iterable[tuple[str, object]]) -> str:
    return ",".join(f"{key}:{value}" for key, value in items)


def of_comparison(compared: Compared) -> str:
    """Both runs side by side, the whole first, then each agent."""
    a, b = compared.recorded, compared.other
    rows = [("", "recorded settings", "other settings"), *zip(LABELS, values(a), values(b), strict=True)]
    rows += [("", "", ""), ("agent", "served missed  busy", "served missed  busy")]
    nobody = AgentFigures(0, 0, 0.0)
    for agent in sorted({*a.agents, *b.agents}):
        rows.append((agent, share(a.agents.get(agent, nobody)), share(b.agents.get(agent, nobody))))
    width = max(len(label) for label, _, _ in rows)
    title = f"{compared.start.isoformat()} to {compared.end.isoformat()}"
    return "\n".join([title, *(f"{x:<{width}}  {y:>20}  {z:>20}".rstrip() for x, y, z in rows)])


LABELS = (
    "arrivals",
    "served",
    "turned away: queue full",
    "turned away: nobody on duty",
    "turned away: waited too long",
    "left by themselves",
    "still waiting at the end",
    "missed offers",
    "wait p50 (s)",
    "wait p90 (s)",
    "wait max (s)",
    "longest queue",
    "served per agent: deviation",
    "served per agent: max - min",
    "returning, back to own agent",
)


def values(f: Figures) -> list[str]:
    """In the order of `LABELS`."""
    whole = [f.arrivals, f.served, *f.turned_away.values(), f.left, f.still_waiting, f.missed]
    waits = [f"{seconds:.1f}" for seconds in (f.wait_p50, f.wait_p90, f.wait_max)]
    share = f" ({f.returning_to_own / f.returning:.0%})" if f.returning else ""
    back = f"{f.returning_to_own}/{f.returning}{share}"
    return [*map(str, whole), *waits, str(f.longest_queue), f"{f.deviation:.2f}", str(f.range), back]


def share(agent: AgentFigures) -> str:
    return f"{agent.served:>6} {agent.missed:>6} {agent.busy:>5.0%}"
