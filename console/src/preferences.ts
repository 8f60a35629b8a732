// What this person likes, kept in this browser: language, colours, sound, and which key sends.
import { useSyncExternalStore } from "react";
import type { Locale } from "./i18n/dictionary";
import { keep, kept } from "./keep";

export interface Preferences {
  readonly locale: Locale;
  readonly theme: "auto" | "light" | "dark";
  readonly sound: boolean;
  readonly desktop: boolean;
  readonly sendBy: "enter" | "ctrl_enter";
  readonly tab: "mine" | "queue" | "all";
}

const KEY = "console:preferences";
const listeners = new Set<() => void>();
let current: Preferences = { ...defaults(), ...kept<Partial<Preferences>>("local", KEY, {}) };

function defaults(): Preferences {
  const locale = /^zh\b/i.test(navigator.language) ? "zh-CN" : "en";
  return { locale, theme: "auto", sound: true, desktop: false, sendBy: "enter", tab: "mine" };
}

export function preferences(): Preferences {
  return current;
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  keep("local", KEY, current);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, preferences);
}
