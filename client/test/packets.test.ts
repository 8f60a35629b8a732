// What comes over the wire is understood, and what goes out is what Socket.IO v5 expects.
import { expect, test } from "vitest";
import { connect, disconnect, event, parse } from "../src/packets";

test.each([
  ['0{"sid":"a","upgrades":[],"pingInterval":10000,"pingTimeout":5000}', { is: "hello", data: { pingInterval: 10000, pingTimeout: 5000 } }],
  ["1", { is: "bye" }],
  ["2", { is: "ping" }],
  ['40/visitor,{"sid":"b"}', { is: "joined" }],
  ["41/visitor,", { is: "bye" }],
  ['42/visitor,["item",{"text":"你好, /world"}]', { is: "event", data: ["item", { text: "你好, /world" }] }],
  ['42["item",1]', { is: "event", data: ["item", 1] }],
  ['42/visitor,["typing"]', { is: "event", data: ["typing"] }],
  ['43/visitor,17[{"seq":3}]', { is: "ack", id: 17, data: [{ seq: 3 }] }],
  ["43/visitor,0[]", { is: "ack", id: 0, data: [] }],
  ['44/visitor,{"message":"no"}', { is: "denied", data: { message: "no" } }],
  ["3", { is: "noise" }],
  ["6", { is: "noise" }],
  ["", { is: "noise" }],
  ["45-rubbish", { is: "noise" }],
])("reads %s", (text, packet) => {
  expect(parse(text)).toMatchObject(packet);
});

test("writes CONNECT, EVENT with and without a wish for an answer, and DISCONNECT", () => {
  expect(connect("/visitor", { inbox: "web" })).toBe('40/visitor,{"inbox":"web"}');
  expect(event("/visitor", "say", { text: "好" }, 7)).toBe('42/visitor,7["say",{"text":"好"}]');
  expect(event("/visitor", "typing", { on: true })).toBe('42/visitor,["typing",{"on":true}]');
  expect(disconnect("/visitor")).toBe("41/visitor,");
});
