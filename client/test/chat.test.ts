// The visitor's side of a conversation: what is said to the server, and what the visitor gets to see.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Chat } from "../src/chat";
import { NoAnswerError, RefusedError } from "../src/link";
import { conversation, FakeLink, line, memoryStore, refusal, settled, welcome } from "./fakes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function visit(answers: FakeLink["answers"] = {}, store = memoryStore()) {
  const link = new FakeLink(answers);
  const screen = { visible: true, rings: 0 };
  let auth: () => unknown = () => ({});
  const chat = new Chat({
    inbox: "web",
    locale: "zh-CN",
    store,
    page: () => ({ url: "https://shop.example/item" }),
    visible: () => screen.visible,
    ring: () => void screen.rings++,
    link: (asked) => {
      auth = asked;
      return link;
    },
  });
  chat.start();
  return { chat, link, store, screen, auth: () => auth() };
}

describe("coming in", () => {
  test("a visitor who opens the window for the first time is greeted: a conversation starts by itself, once", async () => {
    const { chat, link } = visit({ hello: () => welcome({ conversation: null }) });
    chat.show(true);
    await link.turn("online");
    expect(link.said("open")).toMatchObject([{ page: { url: "https://shop.example/item" } }]);
  });

  test("a closed window starts nothing", async () => {
    const { link } = visit({ hello: () => welcome({ conversation: null }) });
    await link.turn("online");
    expect(link.said("open")).toEqual([]);
  });

  test("the token is kept and shown at the next connection", async () => {
    const { link, store, auth } = visit();
    await link.turn("online");
    expect(store.get("")).toBe("token-1");
    expect(auth()).toMatchObject({ inbox: "web", token: "token-1", locale: "zh-CN", identity: null });
  });

  test("after a break the page says what it shows, and gets only what it missed", async () => {
    const { chat, link } = visit({ hello: () => welcome({ items: [line(4)] }) });
    await link.turn("online");
    await link.turn("offline");
    link.answers.hello = () => welcome({ items: [line(6)], reset: false });
    await link.turn("online");
    expect(link.said("hello")).toEqual([{ conversation: null, after: 0 }, { conversation: "c1", after: 4 }]);
    expect(chat.state.items.map((item) => item.seq)).toEqual([4, 6]);
  });

  test("a token that no longer counts does not lock the visitor out", async () => {
    const { link, store } = visit({}, memoryStore(new Map([["", "stale"]])));
    await link.turn("denied", refusal("bad_token"));
    expect(store.get("")).toBeNull();
    expect(link.opened).toBe(2);
  });

  test("a greeting that the server could not answer is repeated", async () => {
    let asked = 0;
    const { chat, link } = visit({ hello: () => (asked++ ? welcome() : Promise.reject(new NoAnswerError())) });
    await link.turn("online");
    expect(chat.state.welcomed).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(chat.state.welcomed).toBe(true);
  });

  test("another visitor on the same page sees nothing of the one before", async () => {
    const { chat, link, store } = visit({ hello: () => welcome({ items: [line(4)] }) });
    chat.identify({ id: "u1", signature: "s" });
    await link.turn("online");
    chat.identify(null);
    expect(chat.state.items).toEqual([]);
    expect(store.get("")).toBeNull();
  });
});

describe("talking", () => {
  test("a message shows at once, and becomes the line that comes back", async () => {
    const { chat, link } = visit();
    await link.turn("online");
    chat.say("你好");
    expect(chat.state.letters).toMatchObject([{ text: "你好", state: "sending" }]);
    await settled();
    const [said] = link.said("say");
    link.push("item", line(9, { id: said!.id, by: "visitor" }));
    expect(chat.state.letters).toEqual([]);
    expect(chat.state.items.map((item) => item.id)).toEqual([said!.id]);
  });

  test("what is written offline goes out after the greeting of the next connection", async () => {
    const { chat, link } = visit();
    chat.say("你好");
    await settled();
    await link.turn("online");
    expect(link.heard.map(([name]) => name)).toEqual(["hello", "say"]);
  });

  test("typing is told at most each two seconds, and taken back after a pause", async () => {
    const { chat, link } = visit();
    await link.turn("online");
    for (let key = 0; key < 30; key++) {
      chat.types();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(link.said("typing")).toEqual([{ on: true }, { on: true }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(link.said("typing").at(-1)).toEqual({ on: false });
  });

  test("nobody is told of typing while no agent is there", async () => {
    const { chat, link } = visit({ hello: () => welcome({ conversation: conversation({ phase: "queued" }) }) });
    await link.turn("online");
    chat.types();
    expect(link.said("typing")).toEqual([]);
  });

  test("the agent's typing fades after six seconds, and ends with the agent's words", async () => {
    const { chat, link } = visit();
    await link.turn("online");
    link.push("typing", { on: true });
    await vi.advanceTimersByTimeAsync(5900);
    expect(chat.state.typing).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(chat.state.typing).toBe(false);
    link.push("typing", { on: true });
    link.push("item", line(5));
    expect(chat.state.typing).toBe(false);
  });

  test("an action whose answer was lost is asked again under the same id, a new one under a new id", async () => {
    let lost = true;
    const { chat, link } = visit({ choose: () => (lost ? Promise.reject(new NoAnswerError()) : { seq: 1, at: 0, conversation: "c1" }) });
    await link.turn("online");
    expect(await chat.attempt(chat.act("choose", { item: "m1", option: "2" }))).toBe(false);
    expect(chat.state.problem).toBeInstanceOf(NoAnswerError);
    lost = false;
    expect(await chat.attempt(chat.act("choose", { item: "m1", option: "2" }))).toBe(true);
    expect(chat.state.problem).toBeNull();
    await chat.attempt(chat.act("choose", { item: "m1", option: "2" }));
    const [first, second, third] = link.said("choose").map((said) => said.id);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
  });

  test("a refused form comes back to the form with the field", async () => {
    const wrong = new RefusedError(refusal("field_invalid", "never", { field: "tel", label: "电话" }));
    const { chat, link } = visit({ submit: () => Promise.reject(wrong) });
    await link.turn("online");
    await expect(chat.act("submit", { values: { tel: "1" } })).rejects.toBe(wrong);
  });
});

describe("reading", () => {
  test("what comes while the visitor looks is read, and the agent learns it", async () => {
    const { chat, link } = visit();
    chat.show(true);
    await link.turn("online");
    link.push("item", line(5));
    expect(chat.state.unread).toBe(0);
    expect(link.said("read")).toEqual([{ seq: 5 }]);
  });

  test("what comes behind a closed window or a hidden page counts as unread until it is seen", async () => {
    const { chat, link, screen } = visit();
    await link.turn("online");
    link.push("item", line(5));
    link.push("item", line(6, { by: "system", content: { kind: "notice", code: "soothed", data: {}, text: "" } }));
    expect(chat.state.unread).toBe(1);
    screen.visible = false;
    chat.show(true);
    expect(chat.state.unread).toBe(1);
    screen.visible = true;
    chat.look();
    expect(chat.state.unread).toBe(0);
  });

  test("what was read stays read on the site's next page", async () => {
    const store = memoryStore();
    const hello = () => welcome({ items: [line(5)] });
    const first = visit({ hello }, store);
    first.chat.show(true);
    await first.link.turn("online");
    const next = visit({ hello }, store);
    await next.link.turn("online");
    expect(next.chat.state.unread).toBe(0);
  });

  test("a sound comes only when wanted, and only for what is not seen", async () => {
    const { chat, link, screen } = visit();
    await link.turn("online");
    link.push("item", line(5));
    expect(screen.rings).toBe(0);
    chat.setSound(true);
    screen.rings = 0;
    link.push("item", line(6));
    expect(screen.rings).toBe(1);
    chat.show(true);
    link.push("item", line(7));
    expect(screen.rings).toBe(1);
  });

  test("older lines take their place above", async () => {
    const { chat, link } = visit({
      hello: () => welcome({ items: [line(50)], more: true }),
      history: () => ({ items: [line(20), line(30)], more: false }),
    });
    await link.turn("online");
    await chat.history(50);
    expect(chat.state.items.map((item) => item.seq)).toEqual([20, 30, 50]);
    expect(chat.state.more).toBe(false);
  });
});
