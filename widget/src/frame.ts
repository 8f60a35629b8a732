// The window as the H5 page in a frame (`data-mode="iframe"`), for sites that want a wall between themselves and the chat.
// Browsers treat the frame's storage as a third party's, which may be gone tomorrow: the site's page keeps the token for it.
import type { Identity } from "@chatserver/client/visitor.gen";
import { wear } from "@chatserver/client/wear";
import css from "./frame.css?inline";
import type { Window, WindowOptions } from "./window";

interface FromFrame {
  readonly is: "ready" | "token" | "unread" | "close";
  readonly value: never;
}

export function boot({ root, base, inbox, locale, now, onNews, onClose }: WindowOptions): Window {
  wear(css, root);
  const frame = document.createElement("iframe");
  let open = false;
  let identity: Identity | null = null;
  const tell = (message: object) => frame.contentWindow?.postMessage(message, base);

  addEventListener("message", (event: MessageEvent<FromFrame>) => {
    if (event.source !== frame.contentWindow || event.origin !== base) return;
    const { is, value } = event.data;
    if (is === "ready") tell({ token: keep(inbox), open, identity });
    if (is === "token") keep(inbox, value);
    if (is === "unread") onNews({ unread: value });
    if (is === "close") onClose();
  });
  frame.src = `${base}/h5/?embed=1&inbox=${encodeURIComponent(inbox)}&l=${locale}`;
  frame.title = /^zh/i.test(now.language) ? "在线客服" : "Chat";
  frame.hidden = true;
  root.prepend(frame);
  return {
    show(to) {
      open = to;
      frame.hidden = !to;
      tell({ open });
    },
    identify(as) {
      identity = as;
      tell({ identity });
    },
  };
}

/** The visitor's token in the site's own storage, after putting `value` there; nothing where storage is blocked. */
function keep(inbox: string, value?: string): string {
  const key = `chatserver:${inbox}`;
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
