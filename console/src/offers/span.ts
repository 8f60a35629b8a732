// How long an offer has been running in this page: the wire tells its end and not its length. Pure but for its memory.

/** Offers remembered; far more than one agent is ever asked at once. */
const REMEMBERED = 50;
const spans = new Map<string, number>();

/** The share that is left of what was left when this page first saw the offer, 0 to 1. */
export function shareLeft(conversation: string, until: number, now: number): number {
  const key = `${conversation}:${until}`;
  const left = Math.max(0, until - now);
  const whole = spans.get(key) ?? left;
  if (!spans.has(key)) {
    if (spans.size >= REMEMBERED) spans.clear();
    spans.set(key, whole);
  }
  return whole ? Math.min(1, left / whole) : 0;
}
