// One suite of promises for both links, kept against a real server: what the official client does, ours does.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import WebSocketForNode from "ws";
import { Lean } from "../src/lean";
import { NoAnswerError, OfflineError, RefusedError, type Link, type LinkOptions, type Refusal, type Status } from "../src/link";
import { Sio } from "../src/sio";
import { Network, startServer, type Ports } from "./stage";

interface Up {
  echo: { payload: unknown; ack: { echo: unknown; transport: string } };
  refuse: { payload: object; ack: object };
  silence: { payload: object; ack: object };
  burst: { payload: { count: number }; ack: object };
}
interface Down {
  line: { number: number };
}
type TestLink = Link<Up, Down>;

// What browsers have and Node 20 does not: a WebSocket, and news of the device's own network (here there are none).
globalThis.WebSocket ??= WebSocketForNode as unknown as typeof WebSocket;
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const LINKS: [string, (options: LinkOptions) => TestLink][] = [
  ["lean", (options) => new Lean<Up, Down>(options)],
  ["socket.io-client", (options) => new Sio<Up, Down>(options)],
];

let ports: Ports;
let stopServer: () => void;
let network: Network;
let link: TestLink | undefined;

beforeAll(async () => {
  ({ ports, stop: stopServer } = await startServer());
});
afterAll(() => stopServer());
beforeEach(async () => {
  network = new Network(ports.both);
  await network.start();
});
afterEach(() => {
  link?.close();
  network.stop();
});

describe.each(LINKS)("the link %s", (_name, make) => {
  /** Everything that the link told so far, and a way to wait for what it will tell. */
  function watched(options: Partial<LinkOptions> = {}) {
    const seen: Status[] = [];
    const reasons: (Refusal | undefined)[] = [];
    const events: Down["line"][] = [];
    link = make({ url: `http://127.0.0.1:${network.port}`, namespace: "/visitor", ...options });
    link.onStatus = (status, why) => {
      seen.push(status);
      reasons.push(why);
    };
    link.onEvent = (_event, data) => events.push(data);
    link.open();
    const until = (status: Status, after = 0) =>
      expect.poll(() => seen.slice(after).includes(status), { timeout: 30_000, interval: 10 }).toBe(true);
    return { link, seen, reasons, events, until };
  }

  test("tells that it is connecting, then that it is online, and gets answers", async () => {
    const { link, seen, until } = watched();
    await until("online");
    expect(seen).toEqual(["connecting", "online"]);
    expect((await link.call("echo", { text: "hi" })).echo).toEqual({ text: "hi" });
  });

  test("carries Chinese, emoji and line breaks unharmed", async () => {
    const { link, until } = watched();
    await until("online");
    const text = "你好，世界\n🙂\u0007 / , \x1e ".repeat(200);
    expect((await link.call("echo", text)).echo).toBe(text);
  });

  test("turns a refused call into an error with code and data", async () => {
    const { link, until } = watched();
    await until("online");
    const failure = await link.call("refuse", {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RefusedError);
    expect(failure).toMatchObject({ code: "field_required", retry: "never", data: { field: "tel", label: "电话" } });
  });

  test("says when an answer does not come in time", async () => {
    const { link, until } = watched();
    await until("online");
    await expect(link.call("silence", {}, 60)).rejects.toBeInstanceOf(NoAnswerError);
  });

  test("refuses at once to call without a connection", async () => {
    network.refuse(true);
    const { link } = watched();
    await expect(link.call("echo", 1)).rejects.toBeInstanceOf(OfflineError);
  });

  test("hands over 500 pushes in their order, and before the answer that followed them", async () => {
    const { link, events, until } = watched();
    await until("online");
    await link.call("burst", { count: 500 });
    expect(events.map((line) => line.number)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  test("matches a hundred answers to their questions", async () => {
    const { link, until } = watched();
    await until("online");
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => link.call("echo", i)));
    expect(answers.map((answer) => answer.echo)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("comes back by itself after a cut, and tells the caller whose answer was lost", async () => {
    const { link, seen, until } = watched();
    await until("online");
    const lost = link.call("silence", {}).catch((error: unknown) => error);
    const before = seen.length;
    network.cut();
    expect(await lost).toBeInstanceOf(OfflineError);
    await until("online", before);
    expect(seen[before]).toBe("offline");
    expect((await link.call("echo", 2)).echo).toBe(2);
  });

  test("comes back after an outage", async () => {
    const { link, seen, until } = watched();
    await until("online");
    const before = seen.length;
    network.refuse(true);
    network.cut();
    await until("offline", before);
    network.refuse(false);
    await until("online", before);
    expect((await link.call("echo", 3)).echo).toBe(3);
  });

  test("notices a connection over which nothing passes any more", async () => {
    const { seen, until } = watched();
    await until("online");
    const before = seen.length;
    network.stall(true);
    await until("offline", before);
  });

  test("stays online while pings come, though nobody speaks", async () => {
    const { link, seen, until } = watched();
    await until("online");
    await new Promise((later) => setTimeout(later, 4500)); // longer than interval + timeout of the server
    expect(seen).toEqual(["connecting", "online"]);
    expect((await link.call("echo", 4)).echo).toBe(4);
  });

  test("falls back to long-polling where WebSockets are refused, and keeps the order there", async () => {
    const { link, events, until } = watched({ url: `http://127.0.0.1:${ports.polling}` });
    await until("online");
    expect((await link.call("echo", "你好")).transport).toBe("polling");
    await link.call("burst", { count: 200 });
    expect(events.map((line) => line.number)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test("stops when the server refuses for good, says why, and can be opened again", async () => {
    let deny: object | undefined = { key: `${_name}-never`, code: "inbox_unknown", retry: "never", times: 9 };
    const { link, seen, reasons, until } = watched({ auth: () => ({ deny }) });
    await until("denied");
    expect(reasons.at(-1)).toMatchObject({ code: "inbox_unknown", retry: "never" });
    await new Promise((later) => setTimeout(later, 900)); // longer than the first pause of a retry
    expect(seen.at(-1)).toBe("denied");
    deny = undefined;
    link.open();
    await until("online");
  });

  test("tries again when the server refuses for now", async () => {
    const deny = { key: `${_name}-later`, code: "busy", retry: "later", times: 1 };
    const { seen, reasons, until } = watched({ auth: () => ({ deny }) });
    await until("online");
    expect(seen).toContain("denied");
    expect(reasons[seen.indexOf("denied")]).toMatchObject({ code: "busy", retry: "later" });
  });

  test("is silent after close", async () => {
    const { link, seen, until } = watched();
    await until("online");
    link.close();
    const after = seen.length;
    network.cut();
    await new Promise((later) => setTimeout(later, 700));
    expect(seen.length).toBe(after);
  });
});
