// A chat in a browser's page: everything around the conversation that belongs to the page, for widget and H5 alike.
import { Chat } from "./chat";
import { Lean } from "./lean";
import { browserStore, type Store } from "./store";
import { TabLink } from "./tabs";
import type { VisitedPage, VisitorDown, VisitorUp } from "./visitor.gen";

export interface PageChat {
  /** Origin of the chat server. */
  readonly base: string;
  readonly inbox: string;
  readonly locale: string;
  readonly store?: Store;
}

/** Makes the chat, not yet started, with one socket for all tabs of this browser. */
export function chatForPage({ base, inbox, locale, store = browserStore(inbox) }: PageChat): Chat {
  const chat: Chat = new Chat({
    inbox,
    locale: locale || navigator.language,
    store,
    page: visited,
    visible: () => !document.hidden,
    ring: () => void import("./sound").then((sound) => sound.ring()).catch(() => {}),
    link: (auth) =>
      new TabLink<VisitorUp, VisitorDown>(
        () => chat.party,
        () => new Lean({ url: base, namespace: "/visitor", auth }),
      ),
  });
  document.addEventListener("visibilitychange", () => chat.look());
  return chat;
}

function visited(): VisitedPage {
  const { href } = location;
  // The server refuses longer ones; a cut address is better than no conversation.
  return { url: href.slice(0, 2000), title: document.title.slice(0, 200), referrer: document.referrer.slice(0, 2000) };
}

/** `(2) Title` while unread messages wait and the page is hidden. */
export function countInTitle(chat: Chat): void {
  let plain: string | null = null;
  const paint = () => {
    const { unread } = chat.state;
    if (plain !== null) document.title = plain;
    plain = null;
    if (!unread || !document.hidden) return;
    plain = document.title;
    document.title = `(${unread}) ${plain}`;
  };
  chat.subscribe(paint);
  document.addEventListener("visibilitychange", paint);
}

/** iOS lays the keyboard over the page; the window follows what is left to see. */
export function followKeyboard(element: HTMLElement): void {
  const view = window.visualViewport;
  if (!view) return;
  const fit = () => {
    const zoomed = view.scale > 1.05;
    element.style.setProperty("--tall", zoomed ? "" : `${view.height}px`);
    element.style.setProperty("--top", zoomed ? "" : `${view.offsetTop}px`);
  };
  view.addEventListener("resize", fit);
  view.addEventListener("scroll", fit);
  fit();
}
