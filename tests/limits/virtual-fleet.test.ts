// The proof of the limits in short: a few seeds in virtual time. `npm run limits:confirm` has the long form.

import { describe, expect, test } from "vitest";
import { play } from "./virtual-fleet.ts";

describe("four instances on one store, 1,000 requests a second against a limit of 400", () => {
  test.each(["limits-1", "limits-2"])("let no request too many through, and hardly one too few (%s)", async (seed) => {
    const { over, under, trades, longestMs } = await play(seed, 40_000);
    expect(over).toBe(0);
    expect(under).toBeLessThanOrEqual(0.02);
    expect(trades).toBeLessThanOrEqual(0.0195);
    // A tick and one round trip.
    expect(longestMs).toBeLessThanOrEqual(61);
  });

  test("go on alone while the store is away, and never wait for it longer than once", async () => {
    const { over, longestMs, under } = await play("away", 30_000, { away: [8_000, 20_000] });
    expect(over).toBeLessThanOrEqual(0.05 * 400 * 20);
    expect(under).toBeLessThanOrEqual(0.1);
    expect(longestMs).toBeLessThanOrEqual(121);
  });

  test("go on alone while the store is slow", async () => {
    const { gone, longestMs } = await play("slow", 20_000, { slow: { from: 6_000, to: 14_000, ms: 500 } });
    expect(gone).toBeLessThanOrEqual(1.05 * (400 + 400 * 20));
    expect(gone).toBeGreaterThanOrEqual(0.9 * 400 * 20);
    expect(longestMs).toBeLessThanOrEqual(121);
  });

  test("let no more through when the store's clock goes back, nor when it has forgotten everything", async () => {
    expect((await play("jump", 15_000, { jump: { at: 7_000, ms: -60_000 } })).over).toBe(0);
    const forgot = await play("forget", 15_000, { forgets: 7_000 });
    expect(forgot.gone).toBeLessThanOrEqual(1.05 * (400 + 400 * 15));
  });
});
