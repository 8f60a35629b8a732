// Every sentence that a visitor can meet exists in both languages, and says what the server means.
import { expect, test } from "vitest";
import bundled from "../../chatserver/locales/en.json?notice";
import { learn, pickLocale } from "../src/i18n";
import { NoAnswerError, OfflineError, RefusedError } from "../src/link";
import { NOTICES } from "../src/notices.gen";
import { explain, notice } from "../src/reasons";
import { REFUSALS } from "../src/refusals.gen";
import { sentence } from "../src/sentences";
import { words as en } from "../src/words/en";
import { REST } from "../src/words/rest";
import { words as zh } from "../src/words/zh-CN";
import { refusal } from "./fakes";

const chinese = await learn("zh-CN");
const english = await learn("en");
const told = (code: string, data: Record<string, string | number> = {}, text = "") => ({ code, data, text });
const places = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort();

test.each([["of a first conversation", zh, en], ["of what comes later", REST["zh-CN"], REST.en]])(
  "the two languages have the same words %s, with the same places to fill",
  (_, chinese: Readonly<Record<string, string>>, english: Readonly<Record<string, string>>) => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    for (const key of Object.keys(chinese)) expect(places(english[key]!), key).toEqual(places(chinese[key]!));
  },
);

const visitors = Object.keys(bundled).map((key) => key.replace("notice.", ""));

test.each(visitors)("the notice %s says in both languages what the server's table says", (code) => {
  if (code === "queued_first") return expect(notice(told("queued", { ahead: 0 }), english)).toBe(NOTICES.en[code]);
  expect(notice(told(code), chinese)).toBe(NOTICES["zh-CN"][code]);
  expect(notice(told(code), english)).toBe(NOTICES.en[code]);
});

test("what nearly every conversation says is at hand, in the very same words", () => {
  for (const language of [chinese, english]) {
    expect(Object.keys(language.said).sort()).toEqual(
      ["notice.assigned", "notice.idle_warned", "notice.queued", "notice.queued_first", "notice.soothed"],
    );
    expect(sentence(told("soothed"), language.said)).toBe(notice(told("soothed"), language));
  }
});

test("who waits with nobody in front is not told of zero people", () => {
  expect(sentence(told("queued", { ahead: 0 }), chinese.said)).toBe("正在为您转接人工客服，请稍候");
  expect(sentence(told("queued", { ahead: 3 }), chinese.said)).toContain("前面还有 3 位");
});

test("an administrator's own sentence wins", () => {
  expect(sentence(told("soothed", {}, "客服正在路上"), english.said)).toBe("客服正在路上");
});

test("a notice that this page does not know yet is left out rather than shown as a code", () => {
  expect(notice(told("from_the_future"), chinese)).toBe("");
});

test("a refusal is explained with its data, an unknown one in general words", () => {
  expect(explain(refusal("field_required", "never", { label: "电话" }), chinese)).toBe("请填写“电话”");
  expect(explain(refusal("inbox_unknown"), english)).toBe(REFUSALS.en["inbox_unknown"]);
  expect(explain(refusal("from_the_future"), english)).toBe(REST.en.denied);
});

test("an action that failed is explained by what happened", () => {
  expect(explain(new OfflineError(), chinese)).toBe(zh.offline);
  expect(explain(new NoAnswerError(), chinese)).toBe(REST["zh-CN"].noAnswer);
  expect(explain(new RefusedError(refusal("busy", "later")), chinese)).toBe(REFUSALS["zh-CN"]["busy"]);
});

test("any Chinese is answered in Chinese, everything else in English", () => {
  expect(["zh", "zh-TW", "ZH-cn", "en-GB", "fr", ""].map(pickLocale)).toEqual(["zh-CN", "zh-CN", "zh-CN", "en", "en", "en"]);
});
