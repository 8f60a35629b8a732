// What is typed and not sent, by conversation. Kept over a reload; a keystroke wakes only those who look at that
// conversation.
import { useSyncExternalStore } from "react";
import { keep, kept } from "./keep";

const KEY = "console:drafts";
const listeners = new Set<() => void>();
let drafts: Readonly<Record<string, string>> = kept("session", KEY, {});

export function draftOf(conversation: string): string {
  return drafts[conversation] ?? "";
}

export function draft(conversation: string, text: string): void {
  const { [conversation]: _, ...rest } = drafts;
  drafts = text ? { ...rest, [conversation]: text } : rest;
  keep("session", KEY, drafts);
  for (const listener of listeners) listener();
}

/** At the end of a login: the next person at this desk must not find these words. */
export function forgetDrafts(): void {
  drafts = {};
  keep("session", KEY, drafts);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useDraft(conversation: string): string {
  return useSyncExternalStore(subscribe, () => draftOf(conversation));
}
