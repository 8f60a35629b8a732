// What the log shows: days, groups, how far a line got, and which choice was taken.
import { expect, test } from "vitest";
import { rows } from "../src/rows";
import type { Letter } from "../src/outbox";
import { conversation, line } from "./fakes";

const NOON = new Date(2026, 4, 5, 12).getTime();
const letter = (id: string, change: Partial<Letter> = {}): Letter => ({ id, text: id, at: NOON, tries: 0, state: "sending", ...change });
const draw = (items: ReturnType<typeof line>[], letters: Letter[] = [], read = 0) =>
  rows({ earlier: [], items, letters, conversation: conversation({ agent_read: read }) });

test("a new day begins with its date; what was all said today needs none", () => {
  const late = new Date(2026, 4, 5, 23, 59, 50).getTime();
  const items = [line(1, { at: late }), line(2, { at: late + 5_000 }), line(3, { at: late + 20_000 })];
  const days = (now: number) => rows({ earlier: [], items, letters: [], conversation: null }, now).map((row) => row.day);
  expect(days(late + 3600_000)).toEqual([true, false, true]);
  expect(days(late)).toEqual([false, false, true]);
});

test("what one person says within a minute is one group: the name above, the time below", () => {
  const all = (draw([line(1, { at: NOON }), line(2, { at: NOON + 30_000 }), line(3, { at: NOON + 120_000 })]));
  expect(all.map(({ head, tail }) => [head, tail])).toEqual([[true, false], [false, true], [true, true]]);
});

test("only the visitor's newest line tells whether it was read", () => {
  const mine = (seq: number) => line(seq, { by: "visitor", at: NOON + seq });
  expect((draw([mine(1), mine(2)], [], 2)).map((row) => row.delivery)).toEqual([null, "read"]);
  expect((draw([mine(1), mine(2)], [], 1)).map((row) => row.delivery)).toEqual([null, "sent"]);
});

test("unsent lines stand at the end and say how it goes with them", () => {
  const failed = new Error("no");
  const all = (draw([line(1)], [letter("a", { state: "failed", why: failed }), letter("b"), letter("c", { state: "sent", seq: 9 })]));
  expect(all.map((row) => row.delivery)).toEqual([null, "failed", "sending", "sent"]);
  expect(all[1]?.why).toBe(failed);
});

const menu = line(1, {
  by: "bot",
  content: { kind: "menu", text: "?", options: [{ key: "1", label: "订单" }, { key: "2", label: "人工客服" }] },
});
const says = (text: string) => line(2, { by: "visitor", content: { kind: "text", text } });

test.each([["人工客服", "2"], ["1", "1"], [" 2 ", "2"], ["别的", null]])("a menu answered with “%s” marks option %s", (text, chosen) => {
  expect((draw([menu, says(text)]))[0]?.chosen).toBe(chosen);
});

test("an answer belongs to the menu before it, not to an older one", () => {
  const second = { ...menu, id: "m2", seq: 2 };
  const all = (draw([menu, second, { ...says("1"), seq: 3 }]));
  expect(all.map((row) => row.chosen)).toEqual([null, "1", null]);
});
