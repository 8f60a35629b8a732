// What deserves the agent's ears: one record against the card as it was before. Pure; sounds and windows are elsewhere.
import type { Card, ConversationRecord } from "@chatserver/client/agent.gen";
import { isOfferedTo } from "./offers";

/**
 * `assigned`: a conversation became mine. `offered`: I am asked to take one. `message`: my visitor wrote. `queued`:
 * somebody new waits whom nobody is asked to take.
 */
export type Alert = "assigned" | "offered" | "message" | "queued";

export function alertOf(before: Card | undefined, { card, item }: ConversationRecord, me: string): Alert | null {
  if (card.phase === "closed") return null;
  if (card.agent === me && before?.agent !== me) return "assigned";
  if (card.agent === me && item?.by === "visitor") return "message";
  if (isOfferedTo(card, me)) return before?.offer?.until === card.offer?.until ? null : "offered";
  // Whoever has just let an offer pass need not hear of it again.
  return waitsUnasked(card) && !waitsUnasked(before) && before?.offer?.agent !== me ? "queued" : null;
}

function waitsUnasked(card: Card | undefined): boolean {
  return card?.phase === "queued" && !card.offer;
}
