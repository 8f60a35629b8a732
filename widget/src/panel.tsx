// The window in a shop's page, loaded at the first sign of interest. Lives in its own shadow root, so that neither the
// shop's rules nor the launcher's reach it.
import { learn, pickLocale } from "@chatserver/client/i18n";
import { countInTitle, chatForPage, followKeyboard } from "@chatserver/client/page";
import { dress, inkOn } from "@chatserver/client/theme";
import { Panel } from "@chatserver/client/ui/panel";
import css from "@chatserver/client/ui/panel.css?inline";
import type { Identity } from "@chatserver/client/visitor.gen";
import { render } from "preact";

export interface PanelOptions {
  /** Where the launcher lives; the window puts itself before it. */
  readonly root: ShadowRoot;
  readonly base: string;
  readonly inbox: string;
  /** The site's own wishes, from the snippet; they win over the inbox's. */
  readonly locale: string;
  readonly brand: string | undefined;
  readonly side: "left" | "right" | undefined;
  readonly onUnread: (count: number) => void;
  readonly onClose: () => void;
  /** The inbox told its colours, its side and its language. */
  readonly onLook: (look: Look) => void;
}

export interface Look {
  readonly brand: string;
  readonly ink: string;
  readonly side: "left" | "right";
  readonly locale: string;
}

export interface PanelHandle {
  show(open: boolean): void;
  identify(identity: Identity | null): void;
}

export async function boot(options: PanelOptions): Promise<PanelHandle> {
  const { root, base, inbox, locale, brand, side, onUnread, onClose, onLook } = options;
  const language = await learn(pickLocale(locale || navigator.language));
  const place = document.createElement("div");
  const inner = place.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  inner.adoptedStyleSheets = [sheet];
  const chat = chatForPage({ base, inbox, locale });
  const element = document.createElement("div");
  element.className = "chat";
  inner.append(element);
  root.prepend(place);

  if (brand) dress(element, brand, inkOn(brand));
  if (side) element.dataset["side"] = side;
  let known = chat.state.inbox;
  chat.subscribe((state) => {
    onUnread(state.unread);
    if (!state.inbox || state.inbox === known) return;
    known = state.inbox;
    const { theme } = known;
    const look: Look = {
      brand: brand ?? theme.brand,
      ink: brand ? inkOn(brand) : theme.brand_text,
      side: side ?? theme.side,
      locale: locale || known.locale,
    };
    dress(element, look.brand, look.ink);
    element.dataset["side"] = look.side;
    onLook(look);
  });
  followKeyboard(element);
  countInTitle(chat);
  render(<Panel chat={chat} language={language} fixed={!!locale} onClose={onClose} />, element);
  chat.start();
  return { show: (open) => chat.show(open), identify: (identity) => chat.identify(identity) };
}
