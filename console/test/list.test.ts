// Which conversations an agent sees first, which they may touch, and what rings.
import { expect, test } from "vitest";
import { alertOf } from "../src/desk/alert";
import { counts, listed, unreadOf, type View } from "../src/desk/list";
import { mayClose, mayInvite, mayTake, muteOf } from "../src/desk/rights";
import { urgencyOf, waitsSince } from "../src/screens/answer/waiting";
import { card, item, NOON, snapshot } from "./made";

const last = (at: number, text = "") => ({ by: "visitor" as const, text, at, kind: "text" });
const CARDS = [
  card("old", { last: last(NOON + 1) }),
  card("new", { last: last(NOON + 9, "where is my PARCEL") }),
  card("ended", { phase: "closed", last: last(NOON + 99) }),
  card("first", { phase: "queued", agent: null, queued_at: NOON + 2, last: last(NOON + 50) }),
  card("second", { phase: "queued", agent: null, queued_at: NOON + 5, last: last(NOON + 3) }),
  card("theirs", { agent: "other", unread: 4, last: last(NOON + 5) }),
];
const view = (change: Partial<View>): View => ({ tab: "mine", filter: "open", search: "", keep: null, ...change });
const ids = (change: Partial<View>) => listed(CARDS, "me", view(change)).map(({ id }) => id);
const me = snapshot([]).me;

test("mine: the newest line first, ended ones only when asked for and last", () => {
  expect(ids({})).toEqual(["new", "old"]);
  expect(ids({ filter: "any" })).toEqual(["new", "old", "ended"]);
  expect(ids({ filter: "closed" })).toEqual(["ended"]);
});

test("queue: who waits longest is on top, whoever wrote last", () => {
  expect(ids({ tab: "queue" })).toEqual(["first", "second"]);
});

test("all: everybody's, and narrowed by state", () => {
  expect(ids({ tab: "all" })).toEqual(["first", "new", "theirs", "second", "old"]);
  expect(ids({ tab: "all", filter: "queued" })).toEqual(["first", "second"]);
});

test("search finds words in names and last lines, in any case", () => {
  expect(ids({ search: " parcel " })).toEqual(["new"]);
  expect(ids({ tab: "all", search: "DEMO th" })).toEqual(["theirs"]);
});

test("the open conversation keeps its row when it ends", () => {
  expect(ids({ keep: "ended" })).toEqual(["new", "old", "ended"]);
});

test("tabs count what is open; unread counts what is mine", () => {
  expect(counts(CARDS, "me")).toEqual({ mine: 2, queue: 2, all: 5 });
  expect(
    unreadOf(
      [card("a", { unread: 2 }), card("b", { unread: 4, agent: "x" }), card("c", { unread: 8, phase: "closed" })],
      "me",
    ),
  ).toBe(2);
});

test("an agent writes only where they serve, and is told why not elsewhere", () => {
  expect(muteOf(card("a"), me)).toBe(null);
  expect(muteOf(card("a", { agent: "other" }), me)).toBe("not_mine");
  expect(muteOf(card("a", { phase: "queued", agent: null }), me)).toBe("queued");
  expect(muteOf(card("a", { phase: "guided", agent: null }), me)).toBe("guided");
  expect(muteOf(card("a", { phase: "closed" }), me)).toBe("closed");
  expect(muteOf(card("a"), { ...me, permissions: {} })).toBe("forbidden");
});

test("taking and ending are offered only with the permission, and others' only with a wider scope", () => {
  const queued = card("a", { phase: "queued", agent: null });
  expect(mayTake(queued, me)).toBe(true);
  expect(mayTake(queued, { ...me, permissions: {} })).toBe(false);
  expect(mayTake(card("a"), me)).toBe(false);
  expect(mayClose(card("a"), me)).toBe(true);
  expect(mayClose(card("a", { agent: "other" }), me)).toBe(false);
  expect(mayClose(card("a", { agent: "other" }), { ...me, permissions: { "conversation.close": "group" } })).toBe(true);
  expect(mayClose(card("a", { phase: "closed" }), me)).toBe(false);
});

test("only who serves may ask for a rating, and only once it can matter", () => {
  expect(mayInvite(card("a"), me)).toBe(true);
  expect(mayInvite(card("a", { rating_asked: true, rating: 4 }), me)).toBe(false);
  expect(mayInvite(card("a", { agent: "other" }), me)).toBe(false);
  expect(mayInvite(card("a", { phase: "closed" }), me)).toBe(false);
});

test("waiting turns amber after a minute and red after three, and only where a person is awaited", () => {
  expect([59_999, 60_000, 180_000].map(urgencyOf)).toEqual(["calm", "warn", "late"]);
  expect(waitsSince(card("a", { phase: "queued", queued_at: 5 }))).toBe(5);
  expect(waitsSince(card("a", { waiting_since: 7 }))).toBe(7);
  expect(waitsSince(card("a", { phase: "guided", waiting_since: 7 }))).toBe(null);
});

test("what rings: becoming mine, my visitor's line, a new waiting visitor; nothing for others' and for ended ones", () => {
  const record = (to: ReturnType<typeof card>, line = false) => ({
    seq: 1,
    card: to,
    item: line ? item(1, to.id) : null,
  });
  expect(alertOf(card("a", { agent: null }), record(card("a")), "me")).toBe("assigned");
  expect(alertOf(card("a"), record(card("a"), true), "me")).toBe("message");
  expect(alertOf(card("a"), record(card("a")), "me")).toBe(null);
  expect(alertOf(undefined, record(card("a", { phase: "queued", agent: null })), "me")).toBe("queued");
  expect(alertOf(card("a", { agent: "x" }), record(card("a", { agent: "x" }), true), "me")).toBe(null);
  expect(alertOf(card("a"), record(card("a", { phase: "closed" }), true), "me")).toBe(null);
});
