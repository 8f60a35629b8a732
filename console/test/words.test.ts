// Words: every sentence in both languages, with the same holes to fill.
import { RETRY } from "@chatserver/client/errors.gen";
import { expect, test } from "vitest";
import { fill } from "../src/i18n/dictionary";
import { en } from "../src/i18n/en";
import { ago, lasting, ticking } from "../src/i18n/times";
import { noticeWords, refusalWords, translator } from "../src/i18n/words";
import { zh } from "../src/i18n/zh";
import { NOON } from "./made";

const holes = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const notice = (code: string, data = {}, text = "") => ({ kind: "notice" as const, code, data, text });

test("both languages fill the same holes", () => {
  for (const key of Object.keys(zh) as (keyof typeof zh)[])
    expect([key, holes(en[key])]).toEqual([key, holes(zh[key])]);
});

test("an administrator's own sentence wins over ours", () => {
  expect(noticeWords(notice("closed_agent", {}, "Bye!"), "zh-CN")).toBe("Bye!");
  expect(noticeWords(notice("closed_agent"), "en")).toBe("The agent ended this chat. Thank you for contacting us");
});

test("nobody ahead is said without a number", () => {
  expect(noticeWords(notice("queued", { ahead: 0 }), "zh-CN")).toBe("正在为您转接人工客服，请稍候");
  expect(noticeWords(notice("queued", { ahead: 2 }), "zh-CN")).toContain("前面还有 2 位");
});

test("every refusal of the server has a sentence, an unknown one still says something", () => {
  for (const code of Object.keys(RETRY)) expect(refusalWords(code, {}, "zh-CN")).not.toBe(code);
  expect(refusalWords("made_up", {}, "en")).toBe("Something went wrong, please try again");
});

test("times read as people say them", () => {
  const t = translator("zh-CN");
  expect(ago(NOON - 5_000, NOON, t, "zh-CN")).toBe("刚刚");
  expect(ago(NOON - 125_000, NOON, t, "zh-CN")).toBe("2 分钟前");
  expect(ago(NOON - 86_400_000, NOON, t, "zh-CN")).toBe("昨天");
  expect(lasting(3_700_000, t)).toBe("1 小时 1 分");
  expect([ticking(65_000), ticking(3_661_000)]).toEqual(["1:05", "1:01:01"]);
});

test("an unknown hole stays visible instead of saying 'undefined'", () => {
  expect(fill("{a} {b}", { a: 1 })).toBe("1 {b}");
});
