// The live desk against a server that behaves: what reaches it, and what is left when the network goes.
import { beforeEach, expect, test, vi } from "vitest";
import { Desk } from "../src/desk/desk";
import { FakeServer, settle } from "./fake_server";
import { card, NOON } from "./made";

beforeEach(() => sessionStorage.clear());

async function desk(server = new FakeServer([card("a"), card("b", { phase: "queued", agent: null })])) {
  const onSignedOut = vi.fn();
  const onAlert = vi.fn();
  const made = new Desk(server, "me", { onSignedOut, onAlert, now: () => NOON });
  made.open();
  await settle();
  return { server, desk: made, onSignedOut, onAlert };
}

const texts = (server: FakeServer) => server.log.map(({ content }) => (content.kind === "text" ? content.text : ""));

test("the desk is online only after the welcome", async () => {
  const server = new FakeServer([]);
  const made = new Desk(server, "me", { onSignedOut: () => {}, onAlert: () => {}, now: () => NOON });
  made.open();
  expect(made.snapshot().connection).not.toBe("online");
  await settle();
  expect(made.snapshot().connection).toBe("online");
});

test("what is written offline is sent once, in order, when the network returns", async () => {
  const { server, desk: made } = await desk();
  server.go();
  made.say("a", "one", false);
  made.say("a", "two", false);
  await settle();
  expect(server.log).toEqual([]);
  server.come();
  await settle();
  expect(texts(server)).toEqual(["one", "two"]);
});

test("a line whose acknowledgement was lost is sent again with the same id and stands once", async () => {
  const { server, desk: made } = await desk();
  server.losesAcks = true;
  made.say("a", "once", false);
  await settle();
  server.go();
  server.losesAcks = false;
  server.come();
  await settle();
  const ids = server.names("send").map((payload) => (payload as { id: string }).id);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids).size).toBe(1);
  expect(texts(server)).toEqual(["once"]);
});

test("what was not sent survives a reload", async () => {
  const { server, desk: made } = await desk();
  server.go();
  made.say("a", "kept", true);
  made.close();
  const next = await desk();
  expect(texts(next.server)).toEqual(["kept"]);
  expect(next.server.names("note")).toHaveLength(1);
});

test("a refused line fails with its reason, can be sent again, or be thrown away", async () => {
  const { server, desk: made } = await desk();
  server.refusal = { code: "conversation_closed", retry: "never", data: {} };
  made.say("a", "late", false);
  await settle();
  const [failed] = made.snapshot().outbox;
  expect(failed).toMatchObject({ state: "failed", code: "conversation_closed" });
  server.refusal = null;
  made.retry(failed!.id);
  await settle();
  expect(texts(server)).toEqual(["late"]);
  server.refusal = { code: "forbidden", retry: "never", data: {} };
  made.say("a", "no", false);
  await settle();
  made.discard(made.snapshot().outbox.find(({ state }) => state === "failed")!.id);
  expect(made.snapshot().outbox.some(({ state }) => state === "failed")).toBe(false);
});

test("looking at a conversation loads its lines, and again after a reconnect forgot them", async () => {
  const { server, desk: made } = await desk();
  server.visitorSays("a");
  made.look("a");
  await settle();
  expect(made.snapshot().timelines.get("a")?.items).toHaveLength(1);
  server.go();
  server.visitorSays("a");
  server.come();
  await settle();
  expect(made.snapshot().timelines.get("a")?.items).toHaveLength(2);
});

test("what was seen is told once for each new line of the visitor", async () => {
  const { server, desk: made } = await desk();
  const first = server.visitorSays("a");
  made.look("a");
  await settle();
  made.seen("a");
  made.seen("a");
  expect(server.names("read")).toEqual([expect.objectContaining({ conversation: "a", seq: first.seq })]);
  server.visitorSays("a");
  made.seen("a");
  expect(server.names("read")).toHaveLength(2);
});

test("an ended login closes the desk and leads to the login page", async () => {
  for (const code of ["unauthenticated", "bad_csrf"]) {
    const { server, onSignedOut } = await desk();
    server.deny({ code, retry: "reconnect", data: {} });
    expect(onSignedOut).toHaveBeenCalledOnce();
  }
  const { server, onSignedOut } = await desk();
  server.onEvent("signed_out", { cause: "disabled" });
  expect(onSignedOut).toHaveBeenCalledOnce();
});

test("another refusal stays on the desk and is said", async () => {
  const { server, desk: made, onSignedOut } = await desk();
  server.deny({ code: "busy", retry: "later", data: {} });
  expect(onSignedOut).not.toHaveBeenCalled();
  expect(made.snapshot()).toMatchObject({ connection: "denied", denial: "busy" });
});

test("a visitor's line rings; the same news told again does not", async () => {
  const { server, onAlert } = await desk();
  const line = server.visitorSays("a");
  expect(onAlert).toHaveBeenCalledWith("message", expect.objectContaining({ id: "a" }));
  server.onEvent("record", { seq: line.seq, card: card("a", { version: line.seq }), item: line });
  expect(onAlert).toHaveBeenCalledTimes(1);
});
