// What the visitor sees and can do in the window.
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, test } from "vitest";
import { Chat } from "../src/chat";
import { learn } from "../src/i18n";
import { RefusedError } from "../src/link";
import { Markup } from "../src/md";
import { Panel } from "../src/ui/panel";
import type { Item } from "../src/visitor.gen";
import { conversation, FakeLink, line, memoryStore, refusal, welcome } from "./fakes";

configure({ asyncUtilTimeout: 20_000 }); // for a busy machine
const chinese = await learn("zh-CN");
afterEach(cleanup);

async function windowWith(items: Item[], state: Parameters<typeof conversation>[0] = {}, answers: FakeLink["answers"] = {}) {
  const link = new FakeLink({ hello: () => welcome({ items, conversation: conversation(state) }), ...answers });
  const chat = new Chat({ inbox: "web", locale: "zh-CN", store: memoryStore(), page: () => ({}), visible: () => true, ring: () => {}, link: () => link });
  render(<Panel chat={chat} language={chinese} fixed onClose={() => chat.show(false)} />);
  chat.show(true);
  chat.start();
  await link.turn("online");
  await screen.findByRole("log");
  return { chat, link, box: screen.getByRole<HTMLTextAreaElement>("textbox", { name: "输入消息…" }) };
}

const menu = line(3, { by: "bot", id: "m1", content: { kind: "menu", text: "选一个", options: [{ key: "1", label: "订单" }, { key: "2", label: "人工客服" }] } });
const form = line(3, {
  by: "bot", id: "f1",
  content: { kind: "form", text: "请留言", fields: [
    { key: "tel", label: "电话", kind: "tel", required: true, options: [] },
    { key: "text", label: "内容", kind: "textarea", required: false, options: [] },
  ] },
});

describe("writing", () => {
  test("Enter sends and empties the box; Shift+Enter and the Enter of an input method do not", async () => {
    const { link, box } = await windowWith([]);
    fireEvent.input(box, { target: { value: "nihao" } });
    fireEvent.keyDown(box, { key: "Enter", isComposing: true });
    fireEvent.keyDown(box, { key: "Enter", keyCode: 229 });
    fireEvent.keyDown(box, { key: "Enter", shiftKey: true });
    expect(link.said("say")).toEqual([]);
    fireEvent.keyDown(box, { key: "Enter" });
    await waitFor(() => expect(link.said("say")).toMatchObject([{ text: "nihao" }]));
    await waitFor(() => expect(box.value).toBe(""));
  });

  test("a message of blanks, or of more than 4,000 characters, cannot be sent; the counter says why", async () => {
    const { link, box } = await windowWith([]);
    const send = screen.getByRole<HTMLButtonElement>("button", { name: "发送" });
    fireEvent.input(box, { target: { value: "  \n" } });
    await waitFor(() => expect(send.disabled).toBe(true));
    fireEvent.input(box, { target: { value: "字".repeat(4001) } });
    await screen.findByText("超出 1 字");
    fireEvent.keyDown(box, { key: "Enter" });
    expect(link.said("say")).toEqual([]);
    fireEvent.input(box, { target: { value: "字".repeat(4000) } });
    await screen.findByText("还可输入 0 字");
    await waitFor(() => expect(send.disabled).toBe(false));
  });

  test("a message that was refused says why, and can be sent again or deleted", async () => {
    const { link, box } = await windowWith([], {}, { say: () => Promise.reject(new RefusedError(refusal("too_large"))) });
    fireEvent.input(box, { target: { value: "hello" } });
    fireEvent.keyDown(box, { key: "Enter" });
    await screen.findByText("内容过大");
    fireEvent.click(screen.getByRole("button", { name: "重新发送" }));
    await waitFor(() => expect(link.said("say").length).toBe(2));
    fireEvent.click(await screen.findByRole("button", { name: "删除" }));
    await waitFor(() => expect(screen.queryByText("hello")).toBeNull());
  });
});

describe("being asked", () => {
  test("a menu can be tapped while the conversation asks it", async () => {
    const { link } = await windowWith([menu], { asks: "m1" });
    fireEvent.click(await screen.findByRole("button", { name: "人工客服" }));
    await waitFor(() => expect(link.said("choose")).toMatchObject([{ item: "m1", option: "2" }]));
  });

  test("afterwards it is quiet, with the taken choice marked", async () => {
    await windowWith([menu, line(4, { by: "visitor", content: { kind: "text", text: "人工客服" } })]);
    await screen.findByText("选一个");
    expect(screen.queryByRole("button", { name: "人工客服" })).toBeNull();
    expect(document.querySelector("[aria-current=true]")?.textContent).toContain("人工客服");
  });

  test.each([
    ["higher than the view is shown from its question on", 600, ["f1"]],
    ["that fits stays at the end", 300, []],
  ])("a form %s", async (_, height, shown) => {
    const seen: string[] = [];
    const { scrollIntoView } = Element.prototype;
    Element.prototype.scrollIntoView = function () {
      seen.push(this.className.includes("line") ? "f1" : this.className);
    };
    Object.defineProperties(HTMLElement.prototype, {
      offsetHeight: { configurable: true, get: () => height },
      clientHeight: { configurable: true, get: () => 400 },
    });
    try {
      await windowWith([form], { asks: "f1" });
      await screen.findByLabelText(/电话/);
      expect(seen).toEqual(shown);
    } finally {
      Element.prototype.scrollIntoView = scrollIntoView;
      for (const name of ["offsetHeight", "clientHeight"]) Reflect.deleteProperty(HTMLElement.prototype, name);
    }
  });

  test("a form says beside the field what is missing, then what the server refused, then that it is done", async () => {
    const wrong = new RefusedError(refusal("field_invalid", "never", { field: "tel", label: "电话" }));
    const { link } = await windowWith([form], { asks: "f1" }, { submit: () => Promise.reject(wrong) });
    const tel = await screen.findByLabelText<HTMLInputElement>(/电话/);
    const submit = screen.getByRole("button", { name: "提交" });
    fireEvent.click(submit);
    await screen.findByText("请填写“电话”");
    expect(link.said("submit")).toEqual([]);
    tel.value = "12";
    fireEvent.click(submit);
    await screen.findByText("“电话”填写有误");
    expect(tel.getAttribute("aria-invalid")).toBe("true");
    link.push("conversation", conversation({ asks: null }));
    await screen.findByText("已提交");
  });
});

describe("being asked how it was", () => {
  const survey = line(3, {
    by: "system", id: "s1",
    content: { kind: "rating", text: "", agent: "小林", levels: [
      { score: 1, label: "不满意", tags: ["回复慢", "没解决"] }, { score: 2, label: "满意", tags: [] },
    ] },
  });

  test("a level is chosen, its reasons are offered, and all of it is sent", async () => {
    const { link } = await windowWith([survey], { phase: "closed", rates: "s1" });
    await screen.findByText("请对小林的服务进行评价");
    const submit = screen.getByRole<HTMLButtonElement>("button", { name: "提交" });
    expect(submit.disabled).toBe(true);
    fireEvent.click(screen.getByRole("radio", { name: "不满意" }));
    fireEvent.click(await screen.findByRole("button", { name: "没解决" }));
    fireEvent.input(screen.getByRole("textbox", { name: "想说的话（选填）" }), { target: { value: " 再见 " } });
    await waitFor(() => expect(screen.getByRole("button", { name: "没解决" }).getAttribute("aria-pressed")).toBe("true"));
    fireEvent.click(submit);
    await waitFor(() => expect(link.said("rate")).toMatchObject([{ item: "s1", score: 1, tags: ["没解决"], comment: "再见" }]));
  });

  test("once it is over nothing can be tapped", async () => {
    await windowWith([survey], { phase: "closed", rates: null });
    await screen.findByText("评价已结束");
    expect(screen.queryByRole("radio")).toBeNull();
  });
});

describe("the course of things", () => {
  test("who waits sees the place in the queue move, and can leave", async () => {
    const { link } = await windowWith([], { phase: "queued", ahead: 3 });
    await screen.findByText(/前面还有 3 位/);
    link.push("conversation", conversation({ phase: "queued", ahead: 1 }));
    await screen.findByText(/前面还有 1 位/);
    fireEvent.click(screen.getByRole("button", { name: "退出排队" }));
    await waitFor(() => expect(link.said("leave_queue").length).toBe(1));
  });

  test("ending asks first, and no means no", async () => {
    const { link } = await windowWith([]);
    fireEvent.click(screen.getByRole("button", { name: "结束会话" }));
    fireEvent.click(await screen.findByRole("button", { name: "取消" }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(link.said("close")).toEqual([]);
    fireEvent.click(screen.getByRole("button", { name: "结束会话" }));
    const sure = await screen.findByRole("alertdialog");
    fireEvent.click([...sure.querySelectorAll("button")].at(-1)!);
    await waitFor(() => expect(link.said("close").length).toBe(1));
  });

  test("after the end a new conversation is one tap away", async () => {
    const { link } = await windowWith([], { phase: "closed" });
    fireEvent.click(await screen.findByRole("button", { name: "开始新的会话" }));
    await waitFor(() => expect(link.said("open").length).toBe(1));
  });

  test("without a network the window says so and keeps what is written", async () => {
    const { link, box } = await windowWith([]);
    await link.turn("offline");
    await screen.findByText(/网络已断开/);
    fireEvent.input(box, { target: { value: "稍后发" } });
    fireEvent.keyDown(box, { key: "Enter" });
    await screen.findByText("发送中");
  });

  test("an unknown inbox is told in words", async () => {
    const link = new FakeLink();
    const chat = new Chat({ inbox: "x", locale: "", store: memoryStore(), page: () => ({}), visible: () => true, ring: () => {}, link: () => link });
    render(<Panel chat={chat} language={chinese} fixed />);
    chat.show(true);
    chat.start();
    await link.turn("denied", refusal("inbox_unknown"));
    await screen.findByText("接入渠道不存在");
    expect(screen.queryByRole("textbox")).toBeNull();
  });
});

test("older lines are asked for above the first one, and stand above it", async () => {
  const link = new FakeLink({
    hello: () => welcome({ items: [line(50)], more: true }),
    history: () => ({ items: [line(20), line(30)], more: false }),
  });
  const chat = new Chat({ inbox: "web", locale: "zh-CN", store: memoryStore(), page: () => ({}), visible: () => true, ring: () => {}, link: () => link });
  render(<Panel chat={chat} language={chinese} fixed />);
  chat.show(true);
  chat.start();
  await link.turn("online");
  const older = await screen.findByRole("button", { name: "查看更早的消息" });
  fireEvent.click(older);
  await screen.findByText("line 20");
  expect(link.said("history")).toEqual([{ before: 50, limit: 50 }]);
  expect([...document.querySelectorAll(".bubble")].map((bubble) => bubble.textContent)).toEqual(["line 20", "line 30", "line 50"]);
  await waitFor(() => expect(screen.queryByRole("button", { name: "查看更早的消息" })).toBeNull());
});

describe("a page that is older than the server", () => {
  const novelty = (kind: string) => line(3, { content: { kind, text: "?" } as unknown as Item["content"] });

  test("shows what it cannot draw as a line that says so, and goes on", async () => {
    const { link } = await windowWith([novelty("hologram"), line(4)]);
    await screen.findByText("请刷新页面后查看此消息");
    await screen.findByText("line 4");
    link.push("item", line(5, { content: novelty("smell").content }));
    link.push("item", line(6));
    await screen.findByText("line 6");
    expect(screen.getAllByText("请刷新页面后查看此消息").length).toBe(2);
  });

  test("shows pictures, voice messages and files, from the server that the script comes from", async () => {
    const file = { media: "m1", url: "/media/m1/sig/name", name: "报价单.pdf", size: 2048 };
    await windowWith([
      line(3, { content: { kind: "image", ...file, name: "", width: 40, height: 30 } }),
      line(4, { content: { kind: "voice", media: "m2", url: "/media/m2/sig/v", seconds: 3, size: 900 } }),
      line(5, { content: { kind: "file", ...file, mime: "application/pdf" } }),
    ]);
    const picture = await screen.findByRole<HTMLImageElement>("img", { name: "图片" });
    expect(new URL(picture.src).pathname.endsWith("/media/m1/sig/name")).toBe(true);
    expect(picture.src.endsWith("?size=small")).toBe(true);
    expect(screen.getByLabelText("语音消息").tagName).toBe("AUDIO");
    expect(screen.getByRole("link", { name: /报价单\.pdf 2 KB/ }).getAttribute("rel")).toBe("noopener");
  });

  test("leaves out a notice that it has no words for, and does not stumble over a push that it does not know", async () => {
    const { link } = await windowWith([line(3, { by: "system", content: { kind: "notice", code: "from_the_future", data: {}, text: "" } })]);
    link.push("fireworks" as "item", { on: true } as never);
    link.push("item", line(4));
    await screen.findByText("line 4");
    expect(document.querySelector(".notice")).toBeNull();
  });
});

describe("marks in agents' words", () => {
  const drawn = (text: string) => render(<Markup text={text} />).container;
  test("bold, code, links and lists become elements", () => {
    const box = drawn("**重要** `x=1` [帮助](https://e.example/a) https://e.example/b。\n\n- 一\n- 二\n\n1. a\n2. b");
    expect([...box.querySelectorAll("a")].map((a) => a.getAttribute("href"))).toEqual(["https://e.example/a", "https://e.example/b"]);
    expect(box.querySelector("a")?.rel).toContain("noreferrer");
    expect([box.querySelector("strong")?.textContent, box.querySelector("code")?.textContent]).toEqual(["重要", "x=1"]);
    expect([box.querySelectorAll("ul li").length, box.querySelectorAll("ol li").length]).toEqual([2, 2]);
  });
  test("HTML and dangerous addresses stay text", () => {
    const text = '<img src=x onerror="alert(1)"> [x](javascript:alert(1)) [y](data:text/html,z)';
    const box = drawn(text);
    expect(box.textContent).toBe(text);
    expect(box.querySelector("img, a")).toBeNull();
  });
});
