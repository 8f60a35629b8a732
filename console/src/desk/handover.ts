// 转接: to whom a conversation can be handed, in the order in which one would ask. Pure. The server decides; this only
// bars what it would refuse.
import type { AgentCard, Card, Me, StatusChoice } from "@chatserver/client/agent.gen";

/** Where a conversation goes. */
export interface Recipient {
  readonly kind: "agent" | "group";
  readonly id: string;
}

/** Why somebody cannot be given a conversation; `null`: they can. */
export type Bar = "offline" | "full" | "unstaffed" | null;

export interface Colleague {
  readonly kind: "agent";
  readonly id: string;
  readonly name: string;
  readonly bar: Bar;
  readonly agent: AgentCard;
}

export interface Team {
  readonly kind: "group";
  readonly id: string;
  readonly name: string;
  readonly bar: Bar;
  /** Agents on duty besides the one who serves; `null`: this agent may not see that group's agents. */
  readonly onDuty: number | null;
  /** The conversation is of this group now. */
  readonly current: boolean;
}

export type Choice = Colleague | Team;

export interface Staff {
  readonly agents: ReadonlyMap<string, AgentCard>;
  readonly groups: ReadonlyMap<string, string>;
  readonly statuses: readonly StatusChoice[];
  readonly me: Me | null;
}

const OFFLINE = "offline";

/** Everybody but who serves now: those who can first, the ready before the busy, the least loaded on top. */
export function colleaguesFor(card: Card, { agents, statuses }: Staff, words: string): Colleague[] {
  const ready = new Set(statuses.filter(({ takes_new }) => takes_new).map(({ key }) => key));
  const rank = ({ agent, bar }: Colleague) => (bar ? 2 : ready.has(agent.status) ? 0 : 1);
  const room = ({ agent }: Colleague) => agent.load / Math.max(1, agent.max);
  return [...agents.values()]
    .filter((agent) => agent.id !== card.agent && mentions(agent.name, words))
    .map((agent): Colleague => ({ kind: "agent", id: agent.id, name: agent.name, bar: barOf(agent), agent }))
    .sort((a, b) => rank(a) - rank(b) || room(a) - room(b) || byName(a, b));
}

/** All groups by name, those where nobody could answer last. */
export function teamsFor(card: Card, { agents, groups, me }: Staff, words: string): Team[] {
  const own = agents.get(me?.id ?? "")?.groups ?? [];
  const seesAll = me?.permissions["agent.read"] === "all";
  const others = [...agents.values()].filter(({ id, status }) => id !== card.agent && status !== OFFLINE);
  const team = ([id, name]: [string, string]): Team => {
    const known = seesAll || own.includes(id);
    const onDuty = known ? others.filter((agent) => agent.groups.includes(id)).length : null;
    return { kind: "group", id, name, onDuty, bar: onDuty === 0 ? "unstaffed" : null, current: id === card.group };
  };
  return [...groups]
    .filter(([, name]) => mentions(name, words))
    .map(team)
    .sort((a, b) => Number(!!a.bar) - Number(!!b.bar) || byName(a, b));
}

/** A busy colleague may be given a conversation by hand, one who is away or full may not. */
function barOf({ status, load, max }: AgentCard): Bar {
  if (status === OFFLINE) return "offline";
  return load >= max ? "full" : null;
}

function mentions(name: string, words: string): boolean {
  return name.toLocaleLowerCase().includes(words.trim().toLocaleLowerCase());
}

function byName(a: Choice, b: Choice): number {
  return a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1);
}
