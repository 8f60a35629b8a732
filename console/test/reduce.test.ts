// The fold: what the console believes after each thing it is told.
import { expect, test } from "vitest";
import { outgoing } from "../src/desk/outbox";
import { MAX_TIMELINES, reduce, type Happening } from "../src/desk/reduce";
import { START, type DeskState } from "../src/desk/state";
import { card, item, welcome } from "./made";

const fold = (state: DeskState, ...happenings: Happening[]) => happenings.reduce(reduce, state);
const begun = fold(START, { kind: "welcomed", welcome: welcome(10, [card("a"), card("b")]) });
const opened = fold(
  begun,
  { kind: "loading", conversation: "a" },
  { kind: "paged", conversation: "a", page: { items: [item(3, "a"), item(5, "a")], more: true } },
);
const seqs = (state: DeskState, id: string) => state.timelines.get(id)?.items.map(({ seq }) => seq);

test("a snapshot fills the desk and says where to resume", () => {
  expect(begun.ready).toBe(true);
  expect(begun.seq).toBe(10);
  expect([...begun.cards.keys()]).toEqual(["a", "b"]);
  expect(begun.inboxes.get("web")).toBe("Demo inbox");
});

test("the newest version of a card wins, in whatever order they come", () => {
  const newer = fold(begun, {
    kind: "recorded",
    record: { seq: 12, card: card("a", { version: 3, unread: 2 }), item: null },
  });
  const late = fold(newer, {
    kind: "recorded",
    record: { seq: 11, card: card("a", { version: 2, unread: 1 }), item: null },
  });
  expect(late.cards.get("a")?.unread).toBe(2);
  expect(late.seq).toBe(12);
});

test("a line appears once and in its place, however often it is told", () => {
  const record = { seq: 11, card: card("a", { version: 2 }), item: item(11, "a") };
  const early = { seq: 4, card: card("a"), item: item(4, "a") };
  const told = fold(
    opened,
    { kind: "recorded", record },
    { kind: "recorded", record },
    { kind: "recorded", record: early },
  );
  expect(seqs(told, "a")).toEqual([3, 4, 5, 11]);
});

test("older pages come in above and keep saying whether there is more", () => {
  const paged = fold(opened, {
    kind: "paged",
    conversation: "a",
    page: { items: [item(1, "a"), item(3, "a")], more: false },
  });
  expect(seqs(paged, "a")).toEqual([1, 3, 5]);
  expect(paged.timelines.get("a")?.more).toBe(false);
});

test("a conversation that was never opened collects no half history", () => {
  const told = fold(begun, {
    kind: "recorded",
    record: { seq: 11, card: card("b", { version: 2 }), item: item(11, "b") },
  });
  expect(told.timelines.has("b")).toBe(false);
});

test("after a resume the missed records are folded like pushes", () => {
  const record = { seq: 12, card: card("a", { version: 2, unread: 1 }), item: item(12, "a") };
  const back = fold(opened, { kind: "welcomed", welcome: { seq: 13, snapshot: null, records: [record] } });
  expect(seqs(back, "a")).toEqual([3, 5, 12]);
  expect(back.seq).toBe(13);
});

test("a new snapshot forgets old conversations and lines, and keeps what is unsent", () => {
  const line = outgoing("x1", "a", "hello", false, 0);
  const again = fold(opened, { kind: "outgoing", line }, { kind: "welcomed", welcome: welcome(2, [card("c")]) });
  expect([...again.cards.keys()]).toEqual(["c"]);
  expect(again.timelines.size).toBe(0);
  expect(again.seq).toBe(2);
  expect(again.outbox).toEqual([line]);
});

test("a conversation that is gone leaves nothing behind", () => {
  const left = fold(
    opened,
    { kind: "typing", conversation: "a", until: 9 },
    { kind: "gone", gone: { seq: 20, conversation: "a" } },
  );
  expect([left.cards.has("a"), left.timelines.has("a"), left.typing.has("a")]).toEqual([false, false, false]);
});

test("a page that arrives after its conversation is gone is ignored", () => {
  const left = fold(opened, { kind: "gone", gone: { seq: 20, conversation: "a" } });
  expect(fold(left, { kind: "paged", conversation: "a", page: { items: [item(1, "a")], more: false } })).toBe(left);
});

test("writing fades with time, and at once when the line arrives", () => {
  const writing = fold(opened, { kind: "typing", conversation: "a", until: 100 });
  expect(fold(writing, { kind: "faded", now: 99 }).typing.has("a")).toBe(true);
  expect(fold(writing, { kind: "faded", now: 100 }).typing.has("a")).toBe(false);
  const said = fold(writing, {
    kind: "recorded",
    record: { seq: 11, card: card("a", { version: 2 }), item: item(11, "a") },
  });
  expect(said.typing.has("a")).toBe(false);
});

test("a reply leaves the outbox when its line comes back, even before its acknowledgement", () => {
  const line = outgoing("x1", "a", "hello", false, 0);
  const record = { seq: 11, card: card("a", { version: 2 }), item: item(11, "a", { id: "x1", by: "agent" }) };
  const back = fold(opened, { kind: "outgoing", line }, { kind: "recorded", record });
  expect(back.outbox).toEqual([]);
  expect(fold(back, { kind: "outgoing", line: { ...line, state: "sent", seq: 11 } }).outbox).toEqual([]);
});

test("a day of opened conversations stays bounded, and the one in hand stays", () => {
  let state = begun;
  for (let i = 0; i < MAX_TIMELINES + 5; i++) state = fold(state, { kind: "loading", conversation: `n${i}` });
  expect(state.timelines.size).toBe(MAX_TIMELINES);
  expect(state.timelines.has(`n${MAX_TIMELINES + 4}`)).toBe(true);
  expect(state.timelines.has("n0")).toBe(false);
});

test("a line that was changed keeps its place, on a page that comes later too, and in what quotes it", () => {
  const quote = { item: "i3", by: "agent", name: "", text: "line 3", kind: "text" } as const;
  const notice = { kind: "notice", code: "recalled_agent", data: {}, text: "" } as const;
  const gone = item(12, "a", { replaces: "i3", by: "system", content: notice });
  const record = (line: ReturnType<typeof item>, version: number): Happening => {
    return { kind: "recorded", record: { seq: line.seq, card: card("a", { version }), item: line } };
  };
  const state = fold(opened, record(item(11, "a", { quote }), 2), record(gone, 3), {
    kind: "paged", conversation: "a", page: { items: [item(3, "a"), item(4, "a", { quote })], more: false },
  });
  const lines = state.timelines.get("a")?.items ?? [];
  expect(lines.find((line) => line.id === "i3")).toMatchObject({ seq: 3, by: "system", content: notice, replaces: null });
  expect(lines.filter((line) => line.quote).map((line) => line.quote?.text)).toEqual(["", ""]);
});
