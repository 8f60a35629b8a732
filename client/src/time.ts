// Times as people read them. Formats are kept: making one for each line cost 50 ms in a list of 500.

type Show = (at: number, locale: string) => string;

/* @__NO_SIDE_EFFECTS__ */
function shows(options: Intl.DateTimeFormatOptions): Show {
  const made: Record<string, Intl.DateTimeFormat> = {};
  return (at, locale) => (made[locale] ??= new Intl.DateTimeFormat(locale, options)).format(at);
}

/** `14:05`, whatever the locale: short, and the same width in both languages. */
export const clock = shows({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** `11-20 14:05`-like, for lists and tooltips. */
export const stamp = shows({ month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** `2026年11月20日星期五` */
export const date = shows({ dateStyle: "full" });

/** The number of the local day: equal for two instants between which no midnight lies. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
}

/** The date; today and yesterday in words. */
export function day(at: number, locale: string, now = Date.now()): string {
  const ago = dayOf(now) - dayOf(at);
  if (ago !== 0 && ago !== 1) return date(at, locale);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-ago, "day");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
