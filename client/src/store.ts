// A little text that outlives the page. Where the browser keeps nothing (blocked, full, private), memory serves instead.

export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** Every key that begins with `prefix`, in order. */
  keys(prefix: string): string[];
}

/** All keys stand behind `chatserver:<inbox>`, so that two inboxes on one site do not meet. */
export function browserStore(inbox: string): Store {
  const root = `chatserver:${inbox}`;
  const memory = new Map<string, string>();
  /** Merely naming `localStorage` throws where third-party storage is blocked. */
  const attempt = <R>(work: (storage: Storage) => R): R | undefined => {
    try {
      return work(localStorage);
    } catch {
      return undefined;
    }
  };
  return {
    get: (key) => attempt((storage) => storage.getItem(root + key)) ?? memory.get(key) ?? null,
    set: (key, value) => {
      memory.set(key, value);
      attempt((storage) => storage.setItem(root + key, value));
    },
    remove: (key) => {
      memory.delete(key);
      attempt((storage) => storage.removeItem(root + key));
    },
    keys: (prefix) => {
      const stored = attempt((storage) => Object.keys(storage)) ?? [];
      const ours = stored.filter((key) => key.startsWith(root)).map((key) => key.slice(root.length));
      return [...new Set([...ours, ...memory.keys()])].filter((key) => key.startsWith(prefix)).sort();
    },
  };
}
