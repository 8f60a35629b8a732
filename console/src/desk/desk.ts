// The console's one live object: folds what the link brings, sends what the agent does. Framework-free; screens
// subscribe.
import type { AgentDown, AgentUp, Card, ConversationRecord } from "@chatserver/client/agent.gen";
import { ulid } from "@chatserver/client/ids";
import type { Link, Refusal, Status } from "@chatserver/client/link";
import { RefusedError } from "@chatserver/client/link";
import { alertOf, type Alert } from "./alert";
import { after, again, due, outgoing, restore, save, type Outgoing } from "./outbox";
import type { Recipient } from "./handover";
import { reduce, type Happening } from "./reduce";
import { START, type DeskState } from "./state";

/** "The visitor is writing" fades after so long without news; the wire says the same. */
export const TYPING_MS = 6_000;
/** A pause before a line is tried again after "later", so that a busy server is not hammered. */
const AGAIN_MS = 2_000;
const PAGE = 50;

export interface Hooks {
  /** The login is over: the way back is the login page. */
  onSignedOut: () => void;
  onAlert: (alert: Alert, card: Card) => void;
  now: () => number;
}

export class Desk {
  private state: DeskState;
  private readonly listeners = new Set<() => void>();
  private readonly flying = new Set<string>();
  private readonly readTo = new Map<string, number>();
  private readonly agent: string;
  private readonly link: Link<AgentUp, AgentDown>;
  private readonly hooks: Hooks;
  private looking: string | null = null;
  private closed = false;

  constructor(link: Link<AgentUp, AgentDown>, agent: string, hooks: Hooks) {
    this.link = link;
    this.agent = agent;
    this.hooks = hooks;
    this.state = { ...START, outbox: restore(agent) };
    link.onStatus = (status, why) => this.connection(status, why);
    link.onEvent = (name, data) => this.pushed(name, data);
  }

  readonly snapshot = (): DeskState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  open(): void {
    this.closed = false;
    this.link.open();
  }

  close(): void {
    this.closed = true;
    this.link.close();
  }

  /** The agent looks at this conversation (or at none): its newest page is loaded when it is not there yet. */
  look(conversation: string | null): void {
    this.looking = conversation;
    if (!conversation || !this.state.ready || !this.state.cards.has(conversation)) return;
    const load = this.state.timelines.get(conversation)?.load;
    if (load === undefined || load === "empty" || load === "failed") void this.page(conversation, 0);
  }

  /** Loads the page before the oldest line, if there is one. */
  older(conversation: string): void {
    const timeline = this.state.timelines.get(conversation);
    if (timeline?.load === "loading" || (timeline?.load === "ready" && !timeline.more)) return;
    void this.page(conversation, timeline?.items[0]?.seq ?? 0);
  }

  say(conversation: string, text: string, note: boolean): void {
    this.fold({ kind: "outgoing", line: outgoing(ulid(), conversation, text, note, this.hooks.now()) });
    this.pump();
  }

  retry(id: string): void {
    const line = this.state.outbox.find((other) => other.id === id);
    if (!line) return;
    this.fold({ kind: "outgoing", line: again(line) });
    this.pump();
  }

  discard(id: string): void {
    this.fold({ kind: "dropped", id });
  }

  /** Serve a waiting visitor now. Rejects as `Link.call` does. */
  async take(conversation: string): Promise<void> {
    await this.link.call("take", { id: ulid(), conversation });
  }

  /** Take what was offered to me. Rejects as `Link.call` does. */
  async accept(conversation: string): Promise<void> {
    await this.link.call("accept", { id: ulid(), conversation });
  }

  async decline(conversation: string): Promise<void> {
    await this.link.call("decline", { id: ulid(), conversation });
  }

  /**
   * 转接: hand over to a colleague or to a group's queue. Rejects as `Link.call` does; then nothing has changed.
   * `asked`: the colleague has to accept first, until then nothing changes hands.
   */
  async transfer(conversation: string, to: Recipient, note: string): Promise<"asked" | "handed"> {
    const serves = this.state.cards.get(conversation)?.agent;
    const now = () => this.state.cards.get(conversation);
    await this.link.call("transfer", { id: ulid(), conversation, [to.kind]: to.id, note });
    // The acknowledgement does not tell which of the two it is; the card does, a moment before or after it.
    await this.until(() => !!now()?.offer || now()?.agent !== serves);
    return now()?.offer && now()?.agent === serves ? "asked" : "handed";
  }

  /** Asks for what grows old unnoticed: a colleague's load is told only together with a change of their status. */
  refresh(): void {
    if (this.state.connection !== "online") return;
    // Without an answer the screen goes on with what it knows.
    this.catchUp().catch(() => undefined);
  }

  /** 邀评: ask the visitor to rate this service. */
  async invite(conversation: string): Promise<void> {
    await this.link.call("invite_rating", { id: ulid(), conversation });
  }

  async end(conversation: string): Promise<void> {
    await this.link.call("close", { id: ulid(), conversation });
  }

  async choose(status: string): Promise<void> {
    await this.link.call("status", { id: ulid(), status });
  }

  typing(conversation: string, on: boolean): void {
    this.link.emit("typing", { conversation, on });
  }

  /** Everything up to the newest line has been seen; says so once for each new line of the visitor. */
  seen(conversation: string): void {
    const newest = this.state.timelines.get(conversation)?.items.findLast((item) => item.by !== "system" && !item.note);
    if (newest?.by !== "visitor" || (this.readTo.get(conversation) ?? 0) >= newest.seq) return;
    this.readTo.set(conversation, newest.seq);
    this.link.call("read", { id: ulid(), conversation, seq: newest.seq }).catch(() => this.readTo.delete(conversation));
  }

  /** When the state is so, or after a moment that is long for a server that has just answered. */
  private until(so: () => boolean): Promise<void> {
    if (so()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => (clearTimeout(late), stop(), resolve());
      const stop = this.subscribe(() => so() && end());
      const late = setTimeout(end, AGAIN_MS);
    });
  }

  private fold(happening: Happening): void {
    const before = this.state;
    this.state = reduce(before, happening);
    if (this.state === before) return;
    if (this.state.outbox !== before.outbox) save(this.agent, this.state.outbox);
    for (const listener of this.listeners) listener();
  }

  private connection(status: Status, why?: Refusal): void {
    if (this.closed) return;
    if (status === "denied" && (why?.code === "unauthenticated" || why?.code === "bad_csrf")) return this.signedOut();
    // Online is told after the welcome: until then the lists may be old.
    if (status === "online") return void this.hello();
    this.fold({ kind: "connection", status, why: why?.code ?? "" });
  }

  private async hello(): Promise<void> {
    try {
      await this.catchUp();
      this.fold({ kind: "connection", status: "online", why: "" });
      this.look(this.looking);
      this.pump();
    } catch (failure) {
      if (failure instanceof RefusedError && failure.code === "unauthenticated") return this.signedOut();
      this.fold({ kind: "connection", status: "offline", why: "" });
      this.later(() => this.state.connection === "offline" && void this.hello());
    }
  }

  private async catchUp(): Promise<void> {
    const welcome = await this.link.call("hello", { after: this.state.ready ? this.state.seq : 0 });
    this.fold({ kind: "welcomed", welcome });
    if (welcome.snapshot) this.look(this.looking); // a snapshot forgets the lines
  }

  private pushed<K extends keyof AgentDown>(name: K, data: AgentDown[K]): void {
    const now = this.hooks.now();
    switch (name) {
      case "record":
        return this.record(data as AgentDown["record"]);
      case "gone":
        return this.fold({ kind: "gone", gone: data as AgentDown["gone"] });
      case "agent":
        return this.fold({ kind: "agent", agent: data as AgentDown["agent"] });
      case "typing": {
        const { conversation, on } = data as AgentDown["typing"];
        this.fold({ kind: "typing", conversation, until: on ? now + TYPING_MS : 0 });
        if (!on) return this.fold({ kind: "faded", now });
        setTimeout(() => this.fold({ kind: "faded", now: this.hooks.now() }), TYPING_MS + 50);
        return;
      }
      case "signed_out":
        return this.signedOut();
    }
  }

  private record(record: ConversationRecord): void {
    const before = this.state.cards.get(record.card.id);
    this.fold({ kind: "recorded", record });
    const alert = record.card.version > (before?.version ?? -1) ? alertOf(before, record, this.agent) : null;
    if (alert) this.hooks.onAlert(alert, record.card);
    if (!before && this.looking === record.card.id) this.look(this.looking);
  }

  private async page(conversation: string, before: number): Promise<void> {
    this.fold({ kind: "loading", conversation });
    try {
      const page = await this.link.call("history", { conversation, before, limit: PAGE });
      this.fold({ kind: "paged", conversation, page });
    } catch {
      this.fold({ kind: "page_failed", conversation });
    }
  }

  private pump(): void {
    if (this.state.connection !== "online") return;
    for (const line of due(this.state.outbox, this.flying)) void this.ship(line);
  }

  private async ship(line: Outgoing): Promise<void> {
    this.flying.add(line.id);
    const { id, conversation, text } = line;
    let pause = 0;
    try {
      const ack = await this.link.call(line.note ? "note" : "send", { id, conversation, text });
      this.fold({ kind: "outgoing", line: { ...line, state: "sent", seq: ack.seq } });
    } catch (failure) {
      const next = after(line, failure);
      if (this.state.outbox.some((other) => other.id === id)) this.fold({ kind: "outgoing", line: next });
      if (next.state === "sending") pause = AGAIN_MS;
    }
    this.flying.delete(id);
    if (pause) this.later(() => this.pump());
    else this.pump();
  }

  private later(then: () => void): void {
    setTimeout(() => !this.closed && then(), AGAIN_MS);
  }

  private signedOut(): void {
    this.close();
    this.hooks.onSignedOut();
  }
}
