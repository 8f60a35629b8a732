// The settings over HTTP: read with their version and schema, saved as a whole.
import { RefusedError } from "@chatserver/client/link";
import type { Locale } from "../../i18n/dictionary";
import { failureWords, problemWords, refusalWords, translator } from "../../i18n/words";
import { ask, JSON_HEADERS } from "../../session";
import { placeOf, type Schema } from "./schema";
import { isJson, type Json } from "./tree";

export interface Loaded {
  readonly version: number;
  readonly settings: Json;
}

export async function readSettings(): Promise<Loaded> {
  return (await (await ask("/api/v1/settings")).json()) as Loaded;
}

export async function readSchema(): Promise<Schema> {
  return (await (await ask("/api/v1/settings/schema")).json()) as Schema;
}

/** Rejects with `conflict` when somebody else saved since `version`. */
export async function saveSettings(settings: Json, version: number, csrf: string): Promise<void> {
  const headers = { ...JSON_HEADERS, "X-CSRF-Token": csrf };
  await ask("/api/v1/settings", { method: "PUT", headers, body: JSON.stringify({ settings, based_on: version }) });
}

/** What to tell of a refusal, with the place in the form's own words. */
export function savingWords(failure: unknown, root: Schema, locale: Locale): string {
  if (!(failure instanceof RefusedError) || typeof failure.data["path"] !== "string") return failureWords(failure, locale);
  return refusalWords(failure.code, { ...failure.data, path: placeOf(failure.data["path"], root, locale) }, locale);
}

/** Path -> what is wrong there; empty for failures that are about no field. */
export function problemsIn(failure: unknown, locale: Locale): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!(failure instanceof RefusedError)) return found;
  const { problems, path, reason } = failure.data;
  if (Array.isArray(problems)) {
    for (const problem of problems)
      if (isJson(problem)) found.set(String(problem["path"]), problemWords(String(problem["code"]), locale));
  } else if (typeof path === "string" && typeof reason === "string") {
    found.set(path, translator(locale)("settings_wrong", { reason }));
  }
  return found;
}
