// What the log draws, from what the chat knows: days, lines, who opens and who ends a group, how far a line got. Pure.
import type { ChatState } from "./chat";
import type { Letter } from "./outbox";
import { dayOf } from "./time";
import type { Item, MenuContent } from "./visitor.gen";

/** How far the visitor's line got; only the newest one says it, except when something is amiss. */
export type Delivery = "sending" | "sent" | "read" | "failed";

export interface Row {
  readonly item: Item;
  /** First of its day: the date stands above it, unless all there is was said today. */
  readonly day: boolean;
  /** First of a group: carries the name and the face. */
  readonly head: boolean;
  /** Last of a group: carries the time. */
  readonly tail: boolean;
  readonly delivery: Delivery | null;
  readonly why: Error | null;
  /** The option of this menu that the visitor took. */
  readonly chosen: string | null;
}

/** Lines of one person within this time are one group. */
const GROUP_MS = 60_000;

type Shown = Pick<ChatState, "earlier" | "items" | "letters" | "conversation">;

export function rows({ earlier, items, letters, conversation }: Shown, now = Date.now()): Row[] {
  const settled = [...earlier, ...items];
  const all = [...settled, ...letters.map(asItem)];
  const newestOwn = all.findLastIndex((item) => item.by === "visitor");
  return all.map((item, index) => {
    const before = all[index - 1];
    const letter = letters[index - settled.length];
    return {
      item,
      day: dayOf(before?.at ?? now) !== dayOf(item.at),
      head: !together(before, item),
      tail: !together(item, all[index + 1]),
      delivery: delivery(item, letter, index === newestOwn, conversation?.agent_read ?? 0),
      why: letter?.why ?? null,
      chosen: item.content.kind === "menu" ? taken(item.content, all, index) : null,
    };
  });
}

function asItem(letter: Letter): Item {
  const { id, at, text } = letter;
  const content = { kind: "text", text } as const;
  return { id, at, content, seq: Infinity, conversation: "", by: "visitor", name: "", avatar: "" } as Item;
}

function together(a: Item | undefined, b: Item | undefined): boolean {
  return !!a && !!b && a.by === b.by && a.name === b.name && b.at - a.at < GROUP_MS && dayOf(a.at) === dayOf(b.at);
}

function delivery(item: Item, letter: Letter | undefined, newest: boolean, agentRead: number): Delivery | null {
  if (item.by !== "visitor") return null;
  if (letter && letter.state !== "sent") return letter.state;
  if (!newest) return null;
  return item.seq <= agentRead ? "read" : "sent";
}

/** The visitor's next line names the option, by its key (typed) or its label (tapped). */
function taken(menu: MenuContent, all: readonly Item[], index: number): string | null {
  const answer = all.slice(index + 1).find((item) => item.by === "visitor" || item.content.kind === "menu");
  if (answer?.content.kind !== "text") return null;
  const said = answer.content.text.trim();
  return menu.options.find(({ key, label }) => key === said || label === said)?.key ?? null;
}
