// Ports: reading them from the command line, and finding free ones when those asked for are taken.

import { createServer } from "node:net";
import { InvalidArgumentError } from "commander";

/** A port from 0 to 65535; 0 lets the system choose. Throws commander's error for arguments. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return port;
}

/** True when the port can be listened on now. */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** The lowest port from `from` on, in steps of ten, that is free together with those at the offsets from it. */
export async function nextFree(from: number, offsets: readonly number[]): Promise<number | undefined> {
  for (let port = from; port < Math.min(from + 1_000, 65_000); port += 10) {
    const all = await Promise.all([0, ...offsets].map((offset) => isFree(port + offset)));
    if (all.every(Boolean)) return port;
  }
  return undefined;
}
