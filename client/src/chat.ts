// The visitor's conversation, alive: resume, outbox, unread, typing, history. The one place that speaks to the server.
// Knows no framework and draws nothing: whoever draws subscribes, and gets a new state object after each change.
import { ulid } from "./ids";
import { backoff, OfflineError, RefusedError, type Link, type Refusal, type Status } from "./link";
import { Outbox, type Letter } from "./outbox";
import { EMPTY, reduce, type Push, type View } from "./reduce";
import type { Store } from "./store";
import { Pace } from "./typing";
import type {
  Identity, InboxView, Item, VisitedPage, VisitorAuth, VisitorDown, VisitorUp,
} from "./visitor.gen";

export type VisitorLink = Link<VisitorUp, VisitorDown>;

export interface ChatState extends View {
  readonly status: Status;
  /** Why the server refuses to talk, while `status` is "denied". */
  readonly why: Refusal | null;
  readonly inbox: InboxView | null;
  /** Written here, not yet among the items. */
  readonly letters: readonly Letter[];
  readonly typing: boolean;
  readonly unread: number;
  readonly open: boolean;
  /** The server has answered `hello` at least once. */
  readonly welcomed: boolean;
  /** The last action that did not work; gone with the next one. */
  readonly problem: Error | null;
  /** The visitor wants to hear a sound. */
  readonly sound: boolean;
}

export interface ChatOptions {
  readonly inbox: string;
  /** BCP 47; empty leaves the choice to the inbox. */
  readonly locale: string;
  readonly store: Store;
  readonly link: (auth: () => VisitorAuth) => VisitorLink;
  readonly page: () => VisitedPage;
  /** Whether a person can see the page. */
  readonly visible: () => boolean;
  /** Something came that the visitor does not see, and wants to hear. */
  readonly ring: () => void;
}

type Act = "open" | "choose" | "submit" | "rate" | "leave_queue" | "close";

const TOKEN = "";
const SEEN = ":seen";
const SOUND = ":sound";
/** The agent's "is writing" fades without news. */
const FADE_MS = 6_000;

export class Chat {
  #options: ChatOptions;
  state: ChatState = {
    ...EMPTY, status: "connecting", why: null, inbox: null, letters: [], typing: false, unread: 0, open: false,
    welcomed: false, problem: null, sound: false,
  };
  #link: VisitorLink;
  readonly outbox: Outbox;
  #pace: Pace;
  /** What stands in the composer: told to the agents only where the inbox says so. */
  #draft = "";
  #subscribers: ((state: ChatState) => void)[] = [];
  #identity: Identity | null = null;
  #listening = false;
  #saidRead = 0;
  #fading: ReturnType<typeof setTimeout> | undefined;
  /** Ids of actions whose answer never came: asking again with the same id cannot do them twice. */
  #unanswered = new Map<string, string>();

  constructor(options: ChatOptions) {
    this.#options = options;
    const deliver = ({ id, text }: Letter) => this.#link.call("say", { id, text });
    this.outbox = new Outbox(options.store, deliver, () => this.#set({ letters: this.outbox.letters }));
    this.#link = options.link(() => this.#auth());
    this.#pace = new Pace((on) => {
      const { conversation, inbox } = this.state;
      const text = on && inbox?.typing_preview ? this.#draft.slice(0, 500) : "";
      if (conversation?.phase === "serving") this.#link.emit("typing", text ? { on, text } : { on });
    });
    this.#link.onStatus = (status, why) => this.#turn(status, why);
    this.#link.onEvent = (name, data) => {
      if (name === "typing") this.#peerTypes((data as VisitorDown["typing"]).on);
      else this.#fold([name, data] as unknown as Push);
    };
  }

  /** For as long as the chat lives. */
  subscribe(hear: (state: ChatState) => void): void {
    this.#subscribers.push(hear);
    hear(this.state);
  }

  start(): void {
    this.#set({ sound: this.#options.store.get(SOUND) === "on" });
    this.outbox.restore();
    this.#link.open();
  }

  /** The site says who its visitor is; `null` signs out, and the next one starts with an empty page. */
  identify(identity: Identity | null): void {
    if (JSON.stringify(identity) === JSON.stringify(this.#identity)) return;
    this.#identity = identity;
    if (!identity) this.#options.store.remove(TOKEN);
    this.#restart();
  }

  /** Tabs of the same visitor share a connection; another visitor's do not. */
  get party(): string {
    return `chatserver:${this.#options.inbox}:${this.#identity?.id ?? ""}`;
  }

  show(open: boolean): void {
    this.#set({ open });
    if (open) this.#ensureOpen();
    this.look();
  }

  setSound(sound: boolean): void {
    this.#options.store.set(SOUND, sound ? "on" : "off");
    this.#set({ sound });
    if (sound) this.#options.ring(); // lets the visitor hear what was chosen, and the browser take it as a wish
  }

  /** To be called when the page becomes visible: what is on the screen counts as read. */
  look(): void {
    const last = this.state.items.at(-1);
    const watched = this.#watched();
    if (watched && last) this.#options.store.set(SEEN, String(last.seq));
    const seen = Number(this.#options.store.get(SEEN));
    const unread = watched ? 0 : this.state.items.filter((item) => byUs(item) && item.seq > seen).length;
    if (unread !== this.state.unread) this.#set({ unread });
    if (watched && last && byUs(last) && last.seq > this.#saidRead && this.#listening) {
      this.#saidRead = last.seq;
      this.#link.emit("read", { seq: last.seq });
    }
  }

  say(text: string): void {
    this.#pace.stop();
    this.#set({ problem: null });
    this.outbox.write(ulid(), text);
  }

  /** The visitor pressed a key. */
  types(draft = ""): void {
    this.#draft = draft;
    this.#pace.touch();
  }

  /** Does what the visitor chose to do; rejects with the reason, which the one who asks shows. */
  async act<K extends Act>(name: K, rest: Omit<VisitorUp[K]["payload"], "id">): Promise<void> {
    const key = name + JSON.stringify(rest);
    const id = this.#unanswered.get(key) ?? ulid();
    this.#unanswered.set(key, id);
    try {
      await this.#link.call(name, { id, ...rest } as VisitorUp[K]["payload"]);
      this.#unanswered.delete(key);
    } catch (error) {
      if (error instanceof RefusedError) this.#unanswered.delete(key);
      throw error;
    }
  }

  /** Whether it worked; if not, the reason goes into the state, where everybody sees it. */
  async attempt(work: Promise<unknown>): Promise<boolean> {
    this.#set({ problem: null });
    try {
      await work;
      return true;
    } catch (error) {
      this.#set({ problem: error as Error });
      return false;
    }
  }

  begin(): Promise<boolean> {
    return this.attempt(this.act("open", { page: this.#options.page() }));
  }

  /** Loads lines above the one at `before`; rejects with the reason. */
  async history(before: number): Promise<void> {
    this.#fold(["page", await this.#link.call("history", { before, limit: 50 })]);
  }

  #auth(): VisitorAuth {
    const { inbox, locale, store } = this.#options;
    return { inbox, locale, token: store.get(TOKEN) ?? "", identity: this.#identity };
  }

  #turn(status: Status, why?: Refusal): void {
    this.#listening = false;
    this.#set({ status, why: why ?? null });
    if (status === "online") void this.#hello();
    // A token that no longer counts is forgotten, and the visitor starts anew instead of being locked out.
    if (why?.code === "bad_token" && this.#options.store.get(TOKEN)) {
      this.#options.store.remove(TOKEN);
      this.#restart();
    }
  }

  #restart(): void {
    this.#link.close();
    this.#saidRead = 0;
    this.#set({ ...EMPTY, typing: false, unread: 0, welcomed: false });
    this.#link.open();
  }

  async #hello(tries = 0): Promise<void> {
    const { conversation, items } = this.state;
    try {
      const welcome = await this.#link.call("hello", { conversation: conversation?.id ?? null, after: items.at(-1)?.seq ?? 0 });
      this.#options.store.set(TOKEN, welcome.token);
      this.#listening = true;
      this.#set({ inbox: welcome.inbox, welcomed: true });
      this.#fold(["welcome", welcome]);
      this.#ensureOpen();
      void this.outbox.flush();
    } catch (error) {
      if (error instanceof OfflineError) return; // the next "online" asks again
      if (error instanceof RefusedError && error.retry === "resync") this.#set(EMPTY);
      setTimeout(() => this.state.status === "online" && !this.#listening && void this.#hello(tries + 1), backoff(tries));
    }
  }

  /** A visitor who looks at an empty window for the first time is greeted by the flow. */
  #ensureOpen(): void {
    if (this.state.open && this.#listening && !this.state.conversation) void this.begin();
  }

  #fold(push: Push): void {
    const peerSpoke = push[0] === "item" && byUs(push[1]);
    this.#set({ ...reduce(this.state, push), typing: this.state.typing && !peerSpoke });
    this.outbox.arrived((letter) => this.state.items.some((item) => item.id === letter.id || item.seq === letter.seq));
    this.look();
    if (peerSpoke && this.state.sound && !this.#watched()) this.#options.ring();
  }

  #watched(): boolean {
    return this.state.open && this.#options.visible();
  }

  #peerTypes(on: boolean): void {
    clearTimeout(this.#fading);
    this.#set({ typing: on });
    if (on) this.#fading = setTimeout(() => this.#set({ typing: false }), FADE_MS);
  }

  #set(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    for (const hear of this.#subscribers) hear(this.state);
  }
}

/** Written for the visitor to read: a person's or a bot's words. */
function byUs(item: Item): boolean {
  return item.by === "agent" || item.by === "bot";
}

/** Never let in: there is nothing to show but the reason. */
export function isLocked({ status, welcomed, why }: ChatState): boolean {
  return status === "denied" && !welcomed && why?.retry === "never";
}
