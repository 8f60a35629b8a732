// What deserves the agent's ears: one record against the card as it was before. Pure; sounds and windows are elsewhere.
import type { Card, ConversationRecord } from "@chatserver/client/agent.gen";

/** `assigned`: a conversation became mine. `message`: my visitor wrote. `queued`: somebody new waits. */
export type Alert = "assigned" | "message" | "queued";

export function alertOf(before: Card | undefined, { card, item }: ConversationRecord, me: string): Alert | null {
  if (card.phase === "closed") return null;
  if (card.agent === me && before?.agent !== me) return "assigned";
  if (card.agent === me && item?.by === "visitor") return "message";
  return card.phase === "queued" && before?.phase !== "queued" ? "queued" : null;
}
