import { expect, it } from "vitest";
import { judge } from "../judge.mjs";

const BUDGETS = [
  { name: "one", files: "^w/one", br: 10 },
  { name: "two", files: "^w/two", br: 10 },
];
const verdicts = (...built) => judge(BUDGETS, ...built).map(({ verdict }) => verdict);

it("weighs what was built, compressed where it is", () => {
  const manifest = { "w/one.js": { size: 30, br: 9 }, "w/two.js": { size: 8 }, "w/two-more.js": { size: 3 } };
  expect(verdicts(manifest, true)).toEqual(["ok", "OVER"]);
});

it("misses what has a budget and no files, unless only a part was built", () => {
  const manifest = { "w/one.js": { size: 9 } };
  expect(verdicts(manifest, true)).toEqual(["ok", "NONE"]);
  expect(verdicts(manifest, false)).toEqual(["ok"]);
});
