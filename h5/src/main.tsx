// The chat as a page of its own: /h5/?inbox=KEY[&l=LOCALE][&embed=1]. With `embed` it lives in the widget's frame, which
// keeps the token, opens and closes it.
import { learn, pickLocale } from "@chatserver/client/i18n";
import { chatForPage, countInTitle, followKeyboard } from "@chatserver/client/page";
import { browserStore, type Store } from "@chatserver/client/store";
import { dress } from "@chatserver/client/theme";
import { Panel } from "@chatserver/client/ui/panel";
import "@chatserver/client/ui/panel.css";
import { render } from "preact";
import { framedStore, hearHost, tellHost } from "./embed";
import "./page.css";

const query = new URLSearchParams(location.search);
const inbox = query.get("inbox") ?? "";
const locale = query.get("l") ?? "";
const embedded = query.has("embed") && window.parent !== window;
const wish = pickLocale(locale || navigator.language);
const app = document.getElementById("app")!;

const NO_INBOX = {
  "zh-CN": "链接不完整，请返回原页面重新打开",
  en: "This link is incomplete. Please open the chat again from where you found it",
};

/** Whoever comes by a personal link is who the link says, whoever else uses this browser. */
function storeOf(token: string | null): Store {
  if (!token) return browserStore(inbox);
  const store = browserStore(`${inbox}/${token.slice(-16)}`);
  if (!store.get("")) store.set("", token);
  return store;
}

function speak(language: string): void {
  document.documentElement.lang = pickLocale(language);
}

async function start(): Promise<void> {
  if (!inbox) return render(<p class="empty" role="alert">{NO_INBOX[wish]}</p>, app);
  const language = await learn(wish);
  const store = embedded ? await framedStore(inbox) : storeOf(new URLSearchParams(location.hash.slice(1)).get("t"));
  const chat = chatForPage({ base: location.origin, inbox, locale, store });
  let known = chat.state.inbox;
  chat.subscribe(({ inbox: told, unread }) => {
    if (embedded) tellHost("unread", unread);
    if (!told || told === known) return;
    known = told;
    dress(app, told.theme);
    document.querySelector("meta[name=theme-color]")?.setAttribute("content", told.theme.brand);
    document.title = told.title;
    speak(locale || told.locale);
  });
  chat.show(true);
  if (embedded) hearHost(chat);
  else countInTitle(chat);
  followKeyboard(app);
  render(<Panel chat={chat} language={language} fixed={!!locale} {...(embedded ? { onClose: () => tellHost("close") } : {})} />, app);
  chat.start();
}

speak(wish);
void start();
