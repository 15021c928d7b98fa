// Kills processes in the middle of their appends and looks whether the ledger kept its word.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Stores } from "@fairlead/stores";
import { madeRow } from "@fairlead/stores/conformance";
import { expect } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Starts an appender, kills it with SIGKILL in the middle, returns how many rows it was told are kept. */
export async function killAppender(address: string, prefix: string, afterBatches: number): Promise<number> {
  const args = ["--conditions=source", `${ROOT}tests/stores/appender.ts`, address, prefix];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      text += chunk;
      // Not at the end of a batch, but while the next one is under way.
      if (text.split("\n").length > afterBatches) setTimeout(() => child.kill("SIGKILL"), Math.random() * 4);
    });
    child.once("exit", (_code, signal) => (signal === "SIGKILL" ? resolve() : reject(new Error(complaints))));
  });
  return Number(text.trimEnd().split("\n").at(-1));
}

/** All that was acknowledged is there, batches are whole, and telling everything again adds only what was missing. */
export async function checkAfterKill(stores: Stores, prefix: string, acked: number): Promise<void> {
  const kept = new Set<string>();
  for (let before: string | undefined, first = true; first || before !== undefined; first = false) {
    const page = await stores.ledger.rows({}, 1_000, before);
    for (const { attemptId } of page.rows) if (attemptId.startsWith(`${prefix}_`)) kept.add(attemptId);
    before = page.next;
  }
  for (let n = 0; n < acked; n += 1) expect(kept.has(`${prefix}_${n}`)).toBe(true);
  expect([acked, acked + 20]).toContain(kept.size);
  const all = Array.from({ length: acked + 20 }, (_, n) => madeRow(`${prefix}_${n}`));
  expect(await stores.ledger.append(all)).toBe(acked + 20 - kept.size);
}
