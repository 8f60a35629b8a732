// 待接入: which conversations an agent is asked to take, by the queue or by the colleague who serves. Pure.
import type { Card } from "@chatserver/client/agent.gen";

export function isOfferedTo(card: Card, agent: string): boolean {
  return card.offer?.agent === agent;
}

/** 转接: this agent serves on and waits for a colleague's answer. */
export function isHandingOver(card: Card, agent: string): boolean {
  return !!card.offer && card.phase === "serving" && card.agent === agent;
}

/** All that this agent is asked to take, the one that runs out first on top. */
export function offersFor(cards: Iterable<Card>, agent: string): Card[] {
  return [...cards].filter((card) => isOfferedTo(card, agent)).sort(byEnd);
}

export function byEnd(a: Card, b: Card): number {
  return (a.offer?.until ?? 0) - (b.offer?.until ?? 0) || (a.id < b.id ? -1 : 1);
}
