// <script async src="https://chat.example.com/w/loader.js" data-inbox="web"></script>
// Draws the launcher and nothing else; the window is fetched at the first sign of interest. No innerHTML: pages with
// Trusted Types would refuse it.
import { dress, inkOn, isColour, type Look } from "@chatserver/client/theme";
import { wear } from "@chatserver/client/wear";
import css from "./loader.css?inline";
import type { Launcher, Window } from "./window";

/** Addresses of the two kinds of window, relative to this script; written by the build. */
declare const __PANEL__: string;
declare const __FRAME__: string;

type Command = [name: string, value?: unknown];
type Api = ((...command: Command) => void) & { q?: Iterable<unknown>[] };
interface Host {
  ChatServer?: Api;
  chatserverScript?: HTMLScriptElement;
}

const host = window as unknown as Host;
const script = (document.currentScript ?? host.chatserverScript) as HTMLScriptElement;
const { inbox = "web", locale = "", brand, side, mode } = script.dataset;
const { origin: base } = new URL(script.src);
const tokenKey = `chatserver:${inbox}`;

const wishes: Partial<Look> = {
  ...(isColour(brand) && { brand, brand_text: inkOn(brand) }),
  ...((side === "left" || side === "right") && { side }),
};
const now: Launcher = {
  unread: 0,
  language: locale || navigator.language,
  look: { brand: "#1668dc", brand_text: "#fff", side: "right", ...wishes },
};
let open = false;
let fetched: Promise<Window> | undefined;

const place = document.createElement("chat-server");
const root = place.attachShadow({ mode: "open" });
const button = document.createElement("button");
const badge = document.createElement("b");
wear(css, root);
root.append(button);
button.append(badge);

const paint = () => {
  const { unread, language, look } = now;
  const zh = /^zh/i.test(language);
  const news = unread ? (zh ? `，${unread} 条未读消息` : `, ${unread} unread`) : "";
  button.setAttribute("aria-label", (zh ? "打开在线客服" : "Open chat") + news);
  button.setAttribute("aria-expanded", String(open));
  badge.textContent = unread > 99 ? "99+" : String(unread || "");
  dress(place, look);
};

const load = () =>
  (fetched ??= import(/* @vite-ignore */ new URL(mode === "iframe" ? __FRAME__ : __PANEL__, script.src).href)
    .then(({ boot }: typeof import("./panel")) =>
      boot({
        root, base, inbox, locale, wishes, now,
        onClose: () => show(false),
        onNews: (news) => {
          Object.assign(now, news);
          paint();
        },
      }),
    )
    .catch((failure) => {
      fetched = undefined; // the next tap tries again
      throw failure;
    }));
const quietly = (work: Promise<unknown>) => void work.catch(() => {});
const show = (to: boolean) => {
  const was = open;
  open = to;
  paint();
  quietly(load().then((window) => window.show(open)));
  if (was && !to) button.focus();
};

const run: Api = (name, value) => {
  if (name === "open" || name === "close") show(name === "open");
  if (name === "identify") quietly(load().then((window) => window.identify((value ?? null) as never)));
};

button.onclick = () => show(!open);
button.onpointerenter = button.onfocus = () => quietly(load());

const begin = () => {
  document.body.append(place);
  paint();
  const early = host.ChatServer?.q ?? [];
  host.ChatServer = run;
  for (const command of early) run(...(command as Command));
  try {
    // An earlier conversation: listen for answers, when the page has nothing better to do.
    if (localStorage.getItem(tokenKey)) (window.requestIdleCallback ?? setTimeout)(() => quietly(load()));
  } catch {
    // storage is blocked: then there is nothing to resume either
  }
};
if (document.body) begin();
else addEventListener("DOMContentLoaded", begin);
