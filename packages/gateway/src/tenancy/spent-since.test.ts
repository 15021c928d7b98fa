// What a budget for some models finds in the ledger: by the name that was asked for, whichever model answered.

import { virtualRuntime } from "@fairlead/runtime";
import { type LedgerRow, memoryStores } from "@fairlead/stores";
import { madeRow } from "@fairlead/stores/conformance";
import { describe, expect, test } from "vitest";
import type { Config } from "../config/config.ts";
import type { AccountSpec } from "./account.ts";
import { projectScope } from "./rules.ts";
import { spentSince } from "./spent-since.ts";

const WINDOW = Date.UTC(2026, 10, 22);

async function spent(match: string | undefined, rows: readonly Partial<LedgerRow>[], aliases = {}): Promise<bigint> {
  const { ledger } = memoryStores(virtualRuntime("spent").clock);
  await ledger.append(rows.map((row, i) => madeRow(`att_${i}`, { at: WINDOW + i, project: "web", ...row })));
  const models = Object.entries(aliases).map(([name, model]) => ({
    match: name,
    upstreams: [{ upstream: "a", model }],
  })) as unknown as Config["models"];
  const spec = { scope: projectScope("web"), match, dimension: "usd_per_day" } as AccountSpec;
  return spentSince(ledger, () => models)(spec, WINDOW);
}

describe("a budget for", () => {
  test("all models counts all, of its project alone", async () => {
    const rows = [{ picoUsd: 5 }, { picoUsd: 7 }, { picoUsd: 100, project: "other" }];
    expect(await spent(undefined, rows)).toBe(12n);
  });

  test("one model counts answers that tell of its dated name", async () => {
    const rows = [
      { modelAsked: "claude-opus-4-5", modelServed: "claude-opus-4-5-20251101", picoUsd: 5 },
      { modelAsked: "claude-haiku-4-5", modelServed: "claude-haiku-4-5-20251001", picoUsd: 100 },
    ];
    expect(await spent("claude-opus-4-5", rows)).toBe(5n);
    expect(await spent("claude-opus-*", rows)).toBe(5n);
  });

  test("an alias counts what was asked for by it, not what its model did under another name", async () => {
    const rows = [
      { modelAsked: "fast", modelServed: "claude-haiku-4-5-20251001", picoUsd: 5 },
      { modelAsked: "claude-haiku-4-5", modelServed: "claude-haiku-4-5-20251001", picoUsd: 100 },
      { modelAsked: "other", modelServed: "claude-haiku-4-5-20251001", picoUsd: 1_000 },
      { modelAsked: "fast", modelServed: "claude-opus-5", picoUsd: 10_000 },
    ];
    const aliases = { fast: "claude-haiku-4-5", other: "claude-haiku-4-5" };
    expect(await spent("fast", rows, aliases)).toBe(5n);
    expect(await spent("claude-haiku-*", rows, aliases)).toBe(1_105n);
  });

  test("an alias with more rows than are looked at has the part that it has of these", async () => {
    const rows = Array.from({ length: 12_000 }, (_, i) => ({
      modelAsked: i % 4 === 0 ? "fast" : "claude-haiku-4-5",
      modelServed: "claude-haiku-4-5",
      picoUsd: 8,
    }));
    expect(await spent("fast", rows, { fast: "claude-haiku-4-5" })).toBe(24_000n);
  });
});
