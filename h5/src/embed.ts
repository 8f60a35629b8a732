// Talk with the widget's launcher around this page. A frame's own storage may be gone tomorrow (browsers treat it as a
// third party's), so the token also lives with the site.
import type { Chat } from "@chatserver/client/chat";
import { browserStore, type Store } from "@chatserver/client/store";
import type { Identity } from "@chatserver/client/visitor.gen";

interface FromHost {
  readonly token?: string;
  readonly open?: boolean;
  readonly identity?: Identity | null;
}

/** The launcher answers at once or, on a page that is no launcher's, never. */
const PATIENCE_MS = 1_000;

let first: FromHost = {};

export function tellHost(is: "ready" | "token" | "unread" | "close", value?: unknown): void {
  window.parent.postMessage({ is, value }, "*");
}

/** Waits for the launcher's word, then keeps the token on both sides. */
export async function framedStore(inbox: string): Promise<Store> {
  const store = browserStore(inbox);
  first = await new Promise<FromHost>((ready) => {
    listen(ready);
    setTimeout(() => ready({}), PATIENCE_MS);
    tellHost("ready");
  });
  if (first.token) store.set("", first.token);
  const keep = (key: string, value: string) => key === "" && tellHost("token", value);
  return {
    ...store,
    set: (key, value) => {
      store.set(key, value);
      keep(key, value);
    },
    remove: (key) => {
      store.remove(key);
      keep(key, "");
    },
  };
}

/** Lets the launcher open and close the window, and say who the visitor is. */
export function hearHost(chat: Chat): void {
  const obey = ({ open, identity }: FromHost) => {
    if (identity !== undefined) chat.identify(identity);
    if (open !== undefined) chat.show(open);
  };
  obey(first);
  listen(obey);
}

function listen(hear: (message: FromHost) => void): void {
  addEventListener("message", (event) => {
    if (event.source === window.parent && typeof event.data === "object" && event.data) hear(event.data as FromHost);
  });
}
