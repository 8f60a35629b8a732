// The text packets of Engine.IO v4 with Socket.IO v5 inside, as data. Pure: knows no socket and no timer.
// Binary attachments, rooms and several namespaces on one socket do not exist here: nobody on our wire uses them.

export type Packet =
  | { readonly is: "hello"; readonly life: number }
  | { readonly is: "ping" }
  | { readonly is: "bye" }
  | { readonly is: "joined" }
  | { readonly is: "denied"; readonly data: unknown }
  | { readonly is: "event"; readonly name: string; readonly data: unknown }
  | { readonly is: "ack"; readonly id: number; readonly data: unknown }
  | { readonly is: "noise" };

export const PONG = "3";

const NOISE: Packet = { is: "noise" };
const MESSAGE = /^4([0-4])(?:\/[^,]*,)?(\d*)(.*)$/s;

/** Reads one packet. `life` is how many milliseconds of silence mean a dead connection. */
export function parse(text: string): Packet {
  switch (text[0]) {
    case "0": {
      const hello = JSON.parse(text.slice(1)) as { pingInterval: number; pingTimeout: number };
      return { is: "hello", life: hello.pingInterval + hello.pingTimeout };
    }
    case "1":
      return { is: "bye" };
    case "2":
      return { is: "ping" };
    default:
      return parseMessage(text);
  }
}

function parseMessage(text: string): Packet {
  const [, kind, id, body] = MESSAGE.exec(text) ?? [];
  const data: unknown = body ? JSON.parse(body) : null;
  switch (kind) {
    case "0":
      return { is: "joined" };
    case "1":
      return { is: "bye" };
    case "2": {
      const [name, payload] = data as [string, unknown];
      return { is: "event", name, data: payload };
    }
    case "3":
      return { is: "ack", id: Number(id), data: (data as unknown[])[0] };
    case "4":
      return { is: "denied", data };
    default:
      return NOISE;
  }
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
