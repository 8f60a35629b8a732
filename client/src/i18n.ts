// The words of the window itself. Chinese is at hand, since most visitors read it; other languages are fetched when wanted.
// What the server says by code is in `sentences.ts`.
import { words as chinese } from "./words/zh-CN";

export type Locale = "zh-CN" | "en";
export type Word = keyof typeof chinese;

export interface Language {
  readonly locale: Locale;
  /** Says `word`, with `data` in its places. */
  readonly t: (word: Word, data?: Data) => string;
  /** The server's sentences, of a language that was fetched; the Chinese ones come with `sentences.ts`. */
  readonly said?: Readonly<Record<string, string>>;
}

type Data = Readonly<Record<string, unknown>>;
type Vocabulary = { readonly words: Readonly<Record<Word, string>>; readonly said?: Readonly<Record<string, string>> };

export const CHINESE = language("zh-CN", { words: chinese });

/** The vocabulary of a language; at once for Chinese, over the network for others. */
export async function learn(locale: Locale): Promise<Language> {
  return locale === "en" ? language("en", await import("./words/en")) : CHINESE;
}

/** The supported language nearest to a BCP 47 tag. */
export function pickLocale(tag: string): Locale {
  return /^zh/i.test(tag) ? "zh-CN" : "en";
}

function language(locale: Locale, { words, ...said }: Vocabulary): Language {
  return { locale, ...said, t: (word, data = {}) => fill(words[word], data) };
}

/** Puts `data` into the `{places}` of a sentence. */
export function fill(sentence: string, data: Data): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(data[name] ?? place));
}
