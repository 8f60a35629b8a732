// What every connection to the server looks like from inside, and the three ways in which a call can fail.
// Knows no transport: `lean.ts` (visitors) and `sio.ts` (console, and the reference in tests) stand behind it.
import type { Refusal } from "./visitor.gen";

export type { Refusal };

/**
 * `connecting`: trying now. `online`: calls are answered. `offline`: will try again by itself.
 * `denied`: the server refused the CONNECT, `why` says it; the link tries on unless `why.retry` is "never".
 */
export type Status = "connecting" | "online" | "offline" | "denied";

export type News = [status: Status, why?: Refusal];

/** Event name -> what goes up and what comes back. Holds for the generated interfaces, which have no index signature. */
export type Calls<T> = { [K in keyof T]: { payload: unknown; ack: unknown } };

export interface Link<Up extends Calls<Up>, Down> {
  /** What the server pushes. Replace it before `open`. */
  onEvent: <K extends keyof Down & string>(name: K, data: Down[K]) => void;
  onStatus: (...news: News) => void;
  /** Connects, and stays connected until `close`. Also the way back after a `denied` that stopped. */
  open(): void;
  close(): void;
  /** Rejects with `RefusedError`, `OfflineError`, or `NoAnswerError` after `ms` milliseconds (10,000). */
  call<K extends keyof Up & string>(name: K, payload: Up[K]["payload"], ms?: number): Promise<Up[K]["ack"]>;
  /** Fire and forget; lost without a word when there is no connection. */
  emit<K extends keyof Up & string>(name: K, payload: Up[K]["payload"]): void;
}

/** How a link is made. `auth` is asked anew at each CONNECT, since tokens change. */
export interface LinkOptions {
  /** Origin of the server, such as `https://chat.example.com`. */
  url: string;
  /** `/visitor` or `/agent`. */
  namespace: string;
  auth?: () => object;
}

export const ANSWER_MS = 10_000;

/** The server said no, with a reason from the table of error codes. */
export class RefusedError extends Error {
  declare readonly code: string;
  declare readonly retry: Refusal["retry"];
  readonly data: Refusal["data"] = {};

  constructor(refusal: Refusal) {
    super(refusal.code);
    Object.assign(this, refusal);
  }
}

/** There was no connection, or it broke before the answer came. */
export class OfflineError extends Error {}

/** The connection stands, but the answer did not come in time. */
export class NoAnswerError extends Error {}

/** The refusal inside `{error: {code, retry, data}}`, if this is one. */
export function refusalIn(value: unknown): Refusal | undefined {
  const error = (value as { error?: Refusal } | null | undefined)?.error;
  return error?.code ? error : undefined;
}

const UNKNOWN: Refusal = { code: "forbidden", retry: "never", data: {} };

/** Why CONNECT was refused: `data` of the packet is `{error}`, or `{message, data: {error}}` from python-socketio. */
export function denialIn(data: unknown): Refusal {
  return refusalIn(data) ?? refusalIn((data as { data?: unknown } | null)?.data) ?? UNKNOWN;
}

/** Milliseconds before the next try: 0.5 s doubling to 30 s, spread so that a crowd does not return at once. */
export function backoff(tries: number): number {
  return Math.min(30_000, 500 * 2 ** tries) * (0.5 + Math.random() / 2);
}
