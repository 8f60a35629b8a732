// Many tabs of one visitor use one connection, and no tab notices.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OfflineError, RefusedError } from "../src/link";
import { TabLink } from "../src/tabs";
import type { VisitorDown, VisitorUp } from "../src/visitor.gen";
import { FakeLink, line, refusal } from "./fakes";

/** The browser's locks, as far as tabs use them: one holder, a queue, a glance, and theft. */
class FakeLocks {
  private queue: { grant: () => Promise<unknown>; fail: (error: Error) => void }[] = [];
  private holder: { fail: (error: Error) => void } | undefined;

  request(_name: string, options: LockOptions, held: (lock: object | null) => unknown): Promise<unknown> {
    return new Promise((done, fail) => {
      const grant = async () => done(await held({}));
      if (options.ifAvailable && this.holder) return done(held(null));
      if (options.steal) {
        this.holder?.fail(new Error("stolen"));
        this.hold({ grant, fail });
        return;
      }
      this.queue.push({ grant, fail });
      if (!this.holder) this.next();
    });
  }
  private next(): void {
    const first = this.queue.shift();
    if (first) this.hold(first);
  }
  private hold(request: { grant: () => Promise<unknown>; fail: (error: Error) => void }): void {
    this.holder = request;
    void request.grant().then(() => {
      if (this.holder !== request) return;
      this.holder = undefined;
      this.next();
    });
  }
}

let sockets: FakeLink[];
let open: TabLink<VisitorUp, VisitorDown>[];
let party = 0;

beforeEach(() => {
  sockets = [];
  open = [];
  party++;
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
});
afterEach(() => {
  for (const tab of open) tab.close();
  vi.unstubAllGlobals();
});

function newTab() {
  const tab = new TabLink<VisitorUp, VisitorDown>(() => `party-${party}`, () => {
    const socket = new FakeLink();
    sockets.push(socket);
    return socket;
  });
  const seen = { status: [] as string[], items: [] as number[] };
  tab.onStatus = (status) => seen.status.push(status);
  tab.onEvent = (name, data) => name === "item" && seen.items.push((data as VisitorDown["item"]).seq);
  open.push(tab);
  tab.open();
  return { tab, seen };
}
/** Waits for what messages between tabs will bring, however busy the machine is. */
const soon = (check: () => void) => vi.waitFor(check, 20_000);
const online = (seen: { status: string[] }) => soon(() => expect(seen.status.at(-1)).toBe("online"));

test("three tabs open one socket, and each gets its answers and every push", async () => {
  const first = newTab();
  await soon(() => expect(sockets.length).toBe(1));
  await sockets[0]!.turn("online");
  const [second, third] = [newTab(), newTab()];
  await online(second.seen);
  await online(third.seen);
  expect(sockets.length).toBe(1);
  sockets[0]!.answers.say = ({ text }) => ({ seq: text?.length ?? 0, at: 0, conversation: "c1" });
  const answers = await Promise.all([first, second, third].map(({ tab }, at) => tab.call("say", { id: `m${at}`, text: "x".repeat(at + 1) })));
  expect(answers.map((answer) => answer.seq)).toEqual([1, 2, 3]);
  sockets[0]!.push("item", line(7));
  await soon(() => expect([first, second, third].map(({ seen }) => seen.items)).toEqual([[7], [7], [7]]));
});

test("a refusal crosses from tab to tab with its code", async () => {
  newTab();
  await soon(() => expect(sockets.length).toBe(1));
  await sockets[0]!.turn("online");
  sockets[0]!.answers.choose = () => Promise.reject(new RefusedError(refusal("no_such_option")));
  const second = newTab();
  await online(second.seen);
  await expect(second.tab.call("choose", { id: "1", item: "m", option: "1" })).rejects.toMatchObject({ code: "no_such_option" });
});

test("when the leading tab is closed another one connects, and callers learn that their answer is lost", async () => {
  const first = newTab();
  await soon(() => expect(sockets.length).toBe(1));
  await sockets[0]!.turn("online");
  const second = newTab();
  await online(second.seen);
  sockets[0]!.answers.say = () => new Promise(() => {});
  const lost = second.tab.call("say", { id: "1", text: "x" }).catch((error: unknown) => error);
  first.tab.close();
  expect(await lost).toBeInstanceOf(OfflineError);
  await soon(() => expect(sockets.length).toBe(2));
  await sockets[1]!.turn("online");
  await online(second.seen);
});

test("when the lead changes, a tab that neither lost nor took it learns at once that its answer is lost", async () => {
  const first = newTab();
  await soon(() => expect(sockets.length).toBe(1));
  await sockets[0]!.turn("online");
  const [second, third] = [newTab(), newTab()];
  await online(second.seen);
  await online(third.seen);
  sockets[0]!.answers.say = () => new Promise(() => {});
  const lost = third.tab.call("say", { id: "1", text: "x" }).catch((error: unknown) => error);
  first.tab.close();
  expect(await lost).toBeInstanceOf(OfflineError);
  await soon(() => expect(sockets.length).toBe(2));
  await sockets[1]!.turn("online");
  await online(third.seen);
  sockets[1]!.push("item", line(8));
  await soon(() => expect([second, third].map(({ seen }) => seen.items)).toEqual([[8], [8]]));
});

test("a leading tab that the phone has frozen is replaced", async () => {
  newTab();
  await soon(() => expect(sockets.length).toBe(1));
  await sockets[0]!.turn("online");
  const frozen = vi.spyOn(BroadcastChannel.prototype, "postMessage").mockImplementation(() => {});
  vi.useFakeTimers();
  newTab();
  await vi.advanceTimersByTimeAsync(3000);
  vi.useRealTimers();
  frozen.mockRestore();
  await soon(() => expect(sockets.length).toBe(2));
});

test("without locks each tab has its own socket", () => {
  vi.stubGlobal("navigator", {});
  newTab();
  newTab();
  expect(sockets.length).toBe(2);
});
