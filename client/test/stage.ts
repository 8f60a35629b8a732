// The stage for the tests of the links: a real Socket.IO server in Python, and a network that can be broken at will.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const ROOT = resolve(import.meta.dirname, "../..");

export interface Ports {
  readonly both: number;
  readonly polling: number;
}

/** Starts `link_server.py`; `stop` ends it. */
export async function startServer(): Promise<{ ports: Ports; stop(): void }> {
  const own = resolve(ROOT, ".venv/bin/python");
  const python = process.env["PYTHON"] ?? (existsSync(own) ? own : "python3");
  const child = spawn(python, [resolve(import.meta.dirname, "link_server.py")], { stdio: ["ignore", "pipe", "inherit"] });
  const ports = await new Promise<Ports>((ready, failed) => {
    createInterface({ input: child.stdout }).once("line", (line) => ready(JSON.parse(line) as Ports));
    child.once("exit", (code) => failed(new Error(`link_server.py ended with ${code}`)));
  });
  return { ports, stop: () => void child.kill() };
}

/** A TCP proxy in front of `target`: the network between a visitor and us. */
export class Network {
  port = 0;
  private refusing = false;
  private stalled = false;
  private pairs = new Set<[Socket, Socket]>();
  private server = createServer((near) => this.join(near));

  constructor(private target: number) {}

  async start(): Promise<void> {
    await new Promise<void>((ready) => this.server.listen(0, "127.0.0.1", ready));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Breaks every connection that stands, as a phone does that changes its network. */
  cut(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  /** No new connections. */
  refuse(on: boolean): void {
    this.refusing = on;
  }

  /** Connections stand and nothing passes: a half-open TCP connection. */
  stall(on: boolean): void {
    this.stalled = on;
  }

  stop(): void {
    this.cut();
    this.server.close();
  }

  private join(near: Socket): void {
    if (this.refusing) return void near.destroy();
    const far = connect(this.target, "127.0.0.1");
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      from.on("data", (bytes) => this.stalled || to.write(bytes));
      from.on("error", () => {});
      from.on("close", () => {
        this.pairs.delete(pair);
        to.destroy();
      });
    }
  }
}
