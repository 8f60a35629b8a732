// The visitor's link: our own small Socket.IO client, a tenth of the size of the official one.
// WebSocket first, long-polling when that cannot open; notices a dead network by the pings that fail to come.
import {
  ANSWER_MS, backoff, denialIn, NoAnswerError, OfflineError, refusalIn, RefusedError,
  type Calls, type Link, type LinkOptions,
} from "./link";
import { connect, disconnect, event, parse, PONG } from "./packets";
import { overPolling, overSocket, type Pipe } from "./pipes";

/** Patience for a whole handshake; a phone on a poor network needs some seconds. */
const HANDSHAKE_MS = 8_000;

export class Lean<Up extends Calls<Up>, Down> implements Link<Up, Down> {
  #options: LinkOptions;
  onEvent: Link<Up, Down>["onEvent"] = () => {};
  onStatus: Link<Up, Down>["onStatus"] = () => {};
  #wanted = false;
  #online = false;
  #pipe: Pipe | undefined;
  #polling = false;
  #fellBack = false;
  #tries = 0;
  #silence = HANDSHAKE_MS;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #waiting = new Map<number, (answer: unknown) => void>();
  #lastCall = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    addEventListener("online", this.#hurry);
    addEventListener("offline", this.#drop);
    this.#start();
  }

  close(): void {
    this.#pipe?.write(disconnect(this.#options.namespace));
    this.#stop();
  }

  call<K extends keyof Up & string>(name: K, payload: Up[K]["payload"], ms = ANSWER_MS): Promise<Up[K]["ack"]> {
    return new Promise((resolve, reject) => {
      if (!this.#online) return reject(new OfflineError(name));
      const id = ++this.#lastCall;
      const settle = (answer: unknown) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        const refusal = refusalIn(answer);
        if (answer instanceof Error || refusal) reject(refusal ? new RefusedError(refusal) : answer);
        else resolve(answer);
      };
      const timer = setTimeout(() => settle(new NoAnswerError(name)), ms);
      this.#waiting.set(id, settle);
      this.#pipe?.write(event(this.#options.namespace, name, payload, id));
    });
  }

  emit<K extends keyof Up & string>(name: K, payload: Up[K]["payload"]): void {
    if (this.#online) this.#pipe?.write(event(this.#options.namespace, name, payload));
  }

  #start(): void {
    this.onStatus("connecting");
    let answered = false;
    const heard = (packet: string) => {
      answered = true;
      this.#hear(packet);
    };
    const lost = () => this.#lose(answered);
    this.#pipe = (this.#polling ? overPolling : overSocket)(`${this.#options.url}/socket.io/?EIO=4&transport=`, heard, lost);
    this.#silence = HANDSHAKE_MS;
    this.#watch();
  }

  /** A WebSocket that never spoke is given up for polling, at once the first time; polling that broke, for a WebSocket. */
  #lose(answered: boolean): void {
    const wasPolling = this.#polling;
    this.#polling = !wasPolling && !answered;
    const atOnce = this.#polling && !this.#fellBack;
    this.#fellBack ||= this.#polling;
    this.#drop(atOnce ? 0 : undefined);
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lose(this.#online), this.#silence);
  }

  #hear(text: string): void {
    const { is, id, data } = parse(text);
    if (this.#online) this.#watch();
    switch (is) {
      case "hello": {
        const { pingInterval, pingTimeout } = data as { pingInterval: number; pingTimeout: number };
        this.#silence = pingInterval + pingTimeout;
        this.#pipe?.write(connect(this.#options.namespace, this.#options.auth?.() ?? {}));
        break;
      }
      case "ping":
        this.#pipe?.write(PONG);
        break;
      case "joined":
        this.#online = true;
        this.#fellBack = false;
        this.#tries = 0;
        this.#watch();
        this.onStatus("online");
        break;
      case "event":
        this.onEvent(...(data as [keyof Down & string, Down[keyof Down & string]]));
        break;
      case "ack":
        this.#waiting.get(id)?.((data as unknown[])[0]);
        break;
      case "denied":
        this.#deny(data);
        break;
      case "bye":
        this.#drop();
        break;
      case "noise":
        break;
    }
  }

  #deny(data: unknown): void {
    const why = denialIn(data);
    const forever = why.retry === "never";
    if (forever) this.#stop();
    else this.#cut();
    this.onStatus("denied", why);
    if (!forever) this.#later(backoff(this.#tries++));
  }

  /** The connection is gone: say so, and come back after `ms`. */
  #drop = (ms?: number | Event): void => {
    this.#cut();
    this.onStatus("offline");
    this.#later(typeof ms === "number" ? ms : backoff(this.#tries++));
  };

  /** The device says that the network is back: do not sit out the pause. */
  #hurry = (): void => {
    if (this.#online) return;
    this.#cut();
    this.#tries = 0;
    this.#start();
  };

  #later(ms: number): void {
    if (!this.#wanted || this.#pipe) return; // closed, or opened again, by whoever heard the status
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#start(), ms);
  }

  #stop(): void {
    this.#wanted = false;
    removeEventListener("online", this.#hurry);
    removeEventListener("offline", this.#drop);
    this.#cut();
  }

  #cut(): void {
    clearTimeout(this.#watchdog);
    clearTimeout(this.#again);
    this.#pipe?.cut();
    this.#pipe = undefined;
    this.#online = false;
    for (const settle of this.#waiting.values()) settle(new OfflineError());
  }
}
