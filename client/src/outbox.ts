// What the visitor wrote and the server has not yet taken. Survives a reload; sends in order, always with the same id,
// so sending twice says a thing once. Knows no connection: it is told how to deliver, and when to try.
import { NoAnswerError, OfflineError, RefusedError } from "./link";
import type { Store } from "./store";
import type { Ack } from "./visitor.gen";

export interface Letter {
  readonly id: string;
  readonly text: string;
  readonly at: number;
  /** `sent`: acknowledged, while the line itself has not come back yet. */
  readonly state: "sending" | "sent" | "failed";
  /** Where the server filed it, once `sent`. */
  readonly seq?: number;
  /** Why it failed. */
  readonly why?: Error;
}

/** Unanswered tries, or refusals for now, before the visitor is asked what to do. */
const TRIES = 3;
/** A letter older than this is not sent behind the visitor's back: it waits as failed. */
const STALE_MS = 24 * 3600_000;
const PREFIX = ":out:";

export class Outbox {
  #store: Store;
  #deliver: (letter: Letter) => Promise<Ack>;
  #changed: () => void;
  #pause: (ms: number) => Promise<void>;
  letters: readonly Letter[] = [];
  #tries = new Map<string, number>();
  #busy = false;

  constructor(
    store: Store,
    deliver: (letter: Letter) => Promise<Ack>,
    changed: () => void,
    pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  ) {
    this.#store = store;
    this.#deliver = deliver;
    this.#changed = changed;
    this.#pause = pause;
  }

  /** Takes up what an earlier page left behind. */
  restore(now = Date.now()): void {
    const kept = this.#store.keys(PREFIX).flatMap((key): Letter[] => {
      try {
        const { text, at } = JSON.parse(this.#store.get(key) ?? "") as { text: string; at: number };
        return [{ id: key.slice(PREFIX.length), text, at, state: now - at > STALE_MS ? "failed" : "sending" }];
      } catch {
        this.#store.remove(key); // not ours, or broken: of no use to anybody
        return [];
      }
    });
    this.#put(kept);
  }

  write(id: string, text: string, at = Date.now()): void {
    this.#store.set(PREFIX + id, JSON.stringify({ text, at }));
    this.#put([...this.letters, { id, text, at, state: "sending" }]);
    void this.flush();
  }

  /** The visitor wants a failed letter sent after all: same id, new patience. */
  retry(id: string): void {
    this.#tries.delete(id);
    this.#put(this.letters.map((letter) => (letter.id === id ? { ...letter, state: "sending" } : letter)));
    void this.flush();
  }

  discard(id: string): void {
    this.#forget(id);
    this.#put(this.letters.filter((letter) => letter.id !== id));
  }

  /** The log shows these lines now: their letters have done their work. */
  arrived(shown: (letter: Letter) => boolean): void {
    const done = this.letters.filter(shown);
    if (!done.length) return;
    for (const letter of done) this.#forget(letter.id);
    this.#put(this.letters.filter((letter) => !done.includes(letter)));
  }

  /** Sends what waits, one after the other; to be called whenever the server listens. */
  async flush(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    let going = true;
    while (going) {
      const next = this.letters.find((letter) => letter.state === "sending");
      going = next ? await this.#send(next) : false;
    }
    this.#busy = false;
  }

  /** Whether to go on with the next one. */
  async #send(letter: Letter): Promise<boolean> {
    try {
      const { seq } = await this.#deliver(letter);
      this.#forget(letter.id);
      this.#mark(letter.id, { state: "sent", seq });
      return true;
    } catch (error) {
      if (error instanceof OfflineError) return false; // stays "sending" until the connection is back
      return this.#missed(letter, error as Error);
    }
  }

  async #missed(letter: Letter, error: Error): Promise<boolean> {
    const tries = (this.#tries.get(letter.id) ?? 0) + 1;
    this.#tries.set(letter.id, tries);
    const hopeless = error instanceof RefusedError && error.retry === "never";
    if (hopeless || tries >= TRIES) {
      this.#mark(letter.id, { state: "failed", why: error });
      return true;
    }
    if (!(error instanceof NoAnswerError)) await this.#pause(1000 * 2 ** tries);
    return true;
  }

  #mark(id: string, change: Partial<Letter>): void {
    this.#put(this.letters.map((letter) => (letter.id === id ? { ...letter, ...change } : letter)));
  }

  #forget(id: string): void {
    this.#store.remove(PREFIX + id);
    this.#tries.delete(id);
  }

  #put(letters: readonly Letter[]): void {
    this.letters = letters;
    this.#changed();
  }
}
