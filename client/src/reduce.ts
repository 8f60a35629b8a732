// The visitor's conversation as the server's words make it: a pure fold, the same answer whether the words came as
// pushes one by one or as one fresh welcome. Knows nothing of unsent messages, windows or connections.
import type { Item, Page, VisitorConversation, Welcome } from "./visitor.gen";

export interface View {
  readonly conversation: VisitorConversation | null;
  /** The lines of the conversation, by `seq`. */
  readonly items: readonly Item[];
  /** Lines of conversations that ended while this page was open: still worth reading, never loaded again. */
  readonly earlier: readonly Item[];
  /** Older lines of the conversation can be asked for. */
  readonly more: boolean;
}

export type Push =
  | readonly ["welcome", Welcome]
  | readonly ["page", Page]
  | readonly ["item", Item]
  | readonly ["conversation", VisitorConversation];

export const EMPTY: View = { conversation: null, items: [], earlier: [], more: false };

export function reduce(view: View, push: Push): View {
  switch (push[0]) {
    case "welcome":
      return foldWelcome(view, push[1]);
    case "page":
      return { ...view, items: push[1].items.reduce(insert, view.items), more: push[1].more };
    case "item":
      return foldItem(view, push[1]);
    case "conversation":
      return { ...leave(view, push[1].id), conversation: push[1] };
  }
}

function foldWelcome(view: View, welcome: Welcome): View {
  const start = welcome.reset ? { ...EMPTY, more: welcome.more } : view;
  const filled = welcome.items.reduce(foldItem, start);
  return { ...filled, conversation: welcome.conversation };
}

function foldItem(view: View, item: Item): View {
  const last = view.items.at(-1);
  if (last && last.conversation !== item.conversation && item.seq < last.seq) return view; // a late word of the past
  const here = leave(view, item.conversation);
  const items = insert(here.items, item);
  return items === here.items ? here : { ...here, items };
}

/** A word about another conversation: the lines so far belong to the past. */
function leave(view: View, conversation: string): View {
  if (!view.items.length || view.items[0]?.conversation === conversation) return view;
  return { ...view, earlier: [...view.earlier, ...view.items], items: [], more: false };
}

/** Into its place by `seq`; what is there already stays. */
function insert(items: readonly Item[], item: Item): readonly Item[] {
  let place = items.length;
  while (place > 0 && (items[place - 1]?.seq ?? 0) > item.seq) place--;
  if (items.some((known) => known.id === item.id || known.seq === item.seq)) return items;
  return [...items.slice(0, place), item, ...items.slice(place)];
}
