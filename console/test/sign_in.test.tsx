// Signing in: what a person is told when it does not work, and where they land when it does.
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { Dress } from "../src/Dress";
import { prefer } from "../src/preferences";
import { safePlace, SignInForm } from "../src/screens/sign_in/SignIn";

configure({ asyncUtilTimeout: 20_000 }); // for a busy machine
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const failure = (code: string, status: number, data = {}) =>
  Response.json({ error: { code, retry: "never", data } }, { status });

/** A door that answers as `/api/login` does; remembers what it was handed. */
function door(answer: () => Response | Promise<Response>) {
  const handed: unknown[] = [];
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit) => {
    handed.push(JSON.parse(String(init.body)));
    return answer();
  });
  return handed;
}

function form() {
  prefer({ locale: "zh-CN" });
  const done = vi.fn();
  render(
    <Dress>
      <SignInForm done={done} />
    </Dress>,
  );
  fireEvent.change(screen.getByLabelText("账号"), { target: { value: " demo " } });
  fireEvent.change(screen.getByLabelText("密码"), { target: { value: " secret " } });
  fireEvent.click(screen.getByRole("button", { name: "登录" }));
  return done;
}

test("a good login goes on; the password is taken as typed", async () => {
  const handed = door(() => Response.json({ csrf: "c", agent: "me", name: "Demo agent" }));
  const done = form();
  await waitFor(() => expect(done).toHaveBeenCalledOnce());
  expect(handed).toEqual([{ account: "demo", password: " secret " }]);
});

test("a wrong password is said in words and can be tried again at once", async () => {
  door(() => failure("bad_credentials", 401));
  const done = form();
  expect((await screen.findByRole("alert")).textContent).toContain("账号或密码错误");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "登录" }).disabled).toBe(false);
  expect(done).not.toHaveBeenCalled();
});

test("too many tries show how long to wait, and the button waits", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  door(() => failure("rate_limited", 429, { wait: 40 }));
  form();
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toMatch(/操作过于频繁.*请在 40 秒后重试/);
  await waitFor(() => expect(screen.getByRole<HTMLButtonElement>("button", { name: "登录" }).disabled).toBe(true));
});

test("no network, and an error page of a proxy, are said in words too", async () => {
  door(() => Promise.reject(new TypeError("no network")));
  form();
  expect((await screen.findByRole("alert")).textContent).toContain("无法连接服务器");
  cleanup();
  door(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  form();
  expect((await screen.findByRole("alert")).textContent).toContain("服务异常");
});

test("after the login a person returns to their place, never to another site", () => {
  expect(safePlace("/chats/a1")).toBe("/chats/a1");
  for (const bad of [null, "", "https://evil.example", "//evil.example", "/\\evil.example", "/login?next=/x"])
    expect(safePlace(bad)).toBe("/chats");
});
