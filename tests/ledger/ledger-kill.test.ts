// The short form of `npm run ledger:kill`: a gateway's ledger killed at each of its points, compared with the bill.

import { expect, test } from "vitest";
import { killRun } from "./kill-run.ts";
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
