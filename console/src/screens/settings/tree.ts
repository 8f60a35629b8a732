// Values inside values, by the server's paths (`$.groups[0].name`): read, and written anew without touching the rest.

export type Json = Readonly<Record<string, unknown>>;

/** `value` with `key` set to `next`. */
export function withKey(value: unknown, key: string, next: unknown): Json {
  return { ...(isJson(value) ? value : {}), [key]: next };
}

export function withItem(list: readonly unknown[], at: number, next: unknown): readonly unknown[] {
  return list.map((item, n) => (n === at ? next : item));
}

export function without(list: readonly unknown[], at: number): readonly unknown[] {
  return list.filter((_, n) => n !== at);
}

/** `list` with the entry at `at` one place earlier. */
export function earlier(list: readonly unknown[], at: number): readonly unknown[] {
  const moved = [...list];
  moved.splice(at - 1, 2, list[at], list[at - 1]);
  return moved;
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a person calls an entry of a list: its name, its label, its id; else its number. */
export function nameOf(item: unknown, n: number): string {
  if (isJson(item))
    for (const key of ["name", "label", "title", "id", "key", "day", "text"])
      if (typeof item[key] === "string" && item[key]) return item[key];
  return String(n + 1);
}
