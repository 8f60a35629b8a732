// What the console knows, as plain data. Knows neither React nor sockets, so that a test can write one by hand.
import type { AgentCard, Card, Item, Me, StatusChoice } from "@chatserver/client/agent.gen";
import type { Status } from "@chatserver/client/link";
import type { Outgoing } from "./outbox";

/** The lines of one conversation that are loaded, oldest first. */
export interface Timeline {
  readonly items: readonly Item[];
  /** By the id of a line, what it was replaced with: also for lines that are not loaded yet. */
  readonly changed: ReadonlyMap<string, Item>;
  /** Older lines exist on the server. */
  readonly more: boolean;
  /** `empty`: never loaded. `loading`: a page is on its way. `failed`: the last page did not come. */
  readonly load: "empty" | "loading" | "ready" | "failed";
}

export interface DeskState {
  readonly connection: Status;
  /** While `denied`: the error code of the refusal. */
  readonly denial: string;
  /** A snapshot has arrived since the login: the lists mean something. */
  readonly ready: boolean;
  /** The newest seq that was folded; a reconnect resumes from here. */
  readonly seq: number;
  readonly me: Me | null;
  readonly cards: ReadonlyMap<string, Card>;
  /** What was here and is no longer mine to see. */
  readonly left: ReadonlySet<string>;
  readonly timelines: ReadonlyMap<string, Timeline>;
  readonly agents: ReadonlyMap<string, AgentCard>;
  readonly groups: ReadonlyMap<string, string>;
  readonly inboxes: ReadonlyMap<string, string>;
  readonly statuses: readonly StatusChoice[];
  /** Conversation -> epoch ms at which "the visitor is writing" fades. */
  readonly typing: ReadonlyMap<string, number>;
  readonly outbox: readonly Outgoing[];
}

export const EMPTY_TIMELINE: Timeline = { items: [], changed: new Map(), more: false, load: "empty" };

export const START: DeskState = {
  connection: "connecting",
  denial: "",
  ready: false,
  seq: 0,
  me: null,
  cards: new Map(),
  left: new Set(),
  timelines: new Map(),
  agents: new Map(),
  groups: new Map(),
  inboxes: new Map(),
  statuses: [],
  typing: new Map(),
  outbox: [],
};
