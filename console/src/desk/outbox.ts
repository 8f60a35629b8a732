// Replies and notes that the server has not confirmed yet: pure transitions, and their copy in sessionStorage.
// The id is made here once; sending it again cannot make a second line.
import { OfflineError, RefusedError } from "@chatserver/client/link";

export interface Outgoing {
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
  /** Only agents will see it. */
  readonly note: boolean;
  /** Epoch ms at which the agent pressed send. */
  readonly at: number;
  /** `sent`: durable on the server, its line has not come back yet. */
  readonly state: "sending" | "sent" | "failed";
  /** Attempts that met silence or "later" while there was a connection. */
  readonly tries: number;
  /** Why it failed: an error code and its data. */
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Its place in the log, 0 until acknowledged. */
  readonly seq: number;
}

/** After so many unanswered tries the agent should know; about half a minute with the link's 10 s each. */
export const MAX_TRIES = 3;

export function outgoing(id: string, conversation: string, text: string, note: boolean, at: number): Outgoing {
  return { id, conversation, text, note, at, state: "sending", tries: 0, code: "", data: {}, seq: 0 };
}

/** The next one to send for each conversation that has none in flight: order within a conversation is kept. */
export function due(outbox: readonly Outgoing[], flying: ReadonlySet<string>): Outgoing[] {
  const busy = new Set(outbox.filter((line) => flying.has(line.id)).map((line) => line.conversation));
  const next: Outgoing[] = [];
  for (const line of outbox) {
    if (line.state !== "sending" || busy.has(line.conversation)) continue;
    busy.add(line.conversation);
    next.push(line);
  }
  return next;
}

/** What a failed attempt makes of a line. Without a connection nothing is lost: it stays `sending`. */
export function after(line: Outgoing, failure: unknown): Outgoing {
  if (failure instanceof RefusedError && failure.retry === "never") {
    return { ...line, state: "failed", code: failure.code, data: failure.data };
  }
  if (failure instanceof OfflineError) return line;
  const tries = line.tries + 1;
  if (tries < MAX_TRIES) return { ...line, tries };
  const refused = failure instanceof RefusedError ? failure : null;
  return { ...line, tries, state: "failed", code: refused?.code ?? "", data: refused?.data ?? {} };
}

export function again(line: Outgoing): Outgoing {
  return { ...line, state: "sending", tries: 0, code: "", data: {} };
}

const key = (agent: string) => `chatserver:outbox:${agent}`;

/** Keeps what is unconfirmed over a reload; a browser without storage merely forgets. */
export function save(agent: string, outbox: readonly Outgoing[]): void {
  try {
    const kept = outbox.filter((line) => line.state !== "sent");
    if (kept.length) sessionStorage.setItem(key(agent), JSON.stringify(kept));
    else sessionStorage.removeItem(key(agent));
  } catch {
    // No storage or no room: the lines live in memory until the page goes.
  }
}

export function restore(agent: string): readonly Outgoing[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key(agent)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isOutgoing) : [];
  } catch {
    return [];
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  const line = value as Outgoing | null;
  return (
    !!line && typeof line.id === "string" && typeof line.text === "string" && typeof line.conversation === "string"
  );
}
