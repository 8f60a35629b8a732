// Small values that outlive a reload, in a browser that may refuse to store anything.

type Area = "local" | "session";
const area = (name: Area) => (name === "local" ? localStorage : sessionStorage);

export function kept<T>(name: Area, key: string, fallback: T): T {
  try {
    const text = area(name).getItem(`chatserver:${key}`);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function keep(name: Area, key: string, value: unknown): void {
  try {
    area(name).setItem(`chatserver:${key}`, JSON.stringify(value));
  } catch {
    // Private windows and full disks: the value lives as long as the page.
  }
}
