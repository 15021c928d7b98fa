// What most worlds of the confirmation have in common: how long answers take, and how many are asked for.

import type { Platform } from "./platform.ts";

/** Output tokens per second of every region. */
export const SPEED = 80;

/** Lets a region answer as quickly as a small model does: 150 ms to the first content, then 80 tokens a second. */
export async function pace(simulator: Platform, firstMs = 150): Promise<void> {
  for (const { name } of simulator.regions)
    await simulator.set(name, {
      firstTokenMs: { kind: "lognormal", median: firstMs, sigma: 0.3 },
      tokensPerSecond: SPEED,
    });
}

/** Arguments of a load whose answers take half a second or so. */
export const ANSWERS = ["--answer-tokens", "30", "--max-tokens", "60", "--prompt-tokens", "60"] as const;

/** Where answers take one second on average, as widely spread as real ones: 250 ms, then 60 tokens, lognormal. */
export const SPREAD = {
  firstMs: 250,
  args: ["--answer-tokens", "60~0.8", "--max-tokens", "1000", "--prompt-tokens", "60"],
} as const;
