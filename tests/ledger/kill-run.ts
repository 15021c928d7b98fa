// Kills gateways' ledgers one after the other, harms their spool and their store, and compares the ledger with the bill.

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pick, type Random, seededRandom } from "@fairlead/runtime";
import type { DoomedPlan } from "./doomed.ts";
import { type KillPlan, killPlan } from "./kill-points.ts";
import { compare, type Verdict } from "./settlement.ts";

/** Harm that is done to the store while processes write to it. */
export interface StoreHarm {
  /** What is done now and then; resolves when the store works again. */
  readonly kinds: ReadonlyArray<{ readonly name: string; readonly every: number; run(): Promise<void> }>;
}

/** A run. */
export interface KillRun {
  readonly kills: number;
  readonly attempts: number;
  readonly seed: string;
  /** Address of the store, `sqlite:` with the folder of the run in place of `{folder}`. */
  readonly store: string;
  readonly harm?: ((folder: string) => StoreHarm) | undefined;
  /** Told after each process. */
  readonly told?: ((done: number, of: number) => void) | undefined;
}

/** What came out. */
export interface KillResult extends Verdict {
  readonly kills: number;
  /** Processes that were killed at each point, and those that ended before. */
  readonly byPoint: ReadonlyMap<string, number>;
  readonly harmed: ReadonlyMap<string, number>;
  readonly tornTails: number;
  readonly seconds: number;
}

/** Bytes of a bill for an attempt, measured. */
const BYTES_OF_ATTEMPT = 90;

const CHILD = fileURLToPath(new URL("./doomed.ts", import.meta.url));

/** Runs it, and settles. */
export async function killRun(run: KillRun): Promise<KillResult> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kill-"));
  const began = performance.now();
  const random = seededRandom(run.seed);
  const byPoint = new Map<string, number>();
  const harmed = new Map<string, number>();
  let tornTails = 0;
  try {
    mkdirSync(join(folder, "data"));
    const bill = join(folder, "bill.txt");
    writeFileSync(bill, "");
    const store = run.store.replace("{folder}", folder);
    const harm = run.harm?.(folder);
    const plan = (n: number, kill: KillPlan, attempts: number): DoomedPlan => {
      const seed = `${run.seed}/${n}`;
      return { run: n, seed, folder: join(folder, "data"), store, bill, attempts, kill, drainMs: 1_000_000 };
    };
    let made = 0;
    for (let n = 0; n < run.kills; n++) {
      const kill = killPlan(n, random);
      // A process that is killed early makes fewer attempts: those after it make up for it.
      const share = Math.ceil((run.attempts - made) / (run.kills - n));
      const child = start(plan(n, kill, Math.max(500, share)));
      const worse = harm?.kinds.find(({ every }) => n % every === every - 1);
      const hurt = worse?.run();
      const how = await ended(child);
      await hurt;
      if (worse !== undefined) harmed.set(worse.name, (harmed.get(worse.name) ?? 0) + 1);
      const name = how === "SIGKILL" ? kill.point : how === 0 ? "ended first" : `failed: ${how}`;
      byPoint.set(name, (byPoint.get(name) ?? 0) + 1);
      if (how !== 0 && how !== "SIGKILL") throw new Error(`process ${n} ended with ${how}`);
      made = lines(bill);
      if (n % 7 === 3 && tear(join(folder, "data"), random)) tornTails += 1;
      run.told?.(n + 1, run.kills);
    }
    const last = await ended(start(plan(run.kills, { point: "none", at: 0 }, 200)));
    if (last !== 0) throw new Error(`the last process ended with ${last}`);
    const verdict = await compare(store, bill, join(folder, "data"));
    const seconds = (performance.now() - began) / 1_000;
    return { ...verdict, kills: run.kills, byPoint, harmed, tornTails, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(plan: DoomedPlan): ChildProcess {
  // A thousand starts of the same program.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(plan.folder, "..", "cache") };
  return spawn(process.execPath, [CHILD, JSON.stringify(plan)], { env, stdio: ["ignore", "ignore", "inherit"] });
}

function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal ?? code ?? "unknown"));
  });
}

/** About how many attempts a bill tells of: a line each at its beginning, one at its end, one for each piece between. */
function lines(bill: string): number {
  return Math.floor(statSync(bill).size / BYTES_OF_ATTEMPT);
}

/** Adds half a record, or zeros, behind what a dead process wrote last. Whether there was anything to tear. */
export function tear(data: string, random: Random): boolean {
  const spool = join(data, "spool");
  const folders = readdirSync(spool).filter((name) => name.startsWith("i-"));
  for (const name of folders) {
    const segment = readdirSync(join(spool, name))
      .filter((one) => one.endsWith(".wal"))
      .sort()
      .at(-1);
    if (segment === undefined) continue;
    const junk = Buffer.alloc(1 + pick(random, 600));
    if (random.next() < 0.5) Buffer.from([0xff, 0xfe, 0x46, 0x4c, 0xf0, 0, 0, 0, 1, 2, 3, 4]).copy(junk);
    appendFileSync(join(spool, name, segment), junk);
    return true;
  }
  return false;
}
