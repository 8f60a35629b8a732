// The shape of a dictionary, and filling `{slots}`. Pure: which language is shown is decided elsewhere.
import { zh } from "./zh";

export type Key = keyof typeof zh;
export type Dictionary = Readonly<Record<Key, string>>;
export type Locale = "zh-CN" | "en";
export type Slots = Readonly<Record<string, string | number>>;

export function fill(sentence: string, slots: Readonly<Record<string, unknown>> = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => (name in slots ? String(slots[name]) : hole));
}
