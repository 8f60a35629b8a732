// A server in a few lines behind the Link interface: it keeps a log, gives the same answer to the same id, and can
// lose the network.
import type { Ack, AgentCard, AgentDown, AgentUp, AgentWelcome, Card, Item, Me } from "@chatserver/client/agent.gen";
import { OfflineError, RefusedError, type Link, type Refusal } from "@chatserver/client/link";
import { item, welcome } from "./made";

type Name = keyof AgentUp & string;

export class FakeServer implements Link<AgentUp, AgentDown> {
  onEvent: Link<AgentUp, AgentDown>["onEvent"] = () => {};
  onStatus: Link<AgentUp, AgentDown>["onStatus"] = () => {};
  readonly asked: { name: Name; payload: unknown }[] = [];
  readonly log: Item[] = [];
  /** Refuses every line and every deed with this, while it is set. */
  refusal: Refusal | null = null;
  /** What this agent may do beside what every agent may. */
  grants: Me["permissions"] = {};
  /** A colleague has to accept before a conversation is theirs. */
  asksFirst = false;
  /** Takes the line and loses the acknowledgement, as a cut connection does. */
  losesAcks = false;
  private online = false;
  private seq = 100;
  private readonly answered = new Map<string, Ack>();
  private readonly cards: readonly Card[];

  private readonly agents: readonly AgentCard[] | undefined;

  constructor(cards: readonly Card[], agents?: readonly AgentCard[]) {
    this.cards = cards;
    this.agents = agents;
  }

  open(): void {
    this.onStatus("connecting");
    this.come();
  }

  close(): void {
    this.online = false;
  }

  come(): void {
    this.online = true;
    this.onStatus("online");
  }

  go(): void {
    this.online = false;
    this.onStatus("offline");
  }

  deny(why: Refusal): void {
    this.online = false;
    this.onStatus("denied", why);
  }

  emit<K extends Name>(name: K, payload: AgentUp[K]["payload"]): void {
    this.asked.push({ name, payload });
  }

  private welcome(): AgentWelcome {
    const said = welcome(this.seq, this.cards, this.agents);
    if (!said.snapshot) return said;
    const { me } = said.snapshot;
    return { ...said, snapshot: { ...said.snapshot, me: { ...me, permissions: { ...me.permissions, ...this.grants } } } };
  }

  async call<K extends Name>(name: K, payload: AgentUp[K]["payload"]): Promise<AgentUp[K]["ack"]> {
    if (!this.online) throw new OfflineError(name);
    this.asked.push({ name, payload });
    return this.answer(name, payload as never);
  }

  /** What a visitor writes: into the log, and to the console. */
  visitorSays(id: string): Item {
    const line = item(++this.seq, id);
    this.log.push(line);
    this.onEvent("record", { seq: line.seq, card: this.card(id, { unread: 1, version: line.seq }), item: line });
    return line;
  }

  /** A conversation changed. */
  tells(card: Card): void {
    const seq = ++this.seq;
    this.onEvent("record", { seq, card: { ...card, version: seq }, item: null });
  }

  names(name: Name): readonly unknown[] {
    return this.asked.filter((ask) => ask.name === name).map(({ payload }) => payload);
  }

  private answer(
    name: Name,
    payload: { id: string; conversation: string; text: string },
  ): Ack | AgentWelcome | { items: Item[]; more: boolean } {
    if (name === "hello") return this.welcome();
    if (name === "history")
      return { items: this.log.filter((line) => line.conversation === payload.conversation), more: false };
    if (name === "send" || name === "note") return this.keep(payload);
    if (this.refusal) throw new RefusedError(this.refusal);
    if (name === "transfer") this.hand(payload as never);
    return { seq: ++this.seq, at: 0, conversation: "" };
  }

  private hand({ conversation, agent, note }: AgentUp["transfer"]["payload"]): void {
    const offer = { agent: agent ?? "", until: Date.now() + 30_000, sender: "Demo agent", note: note ?? "" };
    const change = agent ? { agent } : { agent: null, phase: "queued" as const };
    setTimeout(() => this.tells(this.card(conversation, this.asksFirst && agent ? { offer } : change)));
  }

  private keep({ id, conversation, text }: { id: string; conversation: string; text: string }): Ack {
    if (this.refusal) throw new RefusedError(this.refusal);
    let ack = this.answered.get(id);
    if (!ack) {
      const line = item(++this.seq, conversation, { id, by: "agent", content: { kind: "text", text } });
      this.log.push(line);
      this.answered.set(id, (ack = { seq: line.seq, at: line.at, conversation }));
    }
    if (this.losesAcks) throw new OfflineError("cut");
    return ack;
  }

  private card(id: string, change: Partial<Card>): Card {
    return { ...this.cards.find((card) => card.id === id)!, ...change };
  }
}

/** Lets everything that was promised happen. */
export const settle = () => new Promise<void>((done) => setTimeout(done, 0));
