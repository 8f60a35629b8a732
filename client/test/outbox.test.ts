// A message that was written is sent once, in order, or the visitor is told that it was not.
import { describe, expect, test } from "vitest";
import { NoAnswerError, OfflineError, RefusedError } from "../src/link";
import { Outbox, type Letter } from "../src/outbox";
import { memoryStore, refusal, settled } from "./fakes";

type Reply = "ok" | Error;

/** A server that gives the listed replies and then says yes to everything. */
function postOffice(...replies: Reply[]) {
  const delivered: string[] = [];
  let seq = 0;
  const deliver = async (letter: Letter) => {
    delivered.push(letter.id);
    const reply = replies.shift() ?? "ok";
    if (reply !== "ok") throw reply;
    return { seq: ++seq, at: 0, conversation: "c1" };
  };
  return { delivered, deliver };
}

function outbox(office: ReturnType<typeof postOffice>, store = memoryStore()) {
  const pauses: number[] = [];
  const box = new Outbox(store, office.deliver, () => {}, async (ms) => void pauses.push(ms));
  const states = () => box.letters.map((letter) => letter.state);
  return { box, store, pauses, states };
}

describe("the outbox", () => {
  test("sends what is written, in order, and waits for each answer", async () => {
    const office = postOffice();
    const { box, states } = outbox(office);
    box.write("a", "one");
    box.write("b", "two");
    await settled();
    expect(office.delivered).toEqual(["a", "b"]);
    expect(states()).toEqual(["sent", "sent"]);
  });

  test("keeps a message written offline as sending, and sends it with the same id when told to", async () => {
    const office = postOffice(new OfflineError());
    const { box, states } = outbox(office);
    box.write("a", "one");
    await settled();
    expect(states()).toEqual(["sending"]);
    await box.flush();
    expect(office.delivered).toEqual(["a", "a"]);
    expect(states()).toEqual(["sent"]);
  });

  test("survives a reload: the next page sends what the last one could not", async () => {
    const store = memoryStore();
    outbox(postOffice(new OfflineError()), store).box.write("01A", "离线");
    await settled();
    const office = postOffice();
    const { box } = outbox(office, store);
    box.restore();
    expect(box.letters).toMatchObject([{ id: "01A", text: "离线", state: "sending" }]);
    await box.flush();
    expect(office.delivered).toEqual(["01A"]);
    expect(store.kept.size).toBe(0);
  });

  test("does not send yesterday's words behind the visitor's back", () => {
    const store = memoryStore(new Map([[":out:01A", JSON.stringify({ text: "old", at: 0 })]]));
    const { box, states } = outbox(postOffice(), store);
    box.restore(25 * 3600_000);
    expect(states()).toEqual(["failed"]);
  });

  test("throws away what it cannot read instead of breaking the chat", () => {
    const store = memoryStore(new Map([[":out:01A", "{rubbish"]]));
    const { box } = outbox(postOffice(), store);
    box.restore();
    expect(box.letters).toEqual([]);
    expect(store.kept.size).toBe(0);
  });

  test("fails at once what the server will never take, and goes on with the next", async () => {
    const office = postOffice(new RefusedError(refusal("message_too_long")));
    const { box, states } = outbox(office);
    box.write("a", "one");
    box.write("b", "two");
    await settled();
    expect(states()).toEqual(["failed", "sent"]);
    expect(box.letters[0]?.why).toMatchObject({ code: "message_too_long" });
  });

  test("fails after three silences, and a retry by the visitor sends it with the same id", async () => {
    const silence = new NoAnswerError();
    const office = postOffice(silence, silence, silence);
    const { box, states } = outbox(office);
    box.write("a", "one");
    await settled();
    expect(states()).toEqual(["failed"]);
    box.retry("a");
    await settled();
    expect(office.delivered).toEqual(["a", "a", "a", "a"]);
    expect(states()).toEqual(["sent"]);
  });

  test("waits longer and longer while the server is busy", async () => {
    const busy = new RefusedError(refusal("busy", "later"));
    const { box, pauses, states } = outbox(postOffice(busy, busy));
    box.write("a", "one");
    await settled();
    expect(pauses).toEqual([2000, 4000]);
    expect(states()).toEqual(["sent"]);
  });

  test("forgets a message for good when the visitor deletes it", async () => {
    const { box, store } = outbox(postOffice(new OfflineError()));
    box.write("a", "one");
    await settled();
    box.discard("a");
    expect([box.letters.length, store.kept.size]).toEqual([0, 0]);
  });

  test("gives way to the line itself once the log shows it", async () => {
    const { box } = outbox(postOffice());
    box.write("a", "one");
    await settled();
    box.arrived((letter) => letter.seq === 1);
    expect(box.letters).toEqual([]);
  });
});
