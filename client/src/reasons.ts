// Every sentence that the server says by code, and why an action did not work, in words. They come from the server's own
// files, so that none is written twice.
import englishErrors from "../../chatserver/locales/en.json?error";
import englishNotices from "../../chatserver/locales/en.json?notice";
import chineseErrors from "../../chatserver/locales/zh-CN.json?error";
import chineseNotices from "../../chatserver/locales/zh-CN.json?notice";
import { fill, type Language } from "./i18n";
import { NoAnswerError, OfflineError, RefusedError, type Refusal } from "./link";
import { sentence } from "./sentences";
import type { NoticeContent } from "./visitor.gen";
import { say } from "./words/rest";

const NOTICES = { "zh-CN": chineseNotices, en: englishNotices };
const ERRORS = { "zh-CN": chineseErrors, en: englishErrors };

export function notice(content: Omit<NoticeContent, "kind">, { locale }: Language): string {
  return sentence(content, NOTICES[locale]);
}

/** A refusal by its code, one that visitors never meet in general words; another failure by its kind. */
export function explain(failure: Error | Refusal, language: Language): string {
  if (failure instanceof OfflineError) return language.t("offline");
  if (failure instanceof NoAnswerError) return say("noAnswer", language);
  if (failure instanceof Error && !(failure instanceof RefusedError)) return language.t("failed");
  return fill(ERRORS[language.locale][`error.${failure.code}`] ?? say("denied", language), failure.data);
}
