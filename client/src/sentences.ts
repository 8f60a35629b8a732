// What the server says by code (notices, refusals), in words. They come from the server's own file, so that no sentence
// is written twice.
import chinese from "../../chatserver/locales/zh-CN.json";
import { fill, type Language } from "./i18n";
import { NoAnswerError, OfflineError, RefusedError, type Refusal } from "./link";
import type { NoticeContent } from "./visitor.gen";

/** Code (`notice.queued`, `error.busy`) -> sentence. */
function saidIn(language: Language): Readonly<Record<string, string>> {
  return language.said ?? chinese;
}

/** What a notice says: an administrator's own text, or the sentence of its code. */
export function sentence({ code, data, text }: NoticeContent, language: Language): string {
  if (text) return text;
  const first = code === "queued" && data["ahead"] === 0;
  return fill(saidIn(language)[`notice.${first ? "queued_first" : code}`] ?? "", data);
}

/** Why the server refused; a code that visitors never meet gets general words. */
export function reason({ code, data }: Pick<Refusal, "code" | "data">, language: Language): string {
  return fill(saidIn(language)[`error.${code}`] ?? language.t("denied"), data);
}

/** Why an action did not work. */
export function explain(error: Error, language: Language): string {
  if (error instanceof RefusedError) return reason(error, language);
  if (error instanceof OfflineError) return language.t("offline");
  return language.t(error instanceof NoAnswerError ? "noAnswer" : "failed");
}
