// What is on its way: never lost, never out of order, never twice.
import { NoAnswerError, OfflineError, RefusedError } from "@chatserver/client/link";
import { beforeEach, expect, test } from "vitest";
import { after, again, due, MAX_TRIES, outgoing, restore, save, type Outgoing } from "../src/desk/outbox";

beforeEach(() => sessionStorage.clear());

const line = (id: string, conversation = "a") => outgoing(id, conversation, `text ${id}`, false, 0);
const refused = (retry: "never" | "later") => new RefusedError({ code: "conversation_closed", retry, data: { x: 1 } });

test("one line at a time for a conversation, conversations side by side", () => {
  const outbox = [line("1"), line("2"), line("3", "b")];
  expect(due(outbox, new Set()).map(({ id }) => id)).toEqual(["1", "3"]);
  expect(due(outbox, new Set(["1"])).map(({ id }) => id)).toEqual(["3"]);
});

test("a failed line does not hold up those behind it", () => {
  const failed: Outgoing = { ...line("1"), state: "failed" };
  expect(due([failed, line("2")], new Set()).map(({ id }) => id)).toEqual(["2"]);
});

test("a final refusal fails at once and says why", () => {
  expect(after(line("1"), refused("never"))).toMatchObject({
    state: "failed",
    code: "conversation_closed",
    data: { x: 1 },
  });
});

test("without a network a line waits for ever", () => {
  let waiting = line("1");
  for (let i = 0; i < 20; i++) waiting = after(waiting, new OfflineError("cut"));
  expect(waiting).toEqual(line("1"));
});

test("silence and 'later' fail only after several tries, and a retry starts afresh with the same id", () => {
  for (const failure of [new NoAnswerError("late"), refused("later")]) {
    let trying = line("1");
    for (let i = 1; i < MAX_TRIES; i++) trying = after(trying, failure);
    expect(trying.state).toBe("sending");
    trying = after(trying, failure);
    expect(trying.state).toBe("failed");
    expect(again(trying)).toEqual(line("1"));
  }
});

test("unconfirmed lines survive a reload, for the same agent only", () => {
  save("me", [line("1"), { ...line("2"), state: "sent" }]);
  expect(restore("me")).toEqual([line("1")]);
  expect(restore("another")).toEqual([]);
});

test("a damaged copy is forgotten instead of breaking the desk", () => {
  sessionStorage.setItem("chatserver:outbox:me", '{"not":"a list"}');
  expect(restore("me")).toEqual([]);
  sessionStorage.setItem("chatserver:outbox:me", "[1, null, {}]");
  expect(restore("me")).toEqual([]);
});
