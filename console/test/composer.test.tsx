// Writing: which key sends, what an input method may do in between, and what is kept.
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { draftOf, forgetDrafts } from "../src/drafts";
import { prefer } from "../src/preferences";
import { Composer, MAX_TEXT } from "../src/screens/answer/Composer";
import { drawn } from "./dressed";
import { settle, type FakeServer } from "./fake_server";

beforeEach(() => {
  sessionStorage.clear();
  forgetDrafts();
});
afterEach(cleanup);

const box = () => screen.getByRole<HTMLTextAreaElement>("textbox");
const write = (text: string) => fireEvent.change(box(), { target: { value: text } });
const press = (change: Record<string, unknown> = {}) => fireEvent.keyDown(box(), { key: "Enter", ...change });
const sent = (server: FakeServer, name: "send" | "note" = "send") =>
  server.names(name).map((payload) => (payload as { text: string }).text);

test("Enter sends the words and empties the box; Shift+Enter does not", async () => {
  const { server } = await drawn(<Composer conversation="a" />);
  write("  hello  ");
  press({ shiftKey: true });
  expect(sent(server)).toEqual([]);
  press();
  await settle();
  expect(sent(server)).toEqual(["hello"]);
  expect(box().value).toBe("");
});

test("Enter that chooses a word in an input method never sends", async () => {
  const { server } = await drawn(<Composer conversation="a" />);
  write("nihao");
  press({ isComposing: true });
  press({ keyCode: 229 });
  await settle();
  expect(sent(server)).toEqual([]);
  expect(box().value).toBe("nihao");
});

test("who prefers Ctrl+Enter gets new lines from Enter", async () => {
  const { server } = await drawn(<Composer conversation="a" />);
  prefer({ sendBy: "ctrl_enter" });
  write("one");
  press();
  await settle();
  expect(sent(server)).toEqual([]);
  press({ ctrlKey: true });
  await settle();
  expect(sent(server)).toEqual(["one"]);
});

test("nothing but spaces, and more than the limit, cannot be sent", async () => {
  const { server } = await drawn(<Composer conversation="a" />);
  write("   ");
  press();
  write("长".repeat(MAX_TEXT + 1));
  press();
  await settle();
  expect(sent(server)).toEqual([]);
  expect(screen.getByText("超出 1 字")).toBeTruthy();
  write("😀".repeat(MAX_TEXT)); // counted as people do, not as UTF-16 does
  press();
  await settle();
  expect(sent(server)).toHaveLength(1);
});

test("a note goes to colleagues only, and the visitor is not told that somebody writes", async () => {
  const { server } = await drawn(<Composer conversation="a" />);
  fireEvent.click(screen.getByText("备注"));
  expect(document.activeElement).toBe(box());
  write("careful");
  press();
  await settle();
  expect(sent(server)).toEqual([]);
  expect(sent(server, "note")).toEqual(["careful"]);
  expect(server.names("typing")).toEqual([]);
});

test("the visitor is told of writing once, and of its end when the line is sent", async () => {
  const { server } = await drawn(<Composer conversation="a" />);
  write("h");
  write("he");
  press();
  expect(server.names("typing")).toEqual([
    { conversation: "a", on: true },
    { conversation: "a", on: false },
  ]);
});

test("each conversation keeps its own draft", async () => {
  const { unmount } = await drawn(<Composer conversation="a" />);
  write("half a sent");
  unmount();
  await drawn(<Composer conversation="b" />);
  expect(box().value).toBe("");
  expect(draftOf("a")).toBe("half a sent");
});
