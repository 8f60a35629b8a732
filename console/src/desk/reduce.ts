// THE fold of the console: what is known, plus one thing that happened, gives what is known now. Pure: no clock, no
// ids, no I/O.
import type {
  AgentCard,
  AgentWelcome,
  Card,
  ConversationRecord,
  Gone,
  Item,
  Page,
  Snapshot,
} from "@chatserver/client/agent.gen";
import type { Status } from "@chatserver/client/link";
import type { Outgoing } from "./outbox";
import { EMPTY_TIMELINE, type DeskState, type Timeline } from "./state";

export type Happening =
  | { kind: "connection"; status: Status; why: string }
  | { kind: "welcomed"; welcome: AgentWelcome }
  | { kind: "recorded"; record: ConversationRecord }
  | { kind: "gone"; gone: Gone }
  | { kind: "agent"; agent: AgentCard }
  | { kind: "typing"; conversation: string; until: number }
  | { kind: "faded"; now: number }
  | { kind: "loading"; conversation: string }
  | { kind: "paged"; conversation: string; page: Page }
  | { kind: "page_failed"; conversation: string }
  | { kind: "outgoing"; line: Outgoing }
  | { kind: "dropped"; id: string };

/** Timelines kept in memory; the one opened longest ago goes first. A day's work stays far below a browser's limits. */
export const MAX_TIMELINES = 60;

export function reduce(state: DeskState, happening: Happening): DeskState {
  switch (happening.kind) {
    case "connection":
      return { ...state, connection: happening.status, denial: happening.why };
    case "welcomed":
      return welcomed(state, happening.welcome);
    case "recorded":
      return settled(recorded(state, happening.record));
    case "gone":
      return gone(state, happening.gone);
    case "agent":
      return { ...state, agents: set(state.agents, happening.agent.id, happening.agent) };
    case "typing":
      return { ...state, typing: set(state.typing, happening.conversation, happening.until) };
    case "faded":
      return faded(state, happening.now);
    case "loading":
      return loading(state, happening.conversation);
    case "paged":
      return settled(paged(state, happening.conversation, happening.page));
    case "page_failed":
      return patch(state, happening.conversation, { load: "failed" });
    case "outgoing":
      return settled({ ...state, outbox: placed(state.outbox, happening.line) });
    case "dropped":
      return { ...state, outbox: state.outbox.filter((line) => line.id !== happening.id) };
  }
}

function welcomed(state: DeskState, welcome: AgentWelcome): DeskState {
  const base = welcome.snapshot ? fromSnapshot(state, welcome.snapshot) : welcome.records.reduce(recorded, state);
  return settled({ ...base, ready: true, seq: Math.max(welcome.snapshot ? 0 : base.seq, welcome.seq) });
}

/** A snapshot forgets everything but what this console still has to send. */
function fromSnapshot(state: DeskState, snapshot: Snapshot): DeskState {
  return {
    ...state,
    me: snapshot.me,
    cards: new Map(snapshot.conversations.map((card) => [card.id, card])),
    left: new Set(),
    timelines: new Map(),
    typing: new Map(),
    agents: new Map(snapshot.agents.map((agent) => [agent.id, agent])),
    groups: new Map(snapshot.groups.map((group) => [group.id, group.name])),
    inboxes: new Map(snapshot.inboxes.map((inbox) => [inbox.id, inbox.name])),
    statuses: snapshot.statuses,
  };
}

function recorded(state: DeskState, { seq, card, item }: ConversationRecord): DeskState {
  const known = state.cards.get(card.id);
  const next = {
    ...state,
    seq: Math.max(state.seq, seq),
    cards: isNewer(card, known) ? set(state.cards, card.id, card) : state.cards,
  };
  if (!item) return next;
  const typing = item.by === "visitor" && state.typing.has(card.id) ? without(state.typing, card.id) : state.typing;
  const timeline = state.timelines.get(card.id);
  // A timeline that nobody opened is loaded whole later; half a one would look complete.
  if (!timeline) return { ...next, typing };
  return {
    ...next,
    typing,
    timelines: set(state.timelines, card.id, item.replaces ? changed(timeline, item.replaces, item) : grown(timeline, [item])),
  };
}

function isNewer(card: Card, known: Card | undefined): boolean {
  return !known || card.version >= known.version;
}

function gone(state: DeskState, { seq, conversation }: Gone): DeskState {
  return {
    ...state,
    seq: Math.max(state.seq, seq),
    cards: without(state.cards, conversation),
    left: state.cards.has(conversation) ? new Set(state.left).add(conversation) : state.left,
    timelines: without(state.timelines, conversation),
    typing: without(state.typing, conversation),
  };
}

function faded(state: DeskState, now: number): DeskState {
  const typing = new Map([...state.typing].filter(([, until]) => until > now));
  return typing.size === state.typing.size ? state : { ...state, typing };
}

function loading(state: DeskState, conversation: string): DeskState {
  const timeline = state.timelines.get(conversation) ?? EMPTY_TIMELINE;
  const timelines = new Map(state.timelines);
  timelines.delete(conversation); // re-inserted last: a Map remembers the order
  timelines.set(conversation, { ...timeline, load: "loading" });
  for (const oldest of timelines.keys()) {
    if (timelines.size <= MAX_TIMELINES) break;
    timelines.delete(oldest);
  }
  return { ...state, timelines };
}

function paged(state: DeskState, conversation: string, page: Page): DeskState {
  const timeline = state.timelines.get(conversation);
  if (!timeline) return state; // gone while the page was on its way
  return patch(state, conversation, { ...grown(timeline, page.items), more: page.more, load: "ready" });
}

function patch(state: DeskState, conversation: string, change: Partial<Timeline>): DeskState {
  const timeline = state.timelines.get(conversation);
  return timeline ? { ...state, timelines: set(state.timelines, conversation, { ...timeline, ...change }) } : state;
}

function grown(timeline: Timeline, more: readonly Item[]): Timeline {
  return { ...timeline, items: merged(timeline.items, more.map((item) => asNow(timeline.changed, item))) };
}

/** A line keeps its place when it is edited or taken back; of two changes the newer one counts. */
function changed(timeline: Timeline, id: string, item: Item): Timeline {
  if ((timeline.changed.get(id)?.seq ?? 0) >= item.seq) return timeline;
  const newest = set(timeline.changed, id, item);
  return { ...timeline, changed: newest, items: timeline.items.map((line) => asNow(newest, line)) };
}

/** The line as it reads now, and what it quotes as well. */
function asNow(changes: ReadonlyMap<string, Item>, line: Item): Item {
  const own = changes.get(line.id);
  const quoted = line.quote && changes.get(line.quote.item)?.content;
  if (own) {
    const { by, content, edited, original } = own;
    line = { ...line, by, content, edited, original, quote: edited ? line.quote : null };
  }
  if (!quoted || !line.quote) return line;
  return { ...line, quote: { ...line.quote, kind: quoted.kind, text: quoted.kind === "text" ? quoted.text : "" } };
}

/** Both lists in one, by seq, each id once. */
export function merged(known: readonly Item[], more: readonly Item[]): readonly Item[] {
  const ids = new Set(known.map((item) => item.id));
  const fresh = more.filter((item) => !ids.has(item.id));
  if (!fresh.length) return known;
  const last = known.at(-1);
  const items = [...known, ...fresh];
  // The common case, one newer line, needs no sorting.
  return fresh.length === 1 && last && fresh[0]!.seq > last.seq ? items : items.sort((a, b) => a.seq - b.seq);
}

function placed(outbox: readonly Outgoing[], line: Outgoing): readonly Outgoing[] {
  const at = outbox.findIndex((other) => other.id === line.id);
  return at < 0 ? [...outbox, line] : outbox.with(at, line);
}

/** Lines that came back in their conversation, or that the log has passed, need no copy in the outbox. */
function settled(state: DeskState): DeskState {
  const outbox = state.outbox.filter((line) => {
    if (line.state === "sent" && line.seq <= state.seq) return false;
    return !state.timelines.get(line.conversation)?.items.some((item) => item.id === line.id);
  });
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

function set<T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> {
  return new Map(map).set(key, value);
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
