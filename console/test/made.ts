// Cards, lines and snapshots for tests: complete by default, each test says only what matters to it.
import type { AgentCard, AgentWelcome, Card, Item, Snapshot } from "@chatserver/client/agent.gen";

export const NOON = Date.UTC(2026, 0, 15, 4, 0, 0);

export function card(id: string, change: Partial<Card> = {}): Card {
  const contact = {
    id: `k-${id}`,
    name: `demo ${id}`,
    verified: false,
    name_verified: false,
    locale: "zh-CN",
    page_url: "",
    page_title: "",
    referrer: "",
    fields: [],
  };
  return {
    id,
    version: 1,
    phase: "serving",
    inbox: "web",
    contact,
    group: "g1",
    agent: "me",
    opened_at: NOON,
    queued_at: null,
    closed_at: null,
    waiting_since: null,
    last: null,
    unread: 0,
    visitor_read: 0,
    rating: null,
    rating_asked: false,
    answers: [],
    offer: null,
    helpers: [],
    mentioned: [],
    held_since: null,
    away: false,
    tags: [],
    summary: null,
    can: [],
    ...change,
  };
}

export function item(seq: number, conversation: string, change: Partial<Item> = {}): Item {
  const content = { kind: "text" as const, text: `line ${seq}` };
  return {
    seq,
    id: `i${seq}`,
    at: NOON + seq * 1000,
    conversation,
    by: "visitor",
    content,
    name: "",
    avatar: "",
    note: false,
    whisper: false,
    mentions: [],
    quote: null,
    replaces: null,
    edited: false,
    original: null,
    ...change,
  };
}

export function agent(id: string, change: Partial<AgentCard> = {}): AgentCard {
  return { id, name: id, avatar: "", groups: [], status: "ready", status_since: NOON, load: 0, max: 5, ...change };
}

export function snapshot(
  conversations: readonly Card[],
  agents: readonly AgentCard[] = [agent("me", { name: "Demo agent" })],
): Snapshot {
  const permissions = {
    "conversation.reply": "own",
    "conversation.take": "group",
    "conversation.close": "own",
  } as const;
  return {
    me: { id: "me", account: "demo", name: "Demo agent", nickname: "", avatar: "", roles: [], permissions },
    conversations,
    agents,
    groups: [
      { id: "g1", name: "Demo group" },
      { id: "g2", name: "Demo other group" },
    ],
    inboxes: [{ id: "web", name: "Demo inbox" }],
    statuses: [{ key: "ready", name: "", takes_new: true }],
  };
}

export function welcome(
  seq: number,
  conversations: readonly Card[],
  agents?: readonly AgentCard[],
): AgentWelcome {
  return { seq, snapshot: snapshot(conversations, agents), records: [] };
}
