// What the tabs of one visitor say to each other, when there are several (`tabs.ts`): the ones that follow ask, the one that
// leads answers with what the server said.
import {
  ANSWER_MS, NoAnswerError, OfflineError, RefusedError, type Calls, type Link, type News, type Refusal, type Status,
} from "./link";

/** A leader that does not answer a greeting in this time is frozen (phones do that to hidden tabs). */
const FROZEN_MS = 3_000;

type Failure = { refusal: Refusal } | "offline" | "silence";
export type Note =
  | { is: "hi" }
  | { is: "status"; news: News }
  | { is: "event"; name: string; data: unknown }
  | { is: "call"; id: string; name: string; payload: unknown; ms: number }
  | { is: "emit"; name: string; payload: unknown }
  | { is: "answer"; id: string; value?: unknown; failure?: Failure };

/** The link of a tab that has no connection of its own. */
export class Follower<Up extends Calls<Up>, Down> implements Link<Up, Down> {
  #channel: BroadcastChannel;
  #bury: () => void;
  onEvent: Link<Up, Down>["onEvent"] = () => {};
  onStatus: Link<Up, Down>["onStatus"] = () => {};
  #status: Status = "connecting";
  #asked = new Map<string, (value: unknown, failure?: Failure) => void>();
  #lastCall = 0;
  #me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #frozen: ReturnType<typeof setTimeout> | undefined;

  /** `bury` is called when the leader does not answer. */
  constructor(channel: BroadcastChannel, bury: () => void) {
    this.#channel = channel;
    this.#bury = bury;
  }

  open(): void {
    this.#channel.onmessage = (event) => this.#hear(event.data as Note);
    document.addEventListener("visibilitychange", this.#greet);
    this.#greet();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#greet);
    clearTimeout(this.#frozen);
    this.#failAll();
  }

  call<K extends keyof Up & string>(name: K, payload: Up[K]["payload"], ms = ANSWER_MS): Promise<Up[K]["ack"]> {
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
    this.#post({ is: "emit", name, payload });
  }

  #greet = (): void => {
    if (document.hidden) return;
    this.#post({ is: "hi" });
    this.#frozen ??= setTimeout(this.#bury, FROZEN_MS);
  };

  #hear(note: Note): void {
    switch (note.is) {
      case "status":
        clearTimeout(this.#frozen);
        this.#frozen = undefined;
        if (note.news[0] !== "online") this.#failAll();
        if (note.news[0] === this.#status) return;
        this.#status = note.news[0];
        this.onStatus(...note.news);
        break;
      case "event":
        this.onEvent(note.name as keyof Down & string, note.data as Down[keyof Down & string]);
        break;
      case "answer":
        this.#asked.get(note.id)?.(note.value, note.failure);
        break;
    }
  }

  #post(note: Note): void {
    this.#channel.postMessage(note);
  }

  #failAll(): void {
    for (const answer of this.#asked.values()) answer(undefined, "offline");
  }
}

/** Another tab has spoken: from now on the leader of the lock tells all of them what its connection tells it. */
export function serve<Up extends Calls<Up>, Down>(link: Link<Up, Down>, channel: BroadcastChannel, news: News): void {
  const { onStatus, onEvent } = link;
  const tell = (note: Note) => channel.postMessage(note);
  const greet = () => tell({ is: "status", news });
  channel.onmessage = ({ data }: MessageEvent<Note>) => {
    if (data.is === "hi") greet();
    else answer(link, data, tell);
  };
  link.onStatus = (...latest) => {
    news = latest;
    greet();
    onStatus(...news);
  };
  link.onEvent = (name, data) => {
    tell({ is: "event", name, data });
    onEvent(name, data);
  };
  greet(); // whoever spoke or waits
}

function answer<Up extends Calls<Up>, Down>(link: Link<Up, Down>, note: Note, tell: (note: Note) => void): void {
  if (note.is === "emit") link.emit(note.name as keyof Up & string, note.payload as never);
  if (note.is !== "call") return;
  link.call(note.name as keyof Up & string, note.payload as never, note.ms).then(
    (value) => tell({ is: "answer", id: note.id, value }),
    (error: Error) => tell({ is: "answer", id: note.id, failure: flatten(error) }),
  );
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
