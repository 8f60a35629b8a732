// What this agent may do with a conversation, from their permissions and its state. The server decides; this only
// hides what it would refuse.
import type { Card, Me } from "@chatserver/client/agent.gen";
import type { PermissionKey } from "@chatserver/client/errors.gen";
import { isOfferedTo } from "./offers";

export function may(me: Me | null, permission: PermissionKey): boolean {
  return !!me && permission in me.permissions;
}

/** Why the agent cannot write here; `null`: they can. */
export type Mute = "queued" | "guided" | "closed" | "not_mine" | "forbidden" | null;

export function muteOf(card: Card, me: Me | null): Mute {
  if (card.phase === "closed") return "closed";
  if (card.phase === "queued") return "queued";
  if (card.agent !== me?.id) return card.agent ? "not_mine" : "guided";
  return may(me, "conversation.reply") ? null : "forbidden";
}

/** While somebody is asked, nobody else can take the conversation. */
export function mayTake(card: Card, me: Me | null): boolean {
  return card.phase === "queued" && !card.offer && may(me, "conversation.take");
}

/** Only who serves asks for a rating, and only once. */
export function mayInvite(card: Card, me: Me | null): boolean {
  return card.phase === "serving" && !card.rating_asked && muteOf(card, me) === null;
}

/** Only who is asked can answer, and only who may reply could serve. */
export function mayAnswer(card: Card, me: Me | null): boolean {
  return !!me && isOfferedTo(card, me.id) && may(me, "conversation.reply");
}

export function mayTransfer(card: Card, me: Me | null): boolean {
  return card.phase === "serving" && reaches(card, me, "conversation.transfer");
}

export function mayClose(card: Card, me: Me | null): boolean {
  return card.phase !== "closed" && card.phase !== "new" && reaches(card, me, "conversation.close");
}

/** Own conversations with any scope; those of others only with a wider one. */
function reaches(card: Card, me: Me | null, permission: PermissionKey): boolean {
  const scope = me?.permissions[permission];
  if (!me || !scope) return false;
  return card.agent === me.id || scope !== "own";
}
