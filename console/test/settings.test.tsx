// The settings' form: drawn from a schema alone, saved whole, and honest about what is wrong where.
import type { Me } from "@chatserver/client/agent.gen";
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, expect, test, vi } from "vitest";
import { Settings } from "../src/screens/settings/Settings";
import { fresh, placeOf, shapeOf, type Schema } from "../src/screens/settings/schema";
import { drawn } from "./dressed";
import { FakeServer } from "./fake_server";
import { card } from "./made";

const SCHEMA: Schema = {
  $ref: "#/$defs/Settings",
  $defs: {
    Settings: {
      title: "Settings",
      type: "object",
      properties: {
        name: { title: "企业名称", type: "string", maxLength: 100, default: "在线客服" },
        conversation: { $ref: "#/$defs/Talk", default: { close: 180, on: true } },
        groups: { title: "服务组", type: "array", items: { $ref: "#/$defs/Group" }, default: [] },
      },
    },
    Talk: {
      title: "Talk",
      type: "object",
      properties: {
        close: { title: "超时结束", description: "Seconds.", type: "integer", minimum: 10, maximum: 600, default: 180 },
        on: { title: "开启", type: "boolean", default: true },
      },
    },
    Own: {
      title: "Own",
      type: "object",
      properties: {
        close: { title: "超时结束", type: "integer", minimum: 10, maximum: 600 },
        on: { title: "开启", type: "boolean" },
        lines: { title: "安抚语", anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }] },
      },
    },
    Group: {
      title: "Group",
      type: "object",
      properties: {
        name: { title: "名称", type: "string" },
        strategy: { title: "策略", $ref: "#/$defs/Strategy", default: "a" },
        own: { title: "单独", anyOf: [{ $ref: "#/$defs/Own" }, { type: "null" }], default: null, "x-else": "conversation" },
      },
      required: ["name"],
    },
    Strategy: { title: "Strategy", enum: ["a", "b"] },
  },
};

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** A server with these settings; remembers what it was asked to save, and answers it. */
function api(settings: object, answer: () => Response = () => Response.json({ version: 8 })) {
  const saved: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    if (path.endsWith("/schema")) return Response.json(SCHEMA);
    if (init.method !== "PUT") return Response.json({ version: 7, settings });
    saved.push(JSON.parse(String(init.body)));
    return answer();
  });
  return saved;
}

async function settingsAt(section: string, grants: Me["permissions"] = { "settings.write": "all" }) {
  const server = new FakeServer([card("a")]);
  server.grants = grants;
  await drawn(
    <MemoryRouter initialEntries={[`/settings/${section}`]}>
      <Routes>
        <Route path="/settings/:section?" element={<Settings />} />
      </Routes>
    </MemoryRouter>,
    server,
  );
  await screen.findByRole("button", { name: "保存" });
}

test("a changed number is saved with all the rest, and with the version that was seen", async () => {
  const saved = api({ name: "演示", conversation: { close: 180, on: true }, groups: [] });
  await settingsAt("conversation");
  const field = screen.getByLabelText("超时结束");
  fireEvent.change(field, { target: { value: "60" } });
  fireEvent.blur(field);
  fireEvent.click(screen.getByRole("button", { name: "保存" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]).toEqual({
    settings: { name: "演示", conversation: { close: 60, on: true }, groups: [] },
    based_on: 7,
  });
});

test("nothing changed is nothing to save, and changes can be undone", async () => {
  api({ name: "演示", conversation: { close: 180, on: true }, groups: [] });
  await settingsAt("general");
  const save = () => screen.getByRole<HTMLButtonElement>("button", { name: "保存" });
  expect(save().disabled).toBe(true);
  fireEvent.change(screen.getByLabelText("企业名称"), { target: { value: "新名称" } });
  expect(save().disabled).toBe(false);
  fireEvent.click(screen.getByRole("button", { name: "撤销修改" }));
  expect(save().disabled).toBe(true);
});

test("an added entry begins with its defaults and can be taken away again", async () => {
  const saved = api({ name: "演示", conversation: { close: 180, on: true }, groups: [] });
  await settingsAt("groups");
  fireEvent.click(screen.getByRole("button", { name: /添加/ }));
  fireEvent.change(await screen.findByLabelText("名称"), { target: { value: "售前" } });
  fireEvent.click(screen.getByRole("button", { name: "保存" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]).toMatchObject({ settings: { groups: [{ name: "售前", strategy: "a", own: null }] } });
  fireEvent.click(await screen.findByRole("button", { name: "删除 售前" }));
  expect(screen.queryByLabelText("名称")).toBeNull();
});

test("what the server finds wrong stands at its field and in a list", async () => {
  const problems = [{ path: "$.conversation.close", code: "warning_not_before_close" }];
  const refused = {
    error: { code: "settings_invalid", retry: "never", data: { path: "$.conversation.close", problems } },
  };
  api({ name: "演示", conversation: { close: 180, on: true }, groups: [] }, () =>
    Response.json(refused, { status: 422 }),
  );
  await settingsAt("conversation");
  fireEvent.click(screen.getByRole("switch", { name: "开启" }));
  fireEvent.click(screen.getByRole("button", { name: "保存" }));
  expect(await screen.findAllByRole("alert")).toHaveLength(2);
  expect(screen.getAllByRole("alert")[0]!.textContent).toContain("Conversation › 超时结束");
  expect(screen.getByLabelText("超时结束").getAttribute("aria-describedby")).toBeTruthy();
});

test("who may only read sees everything and saves nothing", async () => {
  api({ name: "演示", conversation: { close: 180, on: true }, groups: [] });
  await settingsAt("general", { "settings.read": "all" });
  fireEvent.change(screen.getByLabelText("企业名称"), { target: { value: "新名称" } });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "保存" }).disabled).toBe(true);
  expect(screen.getByText("您没有修改设置的权限")).toBeTruthy();
});

test("every kind of schema has a shape, and a union of many kinds is edited as it is", () => {
  const union: Schema = { anyOf: [{ $ref: "#/$defs/Talk" }, { $ref: "#/$defs/Group" }] };
  expect(shapeOf(union, SCHEMA).kind).toBe("raw");
  expect(shapeOf({ type: "array", items: { type: "string" } }, SCHEMA).kind).toBe("words");
  expect(fresh({ $ref: "#/$defs/Group" }, SCHEMA)).toEqual({ name: "", strategy: "a", own: null });
});

test("what is set for one alone is what differs, and begins with what holds for all", async () => {
  const group = { name: "售前", strategy: "a", own: null };
  const saved = api({ name: "演示", conversation: { close: 90, on: true }, groups: [group] });
  await settingsAt("groups");
  fireEvent.click(screen.getByRole("button", { name: /售前/, expanded: false }));
  const switches = () => screen.getAllByRole("switch", { name: "单独设置" });
  const [whole] = switches();
  fireEvent.click(whole!);
  expect(switches()).toHaveLength(3);
  fireEvent.click(switches()[1]!);
  fireEvent.click(switches()[2]!);
  expect(screen.getByLabelText<HTMLInputElement>("内容", { selector: "input" }).value).toBe("90");
  fireEvent.click(switches()[2]!);
  fireEvent.click(screen.getByRole("button", { name: "保存" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]).toEqual({
    settings: {
      name: "演示",
      conversation: { close: 90, on: true },
      groups: [{ name: "售前", strategy: "a", own: { close: 90 } }],
    },
    based_on: 7,
  });
});

test("what may be left out and may be none as well is one choice of three", async () => {
  const group = { name: "售前", strategy: "a", own: {} };
  const saved = api({ name: "演示", conversation: { close: 90, on: true, lines: null }, groups: [group] });
  await settingsAt("groups");
  fireEvent.click(screen.getByRole("button", { name: /售前/, expanded: false }));
  const lines = within(screen.getByRole("group", { name: "安抚语" }));
  expect(lines.queryByRole("switch")).toBeNull();
  const save = async () => {
    const count = saved.length;
    fireEvent.click(screen.getByRole("button", { name: "保存" }));
    await waitFor(() => expect(saved).toHaveLength(count + 1));
    return (saved.at(-1) as { settings: { groups: [{ own: unknown }] } }).settings.groups[0].own;
  };
  fireEvent.click(lines.getByRole("radio", { name: "单独设置" }));
  expect(lines.getByRole("combobox")).toBeTruthy();
  expect(await save()).toEqual({ lines: [] });
  cleanup();
  await settingsAt("groups");
  fireEvent.click(screen.getByRole("button", { name: /售前/, expanded: false }));
  fireEvent.click(within(screen.getByRole("group", { name: "安抚语" })).getByRole("radio", { name: "无" }));
  expect(await save()).toEqual({ lines: null });
});

test("a number that is emptied to be typed anew is not rewritten under one's hands, and never becomes zero", async () => {
  const saved = api({ name: "演示", conversation: { close: 180, on: true }, groups: [] });
  await settingsAt("conversation");
  const field = screen.getByLabelText<HTMLInputElement>("超时结束");
  const type = (value: string) => fireEvent.change(field, { target: { value } });
  fireEvent.focus(field);
  for (const value of ["18", "1", ""]) type(value);
  expect(field.value).toBe("");
  fireEvent.blur(field);
  expect(field.value).toBe("180");
  fireEvent.focus(field);
  type("");
  type("600");
  expect(field.value).toBe("600");
  fireEvent.blur(field);
  fireEvent.click(screen.getByRole("button", { name: "保存" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]).toMatchObject({ settings: { conversation: { close: 600 } } });
});

test("a number outside its limits stays as it was typed, and the limits are said", async () => {
  api({ name: "演示", conversation: { close: 180, on: true }, groups: [] });
  await settingsAt("conversation");
  const field = screen.getByLabelText<HTMLInputElement>("超时结束");
  fireEvent.focus(field);
  fireEvent.change(field, { target: { value: "5" } });
  fireEvent.blur(field);
  expect(field.value).toBe("5");
  expect(screen.getByRole("alert").textContent).toBe("请填写 10 至 600 之间的数");
});

test("what is refused by its path alone is said where it is, and in the form's words", async () => {
  const data = { path: "$.conversation.close", reason: "Expected `int` >= 10" };
  const refused = { error: { code: "settings_invalid", retry: "never", data } };
  api({ name: "演示", conversation: { close: 180, on: true }, groups: [] }, () =>
    Response.json(refused, { status: 422 }),
  );
  await settingsAt("conversation");
  fireEvent.click(screen.getByRole("switch", { name: "开启" }));
  fireEvent.click(screen.getByRole("button", { name: "保存" }));
  expect(await screen.findByText("设置有误：Conversation › 超时结束")).toBeTruthy();
  expect(screen.getByLabelText("超时结束").getAttribute("aria-describedby")).toBeTruthy();
  expect(placeOf("$.groups[0].own.close", SCHEMA, "zh-CN")).toBe("服务组 1 › 单独 › 超时结束");
  expect(placeOf("$.groups[0].nosuch[2]", SCHEMA, "en")).toBe("Groups 1 › Nosuch 3");
  const named: Schema = { properties: { kefu: { title: "微信客服接入", type: "array", "x-english": "WeChat Kefu" } } };
  expect(placeOf("$.kefu[0].name", { type: "object", ...named }, "en")).toBe("WeChat Kefu 1 › Name");
  expect(placeOf("$", SCHEMA, "en")).toBe("$");
});
