// Times as people read them. Formats are kept: making one for each line cost 50 ms in a list of 500.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + name;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, options)));
  return made;
}

/** `14:05`, whatever the locale: short, and the same width in both languages. */
export function clock(at: number, locale: string): string {
  return format(locale, "clock", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** The number of the local day: equal for two instants between which no midnight lies. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
}

/** `11月20日 星期五`, or with the year when it is another one; today and yesterday in words, by the caller's locale. */
export function day(at: number, locale: string, now = Date.now()): string {
  const ago = dayOf(now) - dayOf(at);
  if (ago === 0 || ago === 1) {
    const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-ago, "day");
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) {
    return format(locale, "day", { month: "long", day: "numeric", weekday: "long" }).format(at);
  }
  return format(locale, "year", { year: "numeric", month: "long", day: "numeric" }).format(at);
}

/** `11-20 14:05`-like, for lists and tooltips. */
export function stamp(at: number, locale: string): string {
  return format(locale, "stamp", {
    month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(at);
}
