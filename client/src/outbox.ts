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
  /** How often it was sent in vain. */
  readonly tries: number;
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
        return [{ id: key.slice(PREFIX.length), text, at, tries: 0, state: now - at > STALE_MS ? "failed" : "sending" }];
      } catch {
        this.#store.remove(key); // not ours, or broken: of no use to anybody
        return [];
      }
    });
    this.#put(kept);
  }

  write(id: string, text: string, at = Date.now()): void {
    this.#store.set(PREFIX + id, JSON.stringify({ text, at }));
    this.#put([...this.letters, { id, text, at, tries: 0, state: "sending" }]);
    void this.flush();
  }

  /** The visitor wants a failed letter sent after all: same id, new patience. */
  retry(id: string): void {
    this.#mark(id, { tries: 0, state: "sending" });
    void this.flush();
  }

  discard(id: string): void {
    this.arrived((letter) => letter.id === id);
  }

  /** The log shows these lines now: their letters have done their work. */
  arrived(shown: (letter: Letter) => boolean): void {
    const left = this.letters.filter((letter) => !shown(letter));
    if (left.length === this.letters.length) return;
    for (const letter of this.letters) if (!left.includes(letter)) this.#store.remove(PREFIX + letter.id);
    this.#put(left);
  }

  /** Sends what waits, one after the other; to be called whenever the server listens. */
  async flush(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (await this.#next());
    this.#busy = false;
  }

  /** Whether to go on. */
  async #next(): Promise<boolean> {
    const letter = this.letters.find(({ state }) => state === "sending");
    if (!letter) return false;
    const { id, tries } = letter;
    try {
      const { seq } = await this.#deliver(letter);
      this.#store.remove(PREFIX + id);
      this.#mark(id, { state: "sent", seq });
    } catch (error) {
      if (error instanceof OfflineError) return false; // stays "sending" until the connection is back
      const hopeless = error instanceof RefusedError && error.retry === "never";
      const failed = hopeless || tries + 1 >= TRIES;
      this.#mark(id, { tries: tries + 1, ...(failed && { state: "failed", why: error as Error }) });
      if (!failed && !(error instanceof NoAnswerError)) await this.#pause(2000 * 2 ** tries);
    }
    return true;
  }

  #mark(id: string, change: Partial<Letter>): void {
    this.#put(this.letters.map((letter) => (letter.id === id ? { ...letter, ...change } : letter)));
  }

  #put(letters: readonly Letter[]): void {
    this.letters = letters;
    this.#changed();
  }
}
