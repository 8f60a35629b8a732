// What a chat draws, in order: days, lines, and what is still on its way. Pure.
import type { Item } from "@chatserver/client/agent.gen";
import { dayOf } from "@chatserver/client/time";
import type { Outgoing } from "../../desk/outbox";

/**
 * `head`: the first of a run by one author, which shows the author's name.
 * `tail`: the last of a minute in a run, which shows the time.
 */
export type Line =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "item"; readonly key: string; readonly item: Item; readonly head: boolean; readonly tail: boolean }
  | { readonly kind: "outgoing"; readonly key: string; readonly line: Outgoing; readonly head: boolean };

/** A run of lines by one author ends after such a pause. */
const RUN_MS = 5 * 60_000;
const MINUTE = 60_000;

export function linesOf(items: readonly Item[], outbox: readonly Outgoing[]): readonly Line[] {
  const lines: Line[] = [];
  let before = { author: "", at: 0 };
  const add = (at: number, author: string, make: (head: boolean) => Line) => {
    const newDay = dayOf(at) !== dayOf(before.at);
    if (newDay) lines.push({ kind: "day", key: `day:${dayOf(at)}`, at });
    lines.push(make(newDay || author !== before.author || at - before.at > RUN_MS));
    before = { author, at };
  };
  items.forEach((item, i) => {
    const tail = !sameMinute(item, items[i + 1]);
    add(item.at, authorOf(item), (head) => ({ kind: "item", key: item.id, item, head, tail }));
  });
  // Unconfirmed lines stand at the end, whatever the two clocks say.
  for (const line of outbox) {
    const author = line.note ? "note:me" : "agent:me";
    add(Math.max(line.at, before.at), author, (head) => ({ kind: "outgoing", key: line.id, line, head }));
  }
  return lines;
}

function sameMinute(item: Item, next: Item | undefined): boolean {
  return !!next && authorOf(next) === authorOf(item) && Math.floor(next.at / MINUTE) === Math.floor(item.at / MINUTE);
}

function authorOf({ by, name, note, content }: Item): string {
  return content.kind === "notice" ? "notice" : `${note ? "note" : by}:${name}`;
}
