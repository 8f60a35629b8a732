// A server that fits into a test: it answers what it was told to answer, and keeps what it heard.
import { OfflineError, type Status } from "../src/link";
import type { VisitorLink } from "../src/chat";
import type { Store } from "../src/store";
import type { InboxView, Item, Refusal, VisitorConversation, VisitorDown, VisitorUp, Welcome } from "../src/visitor.gen";

export const INBOX: InboxView = {
  title: "示例商店",
  subtitle: "通常几分钟内回复",
  locale: "zh-CN",
  theme: { brand: "#1668dc", brand_text: "#ffffff", side: "right", logo: "" },
  typing_preview: false,
  recall_within: 0,
};

export function line(seq: number, change: Partial<Item> = {}): Item {
  const content = { kind: "text", text: `line ${seq}` } as const;
  return { seq, id: `i${seq}`, at: 1_700_000_000_000 + seq * 1000, conversation: "c1", by: "agent", content, name: "小林",
    avatar: "", note: false, whisper: false, mentions: [], quote: null, replaces: null, edited: false, original: null,
    ...change };
}

export function conversation(change: Partial<VisitorConversation> = {}): VisitorConversation {
  return { id: "c1", phase: "serving", agent: null, ahead: null, asks: null, rates: null, agent_read: 0, held: false, away: false,
    wait: null, ...change };
}

export function welcome(change: Partial<Welcome> = {}): Welcome {
  return { token: "token-1", visitor: "v1", seq: 0, inbox: INBOX, conversation: conversation(), items: [], more: false,
    reset: true, ...change };
}

type Heard = { [K in keyof VisitorUp]: readonly [K, VisitorUp[K]["payload"]] }[keyof VisitorUp];
type Answers = { [K in keyof VisitorUp]?: (payload: VisitorUp[K]["payload"]) => VisitorUp[K]["ack"] | Promise<VisitorUp[K]["ack"]> };

export class FakeLink implements VisitorLink {
  onEvent: VisitorLink["onEvent"] = () => {};
  onStatus: VisitorLink["onStatus"] = () => {};
  heard: Heard[] = [];
  opened = 0;
  online = false;
  private seq = 100;

  constructor(public answers: Answers = {}) {}

  open(): void {
    this.opened++;
  }
  close(): void {
    this.online = false;
  }
  async call<K extends keyof VisitorUp>(name: K, payload: VisitorUp[K]["payload"]): Promise<VisitorUp[K]["ack"]> {
    if (!this.online) throw new OfflineError(name);
    this.heard.push([name, payload] as unknown as Heard);
    const answer = this.answers[name];
    if (answer) return answer(payload as never);
    if (name === "hello") return welcome();
    if (name === "history") return { items: [], more: false };
    return { seq: ++this.seq, at: 0, conversation: "c1" };
  }
  emit<K extends keyof VisitorUp>(name: K, payload: VisitorUp[K]["payload"]): void {
    if (this.online) this.heard.push([name, payload] as unknown as Heard);
  }

  /** The network comes or goes; the chat has done its work when this resolves. */
  async turn(status: Status, why?: Refusal): Promise<void> {
    this.online = status === "online";
    this.onStatus(status, why);
    await settled();
  }
  push<K extends keyof VisitorDown>(name: K, data: VisitorDown[K]): void {
    this.onEvent(name, data);
  }
  said<K extends keyof VisitorUp>(name: K): VisitorUp[K]["payload"][] {
    return this.heard.filter(([heard]) => heard === name).map(([, payload]) => payload as VisitorUp[K]["payload"]);
  }
}

/** All that waits only for promises is done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

export function memoryStore(kept = new Map<string, string>()): Store & { kept: Map<string, string> } {
  return {
    kept,
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
    keys: (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}

export const refusal = (code: string, retry: Refusal["retry"] = "never", data: Refusal["data"] = {}): Refusal => ({ code, retry, data });
