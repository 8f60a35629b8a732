// Every sentence that a visitor can meet exists in both languages, and says what the server means.
import { expect, test } from "vitest";
import { CHINESE, learn, pickLocale } from "../src/i18n";
import { NoAnswerError, OfflineError, RefusedError } from "../src/link";
import { NOTICES } from "../src/notices.gen";
import { REFUSALS } from "../src/refusals.gen";
import { explain, reason, sentence } from "../src/sentences";
import { words as en } from "../src/words/en";
import { words as zh } from "../src/words/zh-CN";
import { refusal } from "./fakes";

const english = await learn("en");
const notice = (code: string, data: Record<string, string | number> = {}, text = "") => ({ kind: "notice", code, data, text }) as const;
const places = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort();

test("the two languages have the same words with the same places to fill", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect(places(en[key]), key).toEqual(places(zh[key]));
});

test.each(Object.keys(NOTICES.en))("the notice %s says in both languages what the server's table says", (code) => {
  if (code === "queued_first") return expect(sentence(notice("queued", { ahead: 0 }), english)).toBe(NOTICES.en[code]);
  expect(sentence(notice(code), CHINESE)).toBe(NOTICES["zh-CN"][code]);
  expect(sentence(notice(code), english)).toBe(NOTICES.en[code]);
});

test("who waits with nobody in front is not told of zero people", () => {
  expect(sentence(notice("queued", { ahead: 0 }), CHINESE)).toBe("正在为您转接人工客服，请稍候");
  expect(sentence(notice("queued", { ahead: 3 }), CHINESE)).toContain("前面还有 3 位");
});

test("an administrator's own sentence wins", () => {
  expect(sentence(notice("soothed", {}, "客服正在路上"), english)).toBe("客服正在路上");
});

test("a notice that this page does not know yet is left out rather than shown as a code", () => {
  expect(sentence(notice("from_the_future"), CHINESE)).toBe("");
});

test("a refusal is explained with its data, an unknown one in general words", () => {
  expect(reason(refusal("field_required", "never", { label: "电话" }), CHINESE)).toBe("请填写“电话”");
  expect(reason(refusal("inbox_unknown"), english)).toBe(REFUSALS.en["inbox_unknown"]);
  expect(reason(refusal("from_the_future"), english)).toBe(en.denied);
});

test("an action that failed is explained by what happened", () => {
  expect(explain(new OfflineError(), CHINESE)).toBe(zh.offline);
  expect(explain(new NoAnswerError(), CHINESE)).toBe(zh.noAnswer);
  expect(explain(new RefusedError(refusal("busy", "later")), CHINESE)).toBe(REFUSALS["zh-CN"]["busy"]);
});

test("any Chinese is answered in Chinese, everything else in English", () => {
  expect(["zh", "zh-TW", "ZH-cn", "en-GB", "fr", ""].map(pickLocale)).toEqual(["zh-CN", "zh-CN", "zh-CN", "en", "en", "en"]);
});
