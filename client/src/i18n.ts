// The words of the window itself: those of a first conversation. Each language is a script of its own, so that nobody
// fetches one that they do not read. What comes later has its words in `words/rest.ts`.
import type { words } from "./words/zh-CN";

export type Locale = "zh-CN" | "en";
export type Word = keyof typeof words;
export type Data = Readonly<Record<string, unknown>>;

interface Vocabulary {
  readonly words: Readonly<Record<Word, string>>;
  /** What the server says in nearly every conversation, by code (`notice.queued`). */
  readonly said: Readonly<Record<string, string>>;
}

export interface Language {
  readonly locale: Locale;
  readonly said: Vocabulary["said"];
  /** Says `word`, with `data` in its places. */
  readonly t: (word: Word, data?: Data) => string;
}

const VOCABULARIES: Readonly<Record<Locale, () => Promise<Vocabulary>>> = {
  "zh-CN": () => import("./words/zh-CN"),
  en: () => import("./words/en"),
};

export async function learn(locale: Locale): Promise<Language> {
  const { words, said } = await VOCABULARIES[locale]();
  return { locale, said, t: (word, data = {}) => fill(words[word], data) };
}

/** The supported language nearest to a BCP 47 tag. */
export function pickLocale(tag: string): Locale {
  return /^zh/i.test(tag) ? "zh-CN" : "en";
}

/** Puts `data` into the `{places}` of a sentence. */
export function fill(sentence: string, data: Data): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(data[name] ?? place));
}
