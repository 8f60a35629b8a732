// A ring that empties while an offer runs out, with the seconds inside. By this computer's clock: at 0 it stays and
// waits for the server, whose clock decides.
import type { Card } from "@chatserver/client/agent.gen";
import { useT } from "../i18n/words";
import { useNow } from "../look/now";
import { shareLeft } from "./span";
import "./offers.css";

/** Seconds from which on the ring asks for haste. */
const HASTE = 5;
const RADIUS = 15;
const ROUND = 2 * Math.PI * RADIUS;

export function Countdown({ card: { id, offer } }: { card: Card }) {
  const t = useT();
  const now = useNow(100);
  if (!offer) return null;
  // Rounded down: the clock that ticks in sight is up to a second old.
  const seconds = Math.max(0, Math.floor((offer.until - now) / 1000));
  const share = shareLeft(id, offer.until, now);
  return (
    <span className="countdown" role="timer" aria-label={t("offer_left", { n: seconds })} data-haste={seconds <= HASTE}>
      <svg viewBox="0 0 36 36" aria-hidden="true">
        <circle cx="18" cy="18" r={RADIUS} />
        <circle cx="18" cy="18" r={RADIUS} strokeDasharray={ROUND} strokeDashoffset={ROUND * (1 - share)} />
      </svg>
      <span aria-hidden="true">{seconds}</span>
    </span>
  );
}
