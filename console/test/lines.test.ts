// How lines become a chat: days, runs of one author, what is on its way at the end; and addresses that are safe to
// open.
import { expect, test } from "vitest";
import { outgoing } from "../src/desk/outbox";
import { linesOf } from "../src/screens/answer/lines";
import { safeUrl } from "../src/screens/answer/names";
import { item, NOON } from "./made";

const DAY = 86_400_000;

test("each day is announced once, before its first line", () => {
  const lines = linesOf([item(1, "a"), item(2, "a"), item(3, "a", { at: NOON + DAY })], []);
  expect(lines.map(({ kind }) => kind)).toEqual(["day", "item", "item", "day", "item"]);
});

test("a run names its author once; a pause, a day or another author begins a new run", () => {
  const at = (n: number, change = {}) => item(n, "a", { at: NOON + n * 1000, ...change });
  const items = [
    at(1),
    at(2),
    at(3, { by: "agent" }),
    at(4, { by: "agent", note: true }),
    at(400, { by: "agent", note: true }),
  ];
  const heads = linesOf(items, []).map((line) => line.kind === "item" && line.head);
  expect(heads.slice(1)).toEqual([true, false, true, true, true]);
});

test("the time stands at the last line of a minute", () => {
  const tails = linesOf([item(1, "a"), item(2, "a"), item(90, "a")], []).map(
    (line) => line.kind === "item" && line.tail,
  );
  expect(tails.slice(1)).toEqual([false, true, true]);
});

test("what is on its way stands last, even when this computer's clock is behind", () => {
  const lines = linesOf([item(1, "a")], [outgoing("x", "a", "hello", false, NOON - DAY)]);
  expect(lines.map(({ kind }) => kind)).toEqual(["day", "item", "outgoing"]);
});

test("only web addresses become links", () => {
  expect(safeUrl("https://shop.example/a?b=c")).toBe("https://shop.example/a?b=c");
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "/relative", "", "file:///x"])
    expect(safeUrl(bad)).toBe(null);
});
