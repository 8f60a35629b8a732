// However the words arrive, the visitor sees the same conversation.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { EMPTY, reduce, type Push, type View } from "../src/reduce";
import type { Welcome } from "../src/visitor.gen";
import { conversation, line, welcome } from "./fakes";

const fold = (view: View, ...pushes: Push[]) => pushes.reduce(reduce, view);
const ids = (view: View) => view.items.map((item) => item.id);

describe("the visitor's view", () => {
  const start = fold(EMPTY, ["welcome", welcome({ items: [line(1), line(2)] })]);

  test("appends what is pushed", () => {
    expect(ids(fold(start, ["item", line(5)]))).toEqual(["i1", "i2", "i5"]);
  });

  test("shows a line once, though it comes twice", () => {
    expect(ids(fold(start, ["item", line(2)], ["item", line(3)], ["item", line(3)]))).toEqual(["i1", "i2", "i3"]);
  });

  test("keeps the order of the log, whatever the order of arrival", () => {
    expect(ids(fold(start, ["item", line(9)], ["item", line(4)]))).toEqual(["i1", "i2", "i4", "i9"]);
  });

  test("puts older lines above, and knows whether there are more", () => {
    const view = fold(EMPTY, ["welcome", welcome({ items: [line(8)], more: true })], ["page", { items: [line(3), line(5)], more: false }]);
    expect(ids(view)).toEqual(["i3", "i5", "i8"]);
    expect(view.more).toBe(false);
  });

  test("adds what was missed while offline", () => {
    const back = welcome({ items: [line(2), line(3)], reset: false, conversation: conversation({ phase: "closed" }) });
    const view = fold(start, ["welcome", back]);
    expect(ids(view)).toEqual(["i1", "i2", "i3"]);
    expect(view.conversation?.phase).toBe("closed");
  });

  test("forgets everything when the server says so", () => {
    expect(ids(fold(start, ["welcome", welcome({ items: [line(7)], reset: true })]))).toEqual(["i7"]);
  });

  test("moves the lines of the last conversation out of the way of a new one, and keeps them to read", () => {
    const view = fold(start, ["conversation", conversation({ id: "c2" })], ["item", line(6, { conversation: "c2" })]);
    expect(ids(view)).toEqual(["i6"]);
    expect(view.earlier.map((item) => item.id)).toEqual(["i1", "i2"]);
    const itemFirst = fold(start, ["item", line(6, { conversation: "c2" })], ["conversation", conversation({ id: "c2" })]);
    expect(itemFirst).toEqual(view);
  });

  test("does not let a late word of the past into the new conversation", () => {
    const view = fold(start, ["item", line(6, { conversation: "c2" })], ["item", line(3)]);
    expect(ids(view)).toEqual(["i6"]);
  });
});

describe("a line that was changed", () => {
  const text = (view: View) => view.items.map(({ content }) => (content.kind === "text" ? content.text : content.kind));
  const edit = (seq: number, id: string, text: string) => line(seq, { replaces: id, edited: true, content: { kind: "text", text } });
  const notice = { kind: "notice", code: "recalled_agent", data: {}, text: "" } as const;
  const recall = (seq: number, id: string) => line(seq, { replaces: id, by: "system", content: notice });
  const start = fold(EMPTY, ["welcome", welcome({ items: [line(1), line(2), line(3)] })]);

  test("keeps its place, its id and its time", () => {
    const view = fold(start, ["item", edit(9, "i2", "新")]);
    expect(text(view)).toEqual(["line 1", "新", "line 3"]);
    expect(view.items[1]).toMatchObject({ id: "i2", seq: 2, edited: true, replaces: null });
  });

  test("is known before it is loaded", () => {
    const view = fold(start, ["item", recall(9, "i0")], ["page", { items: [line(0)], more: false }]);
    expect(text(view)).toEqual(["notice", "line 1", "line 2", "line 3"]);
  });

  test("reads as the newest change says, whatever comes late", () => {
    expect(text(fold(start, ["item", recall(9, "i2")], ["item", edit(8, "i2", "旧")]))[1]).toBe("notice");
  });

  test("changes in what quotes it, shown or yet to come", () => {
    const quote = { item: "i1", by: "agent", name: "小林", text: "line 1", kind: "text" } as const;
    const view = fold(start, ["item", line(4, { quote })], ["item", recall(9, "i1")], ["item", line(10, { quote })]);
    expect(view.items.slice(-2).map((item) => item.quote?.text)).toEqual(["", ""]);
  });

  test("may belong to a conversation that is over", () => {
    const next = fold(start, ["item", line(6, { conversation: "c2" })], ["item", recall(9, "i1")]);
    expect(next.earlier[0]?.content.kind).toBe("notice");
    expect(ids(next)).toEqual(["i6"]);
  });

  test("is forgotten with everything else when the server says so", () => {
    const view = fold(start, ["item", recall(9, "i1")], ["welcome", welcome({ items: [line(1)] })]);
    expect(text(view)).toEqual(["line 1"]);
  });
});

const GOLDEN = resolve(import.meta.dirname, "../../tests/golden/sync");

interface Golden {
  conversation: string;
  welcome: Welcome;
  pushes: Push[];
  fresh: Welcome;
}

/** [scenario, what the server sent in it], for each conversation of each recorded scenario. */
const recorded = (existsSync(GOLDEN) ? readdirSync(GOLDEN) : [])
  .filter((name) => name.endsWith(".json"))
  .flatMap((name): [string, Golden][] => {
    const cases = JSON.parse(readFileSync(resolve(GOLDEN, name), "utf8")) as Golden | Golden[];
    return [cases].flat().map((one) => [`${name} ${one.conversation}`, one]);
  });

describe.skipIf(!recorded.length)("folding pushes gives what a fresh page would show", () => {
  test.each(recorded)("%s", (_name, { welcome, pushes, fresh }) => {
    const folded = fold(EMPTY, ["welcome", welcome], ...pushes);
    const anew = fold(EMPTY, ["welcome", fresh]);
    expect(folded.items).toEqual(anew.items);
    expect(folded.conversation).toEqual(anew.conversation);
  });
});
