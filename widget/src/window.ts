// What the launcher and its window know of each other. There are two kinds of window, `panel.tsx` and `frame.ts`, each a
// script of its own with a `boot`; the launcher cannot tell them apart.
import type { Look } from "@chatserver/client/theme";
import type { Identity } from "@chatserver/client/visitor.gen";

/** What the launcher shows. */
export interface Launcher {
  readonly unread: number;
  readonly language: string;
  readonly look: Look;
}

export interface WindowOptions {
  /** Where the launcher lives; the window puts itself before it. */
  readonly root: ShadowRoot;
  readonly base: string;
  readonly inbox: string;
  /** The language that the site insists on, or empty. */
  readonly locale: string;
  /** How the site wants it to look, whatever the inbox says. */
  readonly wishes: Partial<Look>;
  /** What the launcher shows until the window knows better. */
  readonly now: Launcher;
  readonly onClose: () => void;
  /** Something came, or the inbox told its colours, its side and its language. */
  readonly onNews: (news: Partial<Launcher>) => void;
}

export interface Window {
  show(open: boolean): void;
  identify(identity: Identity | null): void;
}
