// What is offered to an agent: where it stands, how it is answered, and when it goes.
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter, useLocation } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Card } from "@chatserver/client/agent.gen";
import { alertOf } from "../src/desk/alert";
import { counts, listed } from "../src/desk/list";
import { mayAnswer, mayTake } from "../src/desk/rights";
import { Offers } from "../src/offers/Offers";
import { RING_MS, useBell } from "../src/offers/bell";
import { shareLeft } from "../src/offers/span";
import { ConversationRow } from "../src/screens/answer/ConversationRow";
import { Muted } from "../src/screens/answer/Muted";
import { VisitorPane } from "../src/screens/answer/VisitorPane";
import { drawn } from "./dressed";
import { FakeServer, settle } from "./fake_server";
import { agent, card, NOON, snapshot } from "./made";

beforeEach(() => sessionStorage.clear());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const me = snapshot([]).me;
const waiting = (id: string, change: Partial<Card> = {}) => card(id, { phase: "queued", agent: null, ...change });
const offered = (id: string, to = "me", until = Date.now() + 30_000) => waiting(id, { offer: { agent: to, until, sender: "", note: "" } });

function Place() {
  return <output>{useLocation().pathname}</output>;
}

async function desk(cards: Card[], at = "/chats") {
  const server = new FakeServer(cards, [agent("me"), agent("two", { name: "Demo two" })]);
  return drawn(
    <MemoryRouter initialEntries={[at]}>
      <Offers />
      <Place />
      <textarea aria-label="elsewhere" />
    </MemoryRouter>,
    server,
  );
}

const region = () => screen.queryByRole("region", { name: "待接入会话" });
const place = () => screen.getByRole("status").textContent;

test("what is offered to me stands on top of mine, whatever the filter, the first to run out first", () => {
  const cards = [card("mine"), offered("late", "me", NOON + 9), offered("soon", "me", NOON + 5), offered("x", "two")];
  const view = { tab: "mine", filter: "open", search: "", keep: null } as const;
  const ids = (change = {}) => listed(cards, "me", { ...view, ...change }).map(({ id }) => id);
  expect(ids()).toEqual(["soon", "late", "mine"]);
  expect(ids({ filter: "closed" })).toEqual(["soon", "late"]);
  expect(ids({ search: "demo late" })).toEqual(["late"]);
  expect(counts(cards, "me")).toEqual({ mine: 3, queue: 3, all: 4 });
});

test("only who is asked may answer, and meanwhile nobody may take", () => {
  expect(mayAnswer(offered("a"), me)).toBe(true);
  expect(mayAnswer(offered("a", "two"), me)).toBe(false);
  expect(mayAnswer(offered("a"), { ...me, permissions: {} })).toBe(false);
  expect(mayTake(offered("a", "two"), me)).toBe(false);
  expect(mayTake(waiting("a"), me)).toBe(true);
});

test("an offer to me alerts once; who waits unasked alerts; what I have just let pass does not", () => {
  const told = (to: Card) => ({ seq: 1, card: to, item: null });
  const mine = offered("a", "me", NOON);
  expect(alertOf(undefined, told(mine), "me")).toBe("offered");
  expect(alertOf(mine, told({ ...mine, unread: 1 }), "me")).toBe(null);
  expect(alertOf(mine, told(offered("a", "me", NOON + 1)), "me")).toBe("offered");
  expect(alertOf(undefined, told(offered("a", "two")), "me")).toBe(null);
  expect(alertOf(offered("a", "two"), told(waiting("a")), "me")).toBe("queued");
  expect(alertOf(mine, told(waiting("a")), "me")).toBe(null);
});

test("accepting opens the conversation, declining sends the answer", async () => {
  const { server } = await desk([offered("a"), offered("b", "me", Date.now() + 60_000)]);
  const [first, second] = screen.getAllByRole("article");
  expect(first!.textContent).toContain("demo a");
  fireEvent.click(screen.getAllByRole("button", { name: /拒绝/ })[1]!);
  await settle();
  expect(second!.textContent).toContain("demo b");
  expect(server.names("decline")).toEqual([expect.objectContaining({ conversation: "b" })]);
  fireEvent.click(screen.getAllByRole("button", { name: /接入/ })[0]!);
  await settle();
  expect(server.names("accept")).toEqual([expect.objectContaining({ conversation: "a" })]);
  await waitFor(() => expect(place()).toBe("/chats/a"));
});

test("Alt+Enter accepts from anywhere, once, and never while an input method composes", async () => {
  const { server } = await desk([offered("a")]);
  const press = (change = {}) =>
    fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter", altKey: true, ...change });
  press({ isComposing: true });
  press({ altKey: false });
  press({ repeat: true });
  await settle();
  expect(server.names("accept")).toEqual([]);
  press();
  press();
  await settle();
  expect(server.names("accept")).toHaveLength(1);
});

test("the card goes when a colleague is asked instead, and the focus in it is not lost", async () => {
  const { server } = await desk([offered("a")]);
  const main = document.body.appendChild(Object.assign(document.createElement("main"), { id: "main", tabIndex: -1 }));
  screen.getByRole("button", { name: /接入/ }).focus();
  server.tells(offered("a", "two"));
  await settle();
  expect(region()).toBe(null);
  expect(document.activeElement).toBe(main);
  main.remove();
});

test("nothing is shown for what others are asked; the one open on the screen has its buttons there", async () => {
  await desk([offered("x", "two")]);
  expect(region()).toBe(null);
  cleanup();
  await desk([offered("a")], "/chats/a");
  expect(region()).toBe(null);
  expect(screen.getByRole("alert").textContent).toBe("demo a 等待您接入，按 Alt+Enter 接入");
});

test("a late answer is told in words", async () => {
  const { server } = await desk([offered("a")]);
  server.refusal = { code: "offer_over", retry: "never", data: {} };
  fireEvent.click(screen.getByRole("button", { name: /接入/ }));
  expect(await screen.findByText("该会话已不再等待您接入")).toBeTruthy();
  expect(place()).toBe("/chats");
});

test("the open conversation asks me, or says who is asked", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { server } = await drawn(<Muted card={offered("a")} why="queued" />, new FakeServer([offered("a")]));
  fireEvent.click(screen.getByRole("button", { name: /接入/ }));
  await settle();
  expect(server.names("accept")).toHaveLength(1);
  expect(screen.getByRole("timer").getAttribute("aria-label")).toBe("剩余 30 秒");
  cleanup();
  const theirs = offered("b", "two");
  const colleagues = [agent("me"), agent("two", { name: "Demo two" })];
  await drawn(<Muted card={theirs} why="queued" />, new FakeServer([theirs], colleagues));
  expect(screen.getByText("正在询问 Demo two")).toBeTruthy();
  expect(screen.queryByRole("button")).toBe(null);
});

/** A colleague who serves it asks me to take over. */
const handed = (change: Partial<Card> = {}) =>
  card("a", { agent: "two", offer: { agent: "me", until: Date.now() + 30_000, sender: "Demo two", note: "老客户，请尽快" }, ...change });

test("what a colleague asks me to take over is offered like any other, with who asks and their note", async () => {
  expect(mayAnswer(handed(), me)).toBe(true);
  expect(alertOf(undefined, { seq: 1, card: handed(), item: null }, "me")).toBe("offered");
  expect(counts([handed()], "me").mine).toBe(1);
  const { server } = await desk([handed()]);
  expect(screen.getByRole("article").textContent).toContain("Demo two 请您接手该会话老客户，请尽快");
  fireEvent.click(screen.getByRole("button", { name: /接入/ }));
  await settle();
  expect(server.names("accept")).toEqual([expect.objectContaining({ conversation: "a" })]);
});

test("opened, it says who asks and why, and can be answered there", async () => {
  const { server } = await drawn(<Muted card={handed()} why="not_mine" />, new FakeServer([handed()]));
  expect(screen.getByText("Demo two 请您接手该会话")).toBeTruthy();
  expect(screen.getByText("老客户，请尽快")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: /拒绝/ }));
  await settle();
  expect(server.names("decline")).toEqual([expect.objectContaining({ conversation: "a" })]);
});

test("a row says that it is offered to me, or who is asked", async () => {
  const server = new FakeServer([], [agent("me"), agent("two", { name: "Demo two" })]);
  const rows = [<ConversationRow key="1" card={offered("a")} />, <ConversationRow key="2" card={offered("b", "two")} />];
  await drawn(rows, server);
  expect(screen.getByText("待接入")).toBeTruthy();
  expect(screen.getByText("正在询问 Demo two")).toBeTruthy();
});

test("the bell rings at once, again in its rhythm, and falls silent with the last offer", () => {
  vi.useFakeTimers();
  const ring = vi.fn();
  const Bell = ({ offers }: { offers: Card[] }) => (useBell(offers, ring), null);
  const { rerender } = render(<Bell offers={[offered("a", "me", 1)]} />);
  expect(ring).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(RING_MS * 2);
  expect(ring).toHaveBeenCalledTimes(3);
  rerender(<Bell offers={[]} />);
  vi.advanceTimersByTime(RING_MS * 3);
  expect(ring).toHaveBeenCalledTimes(3);
});

test("the ring empties from full to nothing, and never below", () => {
  expect([0, 15_000, 30_000, 40_000].map((now) => shareLeft("ring", 30_000, now))).toEqual([1, 0.5, 0, 0]);
});

test("what the visitor answered before is shown beside the conversation, addresses as links", async () => {
  const answers = [
    { key: "order", label: "订单号", value: "DEMO-1024" },
    { key: "page", label: "商品", value: "https://shop.example/7" },
  ];
  const known = card("a", { answers });
  const fields = [{ key: "level", label: "等级", value: "金牌" }];
  await drawn(<VisitorPane card={{ ...known, contact: { ...known.contact, fields } }} />);
  expect(screen.getByText("历史资料")).toBeTruthy();
  expect(screen.getByText("金牌")).toBeTruthy();
  expect(screen.getByText("已收集信息")).toBeTruthy();
  expect(screen.getByText("DEMO-1024")).toBeTruthy();
  expect(screen.getByRole("link", { name: "https://shop.example/7" })).toBeTruthy();
});
