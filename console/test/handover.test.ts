// To whom a conversation can be handed, and in which order one is asked.
import type { AgentCard } from "@chatserver/client/agent.gen";
import { expect, test } from "vitest";
import { colleaguesFor, teamsFor, type Staff } from "../src/desk/handover";
import { mayTransfer } from "../src/desk/rights";
import { agent, card, snapshot } from "./made";

const me = { ...snapshot([]).me, permissions: { "agent.read": "group", "conversation.transfer": "own" } as const };
const statuses = [
  { key: "ready", name: "", takes_new: true },
  { key: "busy", name: "", takes_new: false },
];

function staff(agents: readonly AgentCard[], change: Partial<Staff> = {}): Staff {
  const groups = new Map([
    ["g1", "Sales"],
    ["g2", "Support"],
  ]);
  return { agents: new Map(agents.map((one) => [one.id, one])), groups, statuses, me, ...change };
}

const names = (agents: readonly AgentCard[], words = "") =>
  colleaguesFor(card("a"), staff(agents), words).map(({ id, bar }) => (bar ? `${id}: ${bar}` : id));

test("the ready before the busy, the least loaded on top, those who cannot at the end with the reason", () => {
  const agents = [
    agent("gone", { status: "offline" }),
    agent("busy", { status: "busy" }),
    agent("full", { load: 5, max: 5 }),
    agent("half", { load: 2, max: 4 }),
    agent("free", { load: 1, max: 8 }),
  ];
  expect(names(agents)).toEqual(["free", "half", "busy", "gone: offline", "full: full"]);
});

test("nobody hands a conversation to the one who serves it", () => {
  expect(names([agent("me"), agent("other")])).toEqual(["other"]);
});

test("a search finds a part of a name in any case", () => {
  expect(names([agent("x", { name: "Demo One" }), agent("y", { name: "Demo Two" })], " two ")).toEqual(["y"]);
});

test("an own group where nobody else is on duty is barred; of a foreign one nothing is claimed", () => {
  const agents = [agent("me", { groups: ["g1"] }), agent("gone", { groups: ["g1"], status: "offline" })];
  const teams = teamsFor(card("a"), staff(agents), "");
  expect(teams.map(({ id, bar, onDuty, current }) => ({ id, bar, onDuty, current }))).toEqual([
    { id: "g2", bar: null, onDuty: null, current: false },
    { id: "g1", bar: "unstaffed", onDuty: 0, current: true },
  ]);
});

test("who sees all agents is told how many are on duty everywhere", () => {
  const all = { ...me, permissions: { "agent.read": "all" } as const };
  const agents = [agent("one", { groups: ["g2"], status: "busy" }), agent("two", { groups: ["g2"] })];
  expect(teamsFor(card("a"), staff(agents, { me: all }), "sup")).toMatchObject([{ id: "g2", onDuty: 2, bar: null }]);
});

test("only a served conversation is transferred, another's only with a wider scope", () => {
  const wider = { ...me, permissions: { "conversation.transfer": "group" } as const };
  expect(mayTransfer(card("a"), me)).toBe(true);
  expect(mayTransfer(card("a"), { ...me, permissions: {} })).toBe(false);
  expect(mayTransfer(card("a"), null)).toBe(false);
  expect(mayTransfer(card("a", { agent: "other" }), me)).toBe(false);
  expect(mayTransfer(card("a", { agent: "other" }), wider)).toBe(true);
  expect(mayTransfer(card("a", { phase: "queued", agent: null }), wider)).toBe(false);
  expect(mayTransfer(card("a", { phase: "closed" }), wider)).toBe(false);
});
