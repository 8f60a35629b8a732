// Many tabs, one socket: the tab that holds the lock owns the connection, the others speak through it.
// A link like any other. Browsers without Web Locks get a socket for each tab.
import {
  ANSWER_MS, NoAnswerError, OfflineError, RefusedError, type Calls, type Link, type Refusal, type Status,
} from "./link";

/** A leader that does not answer a greeting in this time is frozen (phones do that to hidden tabs): take its place. */
const FROZEN_MS = 3_000;

type Failure = { refusal: Refusal } | "offline" | "silence";
type Note =
  | { is: "hi" | "open" }
  | { is: "status"; status: Status; why: Refusal | undefined }
  | { is: "event"; name: string; data: unknown }
  | { is: "call"; id: string; name: string; payload: unknown; ms: number }
  | { is: "emit"; name: string; payload: unknown }
  | { is: "answer"; id: string; value?: unknown; failure?: Failure };

export class TabLink<Up extends Calls<Up>, Down> implements Link<Up, Down> {
  #name: () => string;
  #make: () => Link<Up, Down>;
  onEvent: Link<Up, Down>["onEvent"] = () => {};
  onStatus: Link<Up, Down>["onStatus"] = () => {};
  #own: Link<Up, Down> | undefined;
  #channel: BroadcastChannel | undefined;
  #status: Status = "offline";
  #why: Refusal | undefined;
  #asked = new Map<string, (value: unknown, failure?: Failure) => void>();
  #lastCall = 0;
  #me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #leave: (() => void) | undefined;
  #frozen: ReturnType<typeof setTimeout> | undefined;

  /** `name` decides who shares: tabs of the same visitor at the same inbox. Asked at each `open`. */
  constructor(name: () => string, make: () => Link<Up, Down>) {
    this.#name = name;
    this.#make = make;
  }

  open(): void {
    if (this.#own) return this.#own.open();
    if (this.#channel) return this.#post({ is: "open" });
    if (!globalThis.navigator?.locks || !globalThis.BroadcastChannel) return this.#lead();
    this.#channel = new BroadcastChannel(this.#name());
    this.#channel.onmessage = (event) => this.#hear(event.data as Note);
    document.addEventListener("visibilitychange", this.#greet);
    this.#tell("connecting");
    this.#queue(false);
    this.#greet();
  }

  close(): void {
    globalThis.document?.removeEventListener("visibilitychange", this.#greet);
    clearTimeout(this.#frozen);
    this.#own?.close();
    this.#own = undefined;
    this.#leave?.();
    this.#leave = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    this.#status = "offline";
    this.#failAll();
  }

  call<K extends keyof Up & string>(name: K, payload: Up[K]["payload"], ms = ANSWER_MS): Promise<Up[K]["ack"]> {
    if (this.#own) return this.#own.call(name, payload, ms);
    return new Promise((resolve, reject) => {
      if (this.#status !== "online") return reject(new OfflineError(name));
      const id = `${this.#me}:${++this.#lastCall}`;
      const timer = setTimeout(() => this.#asked.get(id)?.(undefined, "silence"), ms);
      this.#asked.set(id, (value, failure) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        return failure ? reject(revive(failure, name)) : resolve(value);
      });
      this.#post({ is: "call", id, name, payload, ms });
      this.#greet();
    });
  }

  emit<K extends keyof Up & string>(name: K, payload: Up[K]["payload"]): void {
    if (this.#own) return this.#own.emit(name, payload);
    this.#post({ is: "emit", name, payload });
  }

  /** Waits for the lock, which comes when the leader's tab is closed; `steal` takes it from a frozen one. */
  #queue(steal: boolean): void {
    const channel = this.#channel;
    const name = this.#name();
    const held = async () => {
      if (this.#channel !== channel) return; // closed while waiting
      await new Promise<void>((leave) => {
        this.#leave = leave;
        this.#lead();
      });
    };
    navigator.locks.request(name, { steal }, held).catch(() => {
      if (this.#channel === channel) this.#stepDown();
    });
  }

  #lead(): void {
    clearTimeout(this.#frozen);
    this.#failAll();
    const own = this.#make();
    this.#own = own;
    own.onStatus = (status, why) => {
      this.#post({ is: "status", status, why });
      this.#tell(status, why);
    };
    own.onEvent = (name, data) => {
      this.#post({ is: "event", name, data });
      this.onEvent(name, data);
    };
    own.open();
  }

  /** Another tab took over while this one slept; or the browser gives no locks here, then each tab has its socket. */
  #stepDown(): void {
    if (!this.#own) return this.#lead();
    this.#own.close();
    this.#own = undefined;
    this.#queue(false);
    this.#greet();
  }

  #greet = (): void => {
    if (this.#own || document.hidden) return;
    this.#post({ is: "hi" });
    this.#frozen ??= setTimeout(() => {
      this.#frozen = undefined;
      if (this.#channel && !this.#own) this.#queue(true);
    }, FROZEN_MS);
  };

  #hear(note: Note): void {
    if (this.#own) return this.#serve(this.#own, note);
    switch (note.is) {
      case "status":
        clearTimeout(this.#frozen);
        this.#frozen = undefined;
        if (note.status !== "online") this.#failAll();
        if (note.status !== this.#status) this.#tell(note.status, note.why);
        break;
      case "event":
        this.onEvent(note.name as keyof Down & string, note.data as Down[keyof Down & string]);
        break;
      case "answer":
        this.#asked.get(note.id)?.(note.value, note.failure);
        break;
    }
  }

  #serve(own: Link<Up, Down>, note: Note): void {
    switch (note.is) {
      case "hi":
        this.#post({ is: "status", status: this.#status, why: this.#why });
        break;
      case "open":
        own.open();
        break;
      case "emit":
        own.emit(note.name as keyof Up & string, note.payload as never);
        break;
      case "call":
        own.call(note.name as keyof Up & string, note.payload as never, note.ms).then(
          (value) => this.#post({ is: "answer", id: note.id, value }),
          (error: Error) => this.#post({ is: "answer", id: note.id, failure: flatten(error) }),
        );
        break;
    }
  }

  #tell(status: Status, why?: Refusal): void {
    this.#status = status;
    this.#why = why;
    this.onStatus(status, why);
  }

  #post(note: Note): void {
    this.#channel?.postMessage(note);
  }

  #failAll(): void {
    for (const answer of this.#asked.values()) answer(undefined, "offline");
  }
}

/** Errors lose their class between tabs, so they travel as words. */
function flatten(error: Error): Failure {
  if (error instanceof RefusedError) return { refusal: { code: error.code, retry: error.retry, data: error.data } };
  return error instanceof NoAnswerError ? "silence" : "offline";
}

function revive(failure: Failure, name: string): Error {
  if (failure === "offline") return new OfflineError(name);
  return failure === "silence" ? new NoAnswerError(name) : new RefusedError(failure.refusal);
}
