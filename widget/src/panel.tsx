// The window in a shop's page, loaded at the first sign of interest. Lives in its own shadow root, so that neither the
// shop's rules nor the launcher's reach it.
import css from "@chatserver/client/ui/panel.css?inline";
import { learn, pickLocale } from "@chatserver/client/i18n";
import { countInTitle, chatForPage, followKeyboard } from "@chatserver/client/page";
import { dress } from "@chatserver/client/theme";
import { Panel } from "@chatserver/client/ui/panel";
import { wear } from "@chatserver/client/wear";
import { render } from "preact";
import type { Window, WindowOptions } from "./window";

export async function boot({ root, base, inbox, locale, wishes, now, onClose, onNews }: WindowOptions): Promise<Window> {
  const chat = chatForPage({ base, inbox, locale });
  chat.start();
  const language = await learn(pickLocale(now.language)); // comes while the connection is made
  const place = document.createElement("div");
  const inner = place.attachShadow({ mode: "open" });
  const element = document.createElement("div");
  element.className = "chat";
  inner.append(element);
  wear(css, inner);
  root.prepend(place);

  chat.subscribe(({ unread, inbox: told }) => {
    const look = { ...(told?.theme ?? now.look), ...wishes };
    dress(element, look);
    onNews({ unread, look, language: locale || told?.locale || now.language });
  });
  followKeyboard(element);
  countInTitle(chat);
  render(<Panel chat={chat} language={language} fixed={!!locale} onClose={onClose} />, element);
  return chat;
}
