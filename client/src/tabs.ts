// Many tabs, one socket: the tab that holds the lock owns the connection, the others speak through it. A link like any
// other. What tabs say to each other (`crowd.ts`) is fetched when there are two. Browsers without Web Locks get a socket
// for each tab.
import { ANSWER_MS, OfflineError, type Calls, type Link, type News } from "./link";

export class TabLink<Up extends Calls<Up>, Down> implements Link<Up, Down> {
  #name: () => string;
  #make: () => Link<Up, Down>;
  onEvent: Link<Up, Down>["onEvent"] = () => {};
  onStatus: Link<Up, Down>["onStatus"] = () => {};
  /** Our own connection, or the way to the tab that has it. */
  #link: Link<Up, Down> | undefined;
  #channel: BroadcastChannel | undefined;
  #news: News = ["connecting"];
  /** Gives the lock back; absent in a tab that follows. */
  #leave: (() => void) | undefined;

  /** `name` decides who shares: tabs of the same visitor at the same inbox. Asked at each `open`. */
  constructor(name: () => string, make: () => Link<Up, Down>) {
    this.#name = name;
    this.#make = make;
  }

  open(): void {
    if (this.#link || this.#channel) return this.#link?.open();
    if (!navigator.locks) return this.#lead();
    this.#channel = new BroadcastChannel(this.#name());
    this.onStatus("connecting");
    this.#queue({ ifAvailable: true });
  }

  close(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    this.#leave?.();
    this.#leave = undefined;
  }

  call<K extends keyof Up & string>(name: K, payload: Up[K]["payload"], ms = ANSWER_MS): Promise<Up[K]["ack"]> {
    return this.#link?.call(name, payload, ms) ?? Promise.reject(new OfflineError(name));
  }

  emit<K extends keyof Up & string>(name: K, payload: Up[K]["payload"]): void {
    this.#link?.emit(name, payload);
  }

  /** Asks for the lock, which comes when no other tab holds it, and goes when another tab steals it. */
  #queue(how: LockOptions): void {
    const channel = this.#channel!;
    const open = () => this.#channel === channel; // not closed meanwhile
    const held = (lock: Lock | null) => {
      if (!open()) return;
      if (!lock) return this.#follow(channel);
      return new Promise<void>((leave) => {
        this.#leave = leave;
        this.#lead(channel);
      });
    };
    navigator.locks.request(channel.name, how, held).catch(() => {
      if (!open()) return;
      if (!this.#leave) return this.#lead(); // the browser gives no locks here
      this.#leave = undefined;
      this.#follow(channel); // stolen, while this tab slept
    });
  }

  #lead(channel?: BroadcastChannel): void {
    const followed = this.#link;
    const link = this.#take(this.#make());
    link.onStatus = (...news) => {
      this.#news = news;
      this.onStatus(...news);
    };
    link.onEvent = this.onEvent;
    // Who followed knows of other tabs; who leads from the start waits for the first to speak.
    if (channel && followed) this.#share(link, channel);
    else if (channel) channel.onmessage = () => this.#share(link, channel);
    link.open();
  }

  #share(link: Link<Up, Down>, channel: BroadcastChannel): void {
    channel.onmessage = null;
    import("./crowd").then(
      (crowd) => this.#link === link && crowd.serve(link, channel, this.#news),
      () => (channel.onmessage = () => this.#share(link, channel)),
    );
  }

  #follow(channel: BroadcastChannel): void {
    this.#take(undefined);
    import("./crowd").then(
      (crowd) => {
        if (this.#channel !== channel) return;
        const link = this.#take(new crowd.Follower<Up, Down>(channel, () => this.#queue({ steal: true })));
        link.onStatus = this.onStatus;
        link.onEvent = this.onEvent;
        link.open();
        this.#queue({});
      },
      () => this.#channel === channel && this.#lead(),
    );
  }

  #take<L extends Link<Up, Down> | undefined>(link: L): L {
    this.#link?.close();
    this.#link = link;
    return link;
  }
}
