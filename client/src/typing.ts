// "Is writing", at a human pace: not one packet for each key.

const AGAIN_MS = 2_000;
const IDLE_MS = 4_000;

export class Pace {
  #tell: (on: boolean) => unknown;
  #said = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (on: boolean) => unknown) {
    this.#tell = tell;
  }

  /** A key was pressed: says so at most each 2 s, and takes it back after 4 s without another. */
  touch(now = Date.now()): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    if (now - this.#said < AGAIN_MS) return;
    this.#said = now;
    this.#tell(true);
  }

  stop(): void {
    clearTimeout(this.#idle);
    if (this.#said) this.#tell(false);
    this.#said = 0;
  }
}
