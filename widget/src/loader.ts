// <script async src="https://chat.example.com/w/loader.js" data-inbox="web"></script>
// Draws the launcher and nothing else; the window is fetched at the first sign of interest. No innerHTML: pages with
// Trusted Types would refuse it.
import { inkOn, isColour } from "@chatserver/client/theme";
import css from "./loader.css?inline";
import type { Look, PanelHandle } from "./panel";

/** Address of the panel's script, relative to this one; written by the build. */
declare const __PANEL__: string;

type Command = [name: string, value?: unknown];
type Api = ((...command: Command) => void) & { q?: ArrayLike<unknown>[] };
interface Host {
  ChatServer?: Api;
  chatserverScript?: HTMLScriptElement;
}

const host = window as unknown as Host;
const script = (document.currentScript ?? host.chatserverScript) as HTMLScriptElement;
const { inbox = "web", locale = "", brand, side, mode } = script.dataset;
const { origin: base } = new URL(script.src);
const framed = mode === "iframe";
const tokenKey = `chatserver:${inbox}`;
const RIGHT = "right";

const colour = isColour(brand) ? brand : undefined;
const wall = side === "left" || side === RIGHT ? side : undefined;
let look: Look = { brand: colour ?? "#1668dc", ink: inkOn(colour ?? "#1668dc"), side: wall ?? RIGHT, locale: locale || navigator.language };
let panel: Promise<PanelHandle> | undefined;
let frame: HTMLIFrameElement | undefined;
let open = false;
let unread = 0;
let identity: unknown = null;

const make = (name: string, attributes: Record<string, string>, ...children: Node[]) => {
  const element = /svg|path/.test(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const key in attributes) element.setAttribute(key, attributes[key]!);
  element.append(...children);
  return element as HTMLElement;
};
const place = make("chat-server", {});
const root = place.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
root.adoptedStyleSheets = [sheet];
const badge = make("b", {});
const shape = make("path", {});
const button = make("button", { "aria-haspopup": "dialog" }, make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, shape), badge);
root.append(button);

const paint = () => {
  const zh = /^zh/i.test(look.locale);
  const verb = open ? (zh ? "收起聊天窗口" : "Minimise chat") : zh ? "打开在线客服" : "Open chat";
  const news = unread ? (zh ? `，${unread} 条未读消息` : `, ${unread} unread`) : "";
  button.setAttribute("aria-label", verb + news);
  button.setAttribute("aria-expanded", String(open));
  badge.textContent = unread ? (unread > 99 ? "99+" : String(unread)) : "";
  shape.setAttribute("d", open ? "M6 9l6 6 6-6" : "M21 11.5a8 8 0 0 1-11.7 7.1L4 20l1.4-4.8A8 8 0 1 1 21 11.5Z");
  place.dataset["side"] = look.side;
  place.style.setProperty("--brand", look.brand);
  place.style.setProperty("--ink", look.ink);
};

const load = () =>
  (panel ??= import(/* @vite-ignore */ new URL(__PANEL__, script.src).href).then(
    (module: typeof import("./panel")) =>
      module.boot({
        root, base, inbox, locale, brand: colour, side: wall,
        onUnread: (count) => {
          unread = count;
          paint();
        },
        onClose: () => show(false),
        onLook: (told) => {
          look = told;
          paint();
        },
      }),
    (failure) => {
      panel = undefined; // the next tap tries again
      throw failure;
    },
  ));
const quietly = (work: Promise<unknown>) => void work.catch(() => {});
const tell = (message: object) => frame?.contentWindow?.postMessage(message, base);

const showFrame = () => {
  if (!frame) {
    frame = make("iframe", {
      src: `${base}/h5/?embed=1&inbox=${encodeURIComponent(inbox)}&l=${locale}`,
      title: /^zh/i.test(look.locale) ? "在线客服" : "Chat",
    }) as HTMLIFrameElement;
    root.prepend(frame);
  }
  frame.hidden = !open;
  tell({ open });
};
const show = (to: boolean) => {
  const was = open;
  open = to;
  paint();
  if (framed) showFrame();
  else quietly(load().then((window) => window.show(open)));
  if (was && !to) button.focus();
};

/** The frame's own storage does not last in every browser, so the shop's page keeps the visitor's token for it. */
const heard = (event: MessageEvent) => {
  if (!frame || event.source !== frame.contentWindow || event.origin !== base) return;
  const { is, value } = event.data as { is: string; value: never };
  let token = "";
  try {
    if (is === "token") localStorage.setItem(tokenKey, value);
    token = localStorage.getItem(tokenKey) ?? "";
  } catch {
    // storage is blocked: the visitor starts anew on each page
  }
  if (is === "ready") tell({ token, open, identity });
  if (is === "unread") unread = value;
  if (is === "close") show(false);
  else paint();
};

const run: Api = (name, value) => {
  if (name === "open" || name === "close") show(name === "open");
  if (name !== "identify") return;
  identity = value ?? null;
  if (framed) tell({ identity });
  else quietly(load().then((window) => window.identify(identity as never)));
};

button.onclick = () => show(!open);
if (framed) addEventListener("message", heard);
else button.onpointerenter = button.onfocus = () => quietly(load());

const begin = () => {
  document.body.append(place);
  paint();
  const early = host.ChatServer?.q ?? [];
  host.ChatServer = run;
  for (const command of early) run(...(Array.from(command) as Command));
  try {
    // An earlier conversation: listen for answers, when the page has nothing better to do.
    if (!framed && localStorage.getItem(tokenKey)) (window.requestIdleCallback ?? setTimeout)(() => quietly(load()));
  } catch {
    // storage is blocked: then there is nothing to resume either
  }
};
if (document.body) begin();
else addEventListener("DOMContentLoaded", begin);
