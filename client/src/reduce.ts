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
  /** By the id of a line, what it was replaced with: also for lines that are not loaded yet. */
  readonly changed: Readonly<Record<string, Item>>;
}

export type Push =
  | readonly ["welcome", Welcome]
  | readonly ["page", Page]
  | readonly ["item", Item]
  | readonly ["conversation", VisitorConversation];

export const EMPTY: View = { conversation: null, items: [], earlier: [], more: false, changed: {} };

export function reduce(view: View, push: Push): View {
  switch (push[0]) {
    case "welcome":
      return foldWelcome(view, push[1]);
    case "page":
      return { ...view, items: push[1].items.map((item) => now(view, item)).reduce(insert, view.items), more: push[1].more };
    case "item":
      return foldItem(view, push[1]);
    case "conversation":
      return { ...leave(view, push[1].id), conversation: push[1] };
    default:
      return view; // a page that was opened before the server learned to say this
  }
}

function foldWelcome(view: View, welcome: Welcome): View {
  const start = welcome.reset ? { ...EMPTY, more: welcome.more } : view;
  const filled = welcome.items.reduce(foldItem, start);
  return { ...filled, conversation: welcome.conversation };
}

function foldItem(view: View, item: Item): View {
  if (item.replaces) return change(view, item.replaces, item);
  const last = view.items.at(-1);
  if (last && last.conversation !== item.conversation && item.seq < last.seq) return view; // a late word of the past
  const here = leave(view, item.conversation);
  const items = insert(here.items, now(view, item));
  return items === here.items ? here : { ...here, items };
}

/** A line keeps its place when it is edited or taken back; of two changes the newer one counts. */
function change(view: View, id: string, item: Item): View {
  if ((view.changed[id]?.seq ?? 0) >= item.seq) return view;
  const next = { ...view, changed: { ...view.changed, [id]: item } };
  const newest = (line: Item) => now(next, line);
  return { ...next, items: view.items.map(newest), earlier: view.earlier.map(newest) };
}

/** The line as it reads now, and what it quotes as well. */
function now({ changed }: View, line: Item): Item {
  const own = changed[line.id];
  const quoted = line.quote && changed[line.quote.item]?.content;
  if (own) line = { ...line, by: own.by, content: own.content, edited: own.edited, quote: own.edited ? line.quote : null };
  if (!quoted || !line.quote) return line;
  return { ...line, quote: { ...line.quote, kind: quoted.kind, text: quoted.kind === "text" ? quoted.text : "" } };
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
