// The small parts, each with its one promise: ids, times, colours, storage, and no way to smuggle HTML in.
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ulid } from "../src/ids";
import { browserStore } from "../src/store";
import { inkOn, isColour } from "../src/theme";
import { clock, day } from "../src/time";

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("ids are unique, sort by age, and please the server's pattern", () => {
  const ids = Array.from({ length: 1000 }, () => ulid(1_700_000_000_000));
  expect(new Set(ids).size).toBe(1000);
  expect(ulid(1_700_000_000_000) < ulid(1_700_000_000_001)).toBe(true);
  expect(ids[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

describe("times", () => {
  const now = new Date(2026, 4, 5, 9, 3).getTime();
  test("are short, and the same in both languages", () => {
    expect([clock(now, "zh-CN"), clock(now, "en")]).toEqual(["09:03", "09:03"]);
  });
  test("days near are words, days far are dates", () => {
    const ago = (days: number) => day(now - days * 86_400_000, "zh-CN", now);
    expect([ago(0), ago(1)]).toEqual(["今天", "昨天"]);
    expect(ago(3)).toContain("5月2日");
    expect(ago(400)).toContain("2025年");
    expect(day(now, "en", now)).toBe("Today");
  });
});

test("text on a brand colour can be read: dark on light, white on dark", () => {
  expect([inkOn("#1668dc"), inkOn("#f5c518"), inkOn("#ffffff"), inkOn("#000000")]).toEqual(["#ffffff", "#16181d", "#16181d", "#ffffff"]);
  expect([isColour("#a1B2c3"), isColour("red;}"), isColour(undefined)]).toEqual([true, false, false]);
});

describe("storage", () => {
  test("two inboxes on one site do not meet", () => {
    browserStore("web").set("", "one");
    expect(browserStore("shop").get("")).toBeNull();
    expect(localStorage.getItem("chatserver:web")).toBe("one");
  });
  test("without storage the page works on from memory", () => {
    vi.stubGlobal("localStorage", {
      getItem: () => { throw new Error("SecurityError"); },
      setItem: () => { throw new Error("SecurityError"); },
      removeItem: () => { throw new Error("SecurityError"); },
    });
    const store = browserStore("web");
    store.set(":out:1", "a");
    expect([store.get(":out:1"), store.keys(":out:")]).toEqual(["a", [":out:1"]]);
    store.remove(":out:1");
    expect(store.get(":out:1")).toBeNull();
  });
  test("a full storage loses nothing of this page", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => { throw new Error("QuotaExceededError"); });
    const store = browserStore("web");
    store.set("", "token");
    expect(store.get("")).toBe("token");
    vi.restoreAllMocks();
  });
});

describe("what visitors' browsers run", () => {
  const folders = ["client/src", "widget/src", "h5/src"].map((folder) => resolve(import.meta.dirname, "../..", folder));
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name)).map((name) => resolve(folder, name)));
  test("never turns a string into HTML or code", () => {
    expect(sources.length).toBeGreaterThan(30);
    const risky = /\.innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/;
    expect(sources.filter((file) => risky.test(readFileSync(file, "utf8")))).toEqual([]);
  });
});
