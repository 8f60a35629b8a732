// Which conversations a list shows and in which order. Pure, so that the order is a promise and not an accident of
// drawing.
import type { Card, Phase } from "@chatserver/client/agent.gen";
import { byEnd, isOfferedTo } from "./offers";

export const TABS = ["mine", "queue", "all"] as const;
export type Tab = (typeof TABS)[number];

/** `open`: everything that has not ended. */
export type Filter = "open" | "any" | Phase;

export interface View {
  readonly tab: Tab;
  readonly filter: Filter;
  readonly search: string;
  /** Stays listed although the filter no longer fits: the row under the agent's hands must not vanish. */
  readonly keep: string | null;
}

/**
 * The cards of a view: the queue by who waits longest, the others open ones first and then by the newest line. On top
 * of `mine`, whatever its filter, stands what I am asked to take.
 */
export function listed(cards: Iterable<Card>, me: string, view: View): Card[] {
  const words = view.search.trim().toLocaleLowerCase();
  const offered = (card: Card) => view.tab === "mine" && isOfferedTo(card, me);
  const fits = (card: Card) =>
    inTab(card, me, view.tab) &&
    (card.id === view.keep || offered(card) || inFilter(card, view)) &&
    (!words || mentions(card, words));
  const rows = [...cards].filter(fits);
  if (view.tab === "queue") return rows.sort(byWaiting);
  const rest = rows.filter((card) => !offered(card)).sort(byActivity);
  return [...rows.filter(offered).sort(byEnd), ...rest];
}

/** How many open conversations each tab holds. */
export function counts(cards: Iterable<Card>, me: string): Record<Tab, number> {
  const sum = { mine: 0, queue: 0, all: 0 };
  for (const card of cards) {
    if (card.phase === "closed") continue;
    for (const tab of TABS) if (inTab(card, me, tab)) sum[tab]++;
  }
  return sum;
}

/** Lines of visitors that this agent has not read, over all of their conversations. */
export function unreadOf(cards: Iterable<Card>, me: string): number {
  let sum = 0;
  for (const card of cards) if (card.agent === me && card.phase !== "closed") sum += card.unread;
  return sum;
}

function inTab(card: Card, me: string, tab: Tab): boolean {
  if (tab === "mine") return card.agent === me || isOfferedTo(card, me);
  return tab === "all" || card.phase === "queued";
}

function inFilter(card: Card, { tab, filter }: View): boolean {
  if (tab === "queue" || filter === "any") return true; // everybody in the queue is queued
  return filter === "open" ? card.phase !== "closed" : card.phase === filter;
}

function mentions(card: Card, words: string): boolean {
  const { name, page_title, page_url } = card.contact;
  return [name, page_title, page_url, card.last?.text ?? "", card.id].some((text) =>
    text.toLocaleLowerCase().includes(words),
  );
}

const stirred = (card: Card) => card.last?.at ?? card.opened_at;
const tie = (a: Card, b: Card) => (a.id < b.id ? -1 : 1);

function byActivity(a: Card, b: Card): number {
  return Number(a.phase === "closed") - Number(b.phase === "closed") || stirred(b) - stirred(a) || tie(a, b);
}

function byWaiting(a: Card, b: Card): number {
  return (a.queued_at ?? a.opened_at) - (b.queued_at ?? b.opened_at) || tie(a, b);
}
