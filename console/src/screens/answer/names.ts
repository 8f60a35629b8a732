// What things are called on this screen. Pure.
import type { Card } from "@chatserver/client/agent.gen";
import type { Locale } from "../../i18n/dictionary";
import type { Translate } from "../../i18n/words";

/** A visitor without a name is told apart by the end of their id. */
export function nameOf({ contact }: Card, t: Translate): string {
  return contact.name.trim() || t("unnamed", { tail: contact.id.slice(-4).toUpperCase() });
}

/** What stands in the visitor's face: unnamed ones must not all look the same. */
export function letterOf({ contact }: Card): string {
  return contact.name.trim() || contact.id.slice(-4).toUpperCase();
}

/** The address if a browser may open it: `javascript:` and friends come from visitors too. */
export function safeUrl(url: string): string | null {
  try {
    const { protocol, href } = new URL(url);
    return protocol === "https:" || protocol === "http:" ? href : null;
  } catch {
    return null;
  }
}

export function languageName(code: string, locale: Locale): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
