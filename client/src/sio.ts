// The link on socket.io-client: what the console uses, and the reference that `lean.ts` is compared with.
import { io, type Socket } from "socket.io-client";
import {
  ANSWER_MS, backoff, denialIn, NoAnswerError, OfflineError, refusalIn, RefusedError,
  type Calls, type Link, type LinkOptions,
} from "./link";

export class Sio<Up extends Calls<Up>, Down> implements Link<Up, Down> {
  onEvent: Link<Up, Down>["onEvent"] = () => {};
  onStatus: Link<Up, Down>["onStatus"] = () => {};
  private socket: Socket;
  private again: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;

  constructor(options: LinkOptions) {
    this.socket = io(options.url.replace(/\/$/, "") + options.namespace, {
      autoConnect: false,
      forceNew: true,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 30_000,
      auth: (give) => give(options.auth?.() ?? {}),
    });
    this.listen();
  }

  open(): void {
    if (this.socket.active) return;
    this.onStatus("connecting");
    this.socket.connect();
  }

  close(): void {
    clearTimeout(this.again);
    this.socket.disconnect();
  }

  call<K extends keyof Up & string>(name: K, payload: Up[K]["payload"], ms = ANSWER_MS): Promise<Up[K]["ack"]> {
    return new Promise((resolve, reject) => {
      if (!this.socket.connected) return reject(new OfflineError(name));
      this.socket.timeout(ms).emit(name, payload, (failure: Error | null, value: unknown) => {
        if (failure) return reject(this.socket.connected ? new NoAnswerError(name) : new OfflineError(name));
        const refusal = refusalIn(value);
        return refusal ? reject(new RefusedError(refusal)) : resolve(value);
      });
    });
  }

  emit<K extends keyof Up & string>(name: K, payload: Up[K]["payload"]): void {
    if (this.socket.connected) this.socket.emit(name, payload);
  }

  private listen(): void {
    this.socket.on("connect", () => {
      this.tries = 0;
      this.onStatus("online");
    });
    this.socket.on("disconnect", (reason) => {
      if (reason === "io client disconnect") return;
      this.onStatus("offline");
      // The library takes a disconnect by the server as final; here only a refused CONNECT is.
      if (reason === "io server disconnect") this.later();
    });
    this.socket.on("connect_error", (failure: Error & { data?: unknown }) => {
      if (this.socket.active) return this.onStatus("offline"); // the network; the library tries again
      const why = denialIn(failure.data);
      this.onStatus("denied", why);
      if (why.retry !== "never") this.later();
    });
    this.socket.io.on("reconnect_attempt", () => this.onStatus("connecting"));
    this.socket.onAny((name, data) => this.onEvent(name, data));
  }

  private later(): void {
    clearTimeout(this.again);
    this.again = setTimeout(() => this.open(), backoff(this.tries++));
  }
}
