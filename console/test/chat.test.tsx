// The open conversation: what an agent may do in it, and what a visitor's words can never do.
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Card } from "@chatserver/client/agent.gen";
import { Chat } from "../src/screens/answer/Chat";
import { drawn } from "./dressed";
import { FakeServer, settle } from "./fake_server";
import { card, item } from "./made";

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

async function open(one: Card, lines: ReturnType<typeof item>[] = []) {
  const server = new FakeServer([one]);
  server.log.push(...lines);
  const view = await drawn(<Chat card={one} back={() => {}} showVisitor={() => {}} />, server);
  view.desk.look(one.id);
  await settle();
  return view;
}

test("a waiting visitor can be taken, not written to", async () => {
  const { server } = await open(card("a", { phase: "queued", agent: null }));
  expect(screen.queryByRole("textbox")).toBe(null);
  fireEvent.click(screen.getByRole("button", { name: /接入/ }));
  await settle();
  expect(server.names("take")).toEqual([expect.objectContaining({ conversation: "a" })]);
});

test("an ended conversation says so and offers no button", async () => {
  await open(card("a", { phase: "closed" }));
  expect(screen.getByText("会话已结束，不能继续回复")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /结束/ })).toBe(null);
});

test("a conversation is ended only after a confirmation", async () => {
  const { server } = await open(card("a"));
  fireEvent.click(screen.getByRole("button", { name: /结束/ }));
  expect(server.names("close")).toEqual([]);
  fireEvent.click(await screen.findByRole("button", { name: "结束会话" }));
  await settle();
  expect(server.names("close")).toEqual([expect.objectContaining({ conversation: "a" })]);
});

test("a visitor's markup stays text, and only web addresses become links, without a way back to us", async () => {
  const text = "<img src=x onerror=alert(1)> javascript:alert(1) https://shop.example/a，谢谢";
  const { container } = await open(card("a"), [item(1, "a", { content: { kind: "text", text } })]);
  const bubble = await screen.findByText(/onerror/);
  expect(bubble.textContent).toBe(text);
  expect(container.querySelector(".log img")).toBe(null);
  const links = [...container.querySelectorAll<HTMLAnchorElement>(".log a")];
  expect(links.map((a) => [a.href, a.target, a.rel])).toEqual([
    ["https://shop.example/a", "_blank", "noopener noreferrer"],
  ]);
});

test("our lines tell whether the visitor has read them", async () => {
  const said = (seq: number) => item(seq, "a", { by: "agent", name: "Demo agent", at: seq * 60_000 });
  const { container } = await open(card("a", { visitor_read: 1 }), [said(1), said(2)]);
  await screen.findByText("line 2");
  expect([...container.querySelectorAll("[data-read]")].map((mark) => mark.textContent)).toEqual(["已读", "未读"]);
});

test("a note is named as one; answers and menus are readable", async () => {
  await open(card("a"), [
    item(1, "a", { by: "agent", name: "Demo agent", note: true }),
    item(2, "a", { content: { kind: "answers", items: [{ key: "n", label: "姓名", value: "" }] } }),
    item(3, "a", { by: "bot", content: { kind: "menu", text: "请选择", options: [{ key: "1", label: "售后" }] } }),
  ]);
  for (const words of ["Demo agent 的备注", "姓名", "未填写", "请选择", "售后"])
    expect((await screen.findAllByText(words)).length).toBeGreaterThan(0);
});

test("the question whether to end has the focus, and gives it back when it is put away", async () => {
  await open(card("a"));
  const end = screen.getByRole("button", { name: "结束" });
  for (let i = 0; i < 2; i++) {
    fireEvent.click(end);
    await waitFor(() => expect(document.activeElement?.textContent).toBe("结束会话"));
    fireEvent.click(screen.getByRole("button", { name: /取\s*消/ }));
    await waitFor(() => expect(document.activeElement).toBe(end));
  }
});

test("a failed line says why and goes out again on request", async () => {
  const { server, desk } = await open(card("a"));
  server.refusal = { code: "rate_limited", retry: "never", data: {} };
  desk.say("a", "again please", false);
  expect((await screen.findByText(/操作过于频繁/)).textContent).toContain("发送失败");
  server.refusal = null;
  fireEvent.click(screen.getByRole("button", { name: "重试" }));
  await settle();
  expect(server.log.map(({ content }) => content)).toContainEqual({ kind: "text", text: "again please" });
});
