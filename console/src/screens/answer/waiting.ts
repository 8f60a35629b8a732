// How urgent a waiting visitor is. Pure.
import type { Card } from "@chatserver/client/agent.gen";

/**
 * After a minute a visitor begins to wonder; after three many leave. The same limits for the queue and for an
 * answer.
 */
export const WARN_MS = 60_000;
export const LATE_MS = 180_000;

export type Urgency = "calm" | "warn" | "late";

export function urgencyOf(waited: number): Urgency {
  if (waited >= LATE_MS) return "late";
  return waited >= WARN_MS ? "warn" : "calm";
}

/** Since when somebody should act: `null` when nobody waits for a person. */
export function waitsSince(card: Card): number | null {
  if (card.phase === "queued") return card.queued_at ?? card.waiting_since;
  return card.phase === "serving" ? card.waiting_since : null;
}
