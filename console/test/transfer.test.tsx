// The transfer dialog: whom it offers, what a key does, and what an agent is told.
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Chat } from "../src/screens/answer/Chat";
import { Transfer } from "../src/screens/answer/Transfer";
import { drawn } from "./dressed";
import { FakeServer, settle } from "./fake_server";
import { agent, card } from "./made";

beforeEach(() => sessionStorage.clear());
afterEach(cleanup);

const COLLEAGUES = [
  agent("me", { groups: ["g1"] }),
  agent("two", { name: "Demo two", load: 1, max: 3 }),
  agent("three", { name: "Demo three", load: 2, max: 3, status: "busy" }),
  agent("full", { name: "Demo full", load: 3, max: 3 }),
];

async function open(change: Partial<FakeServer> = {}) {
  const left = vi.fn();
  const server = Object.assign(new FakeServer([card("a")], COLLEAGUES), change);
  const view = await drawn(<Transfer card={card("a")} left={left} />, server);
  fireEvent.click(screen.getByRole("button", { name: "转接" }));
  await screen.findByRole("dialog");
  return { ...view, left };
}

const box = () => screen.getByRole("combobox");
const press = (key: string, change = {}) => fireEvent.keyDown(box(), { key, ...change });
const chosen = () => screen.queryByRole("option", { selected: true })?.textContent;

test("colleagues with their load; who is full is there with the reason and cannot be chosen", async () => {
  await open();
  const rows = screen.getAllByRole("option");
  expect(rows.map((row) => row.textContent)).toEqual([
    "DDemo two在线1/3",
    "DDemo three忙碌2/3",
    "DDemo full在线3/3 已满",
  ]);
  expect(rows.map((row) => row.getAttribute("aria-disabled"))).toEqual(["false", "false", "true"]);
  fireEvent.click(rows[2]!);
  expect(chosen()).toBe(undefined);
  const yes = within(screen.getByRole("dialog")).getByRole<HTMLButtonElement>("button", { name: "转接" });
  expect(yes.disabled).toBe(true);
});

test("Enter does nothing until somebody is chosen; arrows choose and skip who cannot", async () => {
  const { server } = await open();
  press("Enter");
  await settle();
  expect(server.names("transfer")).toEqual([]);
  for (let i = 0; i < 4; i++) press("ArrowDown");
  expect(chosen()).toContain("Demo three");
  press("Enter", { isComposing: true });
  await settle();
  expect(server.names("transfer")).toEqual([]);
  press("Enter");
  await settle();
  expect(server.names("transfer")).toEqual([expect.objectContaining({ conversation: "a", agent: "three" })]);
});

test("after a search Enter takes the first that is found; success is said and the desk is left", async () => {
  const { server, left } = await open();
  fireEvent.change(box(), { target: { value: "TWO" } });
  press("Enter");
  expect(await screen.findByText("已转接给 Demo two")).toBeTruthy();
  expect(server.names("transfer")).toEqual([expect.objectContaining({ agent: "two" })]);
  expect(left).toHaveBeenCalledOnce();
});

test("to a group's queue, by click", async () => {
  const { server } = await open();
  fireEvent.click(screen.getByText("服务组"));
  fireEvent.click(screen.getByRole("option", { name: /Demo other group/ }));
  fireEvent.click(screen.getByRole("button", { name: "转接给 Demo other group" }));
  await settle();
  const [asked] = server.names("transfer");
  expect(asked).toMatchObject({ conversation: "a", group: "g2" });
  expect(asked).not.toHaveProperty("agent");
});

test("a colleague who has to accept first was only asked, and the desk is not left; the note goes along", async () => {
  const { server, left } = await open({ asksFirst: true });
  fireEvent.change(screen.getByRole("textbox", { name: /备注/ }), { target: { value: " 老客户 " } });
  press("ArrowDown");
  press("Enter");
  expect(await screen.findByText("已请求 Demo two 接手，对方接受前由您继续接待")).toBeTruthy();
  expect(server.names("transfer")).toEqual([expect.objectContaining({ agent: "two", note: "老客户" })]);
  expect(left).not.toHaveBeenCalled();
});

test("while a colleague is asked, who serves writes on, sees it, and may withdraw; nobody else is asked", async () => {
  const offer = { agent: "two", until: Date.now() + 30_000, sender: "me", note: "" };
  const asked = card("a", { offer });
  const server = new FakeServer([asked], COLLEAGUES);
  server.grants = { "conversation.transfer": "own" };
  await drawn(<Chat card={asked} back={vi.fn()} showVisitor={vi.fn()} />, server);
  expect(screen.getByRole("textbox", { name: /回复/ })).toBeTruthy();
  expect(screen.getAllByText(/正在询问 Demo two/)).toHaveLength(2);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "转接" }).disabled).toBe(true);
  fireEvent.click(screen.getByRole("button", { name: "取消转接" }));
  expect(await screen.findByText("转接已取消")).toBeTruthy();
  expect(server.names("decline")).toEqual([expect.objectContaining({ conversation: "a" })]);
});

test("a refusal names the colleague, the dialog stays, and the loads are asked for anew", async () => {
  const { server, left } = await open();
  server.refusal = { code: "seat_full", retry: "never", data: { max: 3 } };
  const before = server.names("hello").length;
  press("ArrowDown");
  press("Enter");
  const dialog = screen.getByRole("dialog");
  await waitFor(() => expect(within(dialog).getByRole("alert").textContent).toBe("Demo two 的接待量已达上限"));
  expect(left).not.toHaveBeenCalled();
  expect(server.names("hello")).toHaveLength(before + 1);
});

test("opening the dialog brings the loads up to date", async () => {
  const { server } = await open();
  expect(server.names("hello")).toHaveLength(2);
});
