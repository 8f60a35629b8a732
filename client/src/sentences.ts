// What the server says by code about the conversation itself, in words.
import { fill } from "./i18n";
import type { NoticeContent } from "./visitor.gen";

/** What a notice says: an administrator's own text, or the sentence of its code; nothing if `said` has none. */
export function sentence({ code, data, text }: Omit<NoticeContent, "kind">, said: Readonly<Record<string, string>>): string {
  const first = code === "queued" && data["ahead"] === 0;
  return text || fill(said[`notice.${first ? "queued_first" : code}`] ?? "", data);
}
