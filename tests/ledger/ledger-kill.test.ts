// The short form of `npm run ledger:kill`: a gateway's ledger killed at each of its points, compared with the bill.

import { expect, test } from "vitest";
import { killRun } from "./kill-run.ts";
import { socketRun } from "./socket-run.ts";
import { sqliteHarm } from "./store-harm.ts";

test("killed at every point of its work, the ledger loses nothing, doubles nothing, and says what the bill says", async () => {
  const store = "sqlite:{folder}/ledger.db";
  const result = await killRun({ kills: 10, attempts: 4_000, seed: "short", store, harm: sqliteHarm });
  const { lost, double, wrong, drift, sumsHold, leftInSpool, aborted, billed } = result;
  expect({ lost, double, wrong, drift, sumsHold, leftInSpool }).toEqual({
    lost: 0,
    double: 0,
    wrong: 0,
    drift: 0,
    sumsHold: true,
    leftInSpool: 0,
  });
  expect(billed).toBeGreaterThan(500);
  // What cut and left answers cost is worked out: within one per cent in sum.
  expect(Math.abs(aborted.told / aborted.billed - 1)).toBeLessThan(0.01);
}, 60_000);

test("after gateways were killed, the upstream's own report settles what was estimated, to the token and the pico-dollar", async () => {
  const result = await socketRun({ kills: 2, attempts: 200, seed: "settle", store: "sqlite:{folder}/ledger.db" });
  expect(result.crashed.rows + result.aborted.rows).toBeGreaterThan(0);
  const { offBefore, offAfter, bookedAgain, refused, agrees, corrections } = result;
  expect(offBefore).toBeGreaterThan(0);
  expect(corrections).toBe(1);
  expect({ offAfter, bookedAgain, refused, agrees }).toEqual({
    offAfter: 0,
    bookedAgain: 0,
    refused: [],
    agrees: true,
  });
}, 60_000);
