// How a fault puts frames of its own into a running stream.

import { frame } from "../dialects/messages-sse.ts";
import type { Strike } from "./kind.ts";

/** Writes one frame: event name and data. */
export async function insert(strike: Strike, name: string, data: unknown): Promise<"go-on"> {
  await strike.running?.write(frame(name, typeof data === "string" ? data : JSON.stringify(data)));
  return "go-on";
}

/** Index of the block that is open, or was last. */
export function currentIndex(strike: Strike): number {
  const last = strike.running?.last;
  return last !== undefined && "index" in last ? last.index : 0;
}
