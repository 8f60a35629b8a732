// The product's words in the chosen language: `t(key)` for the screen's own, `useWords` for what the server means.
import type { NoticeContent } from "@chatserver/client/agent.gen";
import { OfflineError, RefusedError } from "@chatserver/client/link";
import { NOTICES } from "@chatserver/client/notices.gen";
import { PROBLEMS } from "@chatserver/client/problems.gen";
import { REFUSALS } from "@chatserver/client/refusals.gen";
import { usePreferences } from "../preferences";
import { fill, type Dictionary, type Key, type Locale, type Slots } from "./dictionary";
import { en } from "./en";
import { zh } from "./zh";

const DICTIONARIES: Readonly<Record<Locale, Dictionary>> = { "zh-CN": zh, en };

export type Translate = (key: Key, slots?: Slots) => string;

export function translator(locale: Locale): Translate {
  return (key, slots) => fill(DICTIONARIES[locale][key], slots);
}

const TRANSLATORS: Readonly<Record<Locale, Translate>> = { "zh-CN": translator("zh-CN"), en: translator("en") };

export function useT(): Translate {
  return TRANSLATORS[usePreferences().locale];
}

/** The sentence of a notice: an administrator's own words win. */
export function noticeWords({ code, data, text }: NoticeContent, locale: Locale): string {
  if (text) return text;
  const key = code === "queued" && !data["ahead"] ? "queued_first" : code;
  return fill(NOTICES[locale][key] ?? code, data);
}

export function refusalWords(code: string, data: Readonly<Record<string, unknown>>, locale: Locale): string {
  return fill(REFUSALS[locale][code] ?? REFUSALS[locale]["internal"] ?? code, data);
}

/** What is wrong with a setting. */
export function problemWords(code: string, locale: Locale): string {
  return PROBLEMS[locale][code] ?? code;
}

/** What to tell a person about any failure of a call. */
export function failureWords(failure: unknown, locale: Locale): string {
  if (failure instanceof RefusedError) return refusalWords(failure.code, failure.data, locale);
  return failure instanceof OfflineError ? TRANSLATORS[locale]("unreachable") : refusalWords("busy", {}, locale);
}
