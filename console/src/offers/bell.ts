// The bell of an offer: at once when one comes, then again in a calm rhythm until none is left.
import type { Card } from "@chatserver/client/agent.gen";
import { useEffect } from "react";
import { play } from "../alerts/tones";
import { preferences } from "../preferences";

/** Often enough to be answered in 20 s, rare enough to be borne all day. */
export const RING_MS = 5_000;

export function useBell(offers: readonly Card[], ring: () => void = tone): void {
  const open = offers.map(({ id, offer }) => `${id}:${offer?.until}`).join();
  useEffect(() => {
    if (!open) return;
    ring();
    const bell = setInterval(ring, RING_MS);
    return () => clearInterval(bell);
  }, [open, ring]);
}

function tone(): void {
  if (preferences().sound) play("offered");
}
