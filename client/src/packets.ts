// The text packets of Engine.IO v4 with Socket.IO v5 inside, as data. Pure: knows no socket and no timer.
// Binary attachments, rooms and several namespaces on one socket do not exist here: nobody on our wire uses them.

/** The first characters of a packet; what is not listed is noise. */
const KINDS: Readonly<Record<string, Packet["is"]>> = {
  0: "hello", 1: "bye", 2: "ping",
  40: "joined", 41: "bye", 42: "event", 43: "ack", 44: "denied",
};

export interface Packet {
  readonly is: "hello" | "ping" | "joined" | "event" | "ack" | "denied" | "bye" | "noise";
  /** Of the call that an "ack" answers. */
  readonly id: number;
  readonly data: unknown;
}

export const PONG = "3";

const PACKET = /^(4?[0-4])(?:\/[^,]*,)?(\d*)(.*)$/s;

export function parse(text: string): Packet {
  const [, kind = "", id, body] = PACKET.exec(text) ?? [];
  const is = KINDS[kind] ?? "noise";
  return { is, id: Number(id), data: body && is !== "noise" ? JSON.parse(body) : undefined };
}

/** `40/visitor,{"inbox":"web"}` */
export function connect(namespace: string, auth: object): string {
  return `40${namespace},${JSON.stringify(auth)}`;
}

export function disconnect(namespace: string): string {
  return `41${namespace},`;
}

/** `id` asks for an acknowledgement. */
export function event(namespace: string, name: string, payload: unknown, id?: number): string {
  return `42${namespace},${id ?? ""}${JSON.stringify([name, payload])}`;
}
