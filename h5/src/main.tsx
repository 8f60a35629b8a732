// The chat as a page of its own: /h5/?inbox=KEY[&l=LOCALE][&embed=1]. With `embed` it lives in the widget's frame, which
// keeps the token, opens and closes it.
import { learn, pickLocale } from "@chatserver/client/i18n";
import { chatForPage, countInTitle, followKeyboard } from "@chatserver/client/page";
import { dress } from "@chatserver/client/theme";
import { Panel } from "@chatserver/client/ui/panel";
import "@chatserver/client/ui/panel.css";
import { Sorry } from "@chatserver/client/ui/sorry";
import { render } from "preact";
import { framedStore, hearHost, tellHost } from "./embed";
import "./page.css";

const query = new URLSearchParams(location.search);
const inbox = query.get("inbox") ?? "";
const locale = query.get("l") ?? "";
const embedded = query.has("embed") && window.parent !== window;
const wish = pickLocale(locale || navigator.language);
const app = document.getElementById("app")!;

function speak(language: string): void {
  document.documentElement.lang = pickLocale(language);
}

async function start(): Promise<void> {
  const language = await learn(wish);
  if (!inbox) return render(<Sorry words={language.t("noInbox")} />, app);
  const chat = chatForPage({ base: location.origin, inbox, locale, ...(embedded ? { store: await framedStore(inbox) } : {}) });
  let known = chat.state.inbox;
  chat.subscribe(({ inbox: told, unread }) => {
    if (embedded) tellHost("unread", unread);
    if (!told || told === known) return;
    known = told;
    dress(app, told.theme.brand, told.theme.brand_text);
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
