// Times in words: how long ago, how long already. Pure; `now` comes in.
import { clock, dayOf, stamp } from "@chatserver/client/time";
import type { Locale } from "./dictionary";
import type { Translate } from "./words";

const MINUTE = 60_000;

/** For a list: now, minutes, the clock of today, yesterday, then the date. */
export function ago(at: number, now: number, t: Translate, locale: Locale): string {
  const past = now - at;
  if (past < MINUTE) return t("just_now");
  if (past < 60 * MINUTE) return t("minutes", { n: Math.floor(past / MINUTE) });
  const days = dayOf(now) - dayOf(at);
  if (days <= 0) return clock(at, locale);
  return days === 1 ? t("yesterday") : stamp(at, locale).split(/[ ,]/)[0]!;
}

/** How long something lasts, in at most two units. */
export function lasting(ms: number, t: Translate): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return t("d_seconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("d_minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? t("d_hours", { n: hours, m: minutes % 60 }) : t("d_days", { n: Math.floor(hours / 24) });
}

/** `12:34` or `1:02:03`: for a clock that ticks in sight. */
export function ticking(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
