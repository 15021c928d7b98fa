// A process with a meter, a spool and a shipper, driven at speed until somebody kills it. Run by kill-run.ts.

import { type Exchange, newTally } from "@fairlead/engine";
import { openLedger } from "@fairlead/gateway/ledger";
import { Signal, seededRandom, systemRuntime } from "@fairlead/runtime";
import type { Ledger } from "@fairlead/stores";
import type { KillPlan } from "./kill-points.ts";
import { openStore } from "./kill-store.ts";
import { SCRIPTED_MODEL, ScriptedUpstream, scriptOf } from "./scripted-upstream.ts";

/** What a process is told to do. */
export interface DoomedPlan {
  readonly run: number;
  readonly seed: string;
  readonly folder: string;
  readonly store: string;
  readonly bill: string;
  readonly attempts: number;
  readonly kill: KillPlan;
  /** How long it tries to hand over what is left before it ends well, milliseconds. */
  readonly drainMs: number;
}

/** Attempts under way at once. */
const ABREAST = 48;
/** A small segment, so that several are begun and removed in the life of one process, bytes. */
const SEGMENT = 200_000;

const plan = JSON.parse(process.argv[2] ?? "{}") as DoomedPlan;
const rt = systemRuntime();
const random = seededRandom(plan.seed);
const stores = await openStore(plan.store, rt.clock);
const upstream = new ScriptedUpstream(plan.bill, random);

let left = plan.kill.at;
const fault = (point: string) => {
  if (point !== plan.kill.point) return;
  left -= 1;
  if (left <= 0) process.kill(process.pid, "SIGKILL");
};
if (plan.kill.point === "random") setTimeout(() => process.kill(process.pid, "SIGKILL"), plan.kill.at);

const counted: Pick<Ledger, "append" | "expire"> = {
  async append(rows) {
    const fresh = await stores.ledger.append(rows);
    if (fresh < rows.length) upstream.note(`twice ${rows.length - fresh}`);
    return fresh;
  },
  expire: async () => 0,
};
const config = { ledger: { keep: 86_400_000 * 400, spool: 1 << 30 }, prices: [], projects: [], data_dir: plan.folder };
const service = openLedger(
  config,
  { kind: stores.kind, records: stores.records, ledger: { ...stores.ledger, ...counted } },
  rt,
  {
    fault,
    segment: SEGMENT,
    instance: `run-${plan.run}`,
  },
);
const policy = service.meter(rt);
const body = Buffer.alloc(4_000, 120);

let next = 0;
async function chain(): Promise<void> {
  while (next < plan.attempts) {
    const n = next++;
    const script = scriptOf(random);
    const signal = new Signal();
    const tally = newTally();
    const x: Exchange = {
      id: `req_${plan.run}_${n}`,
      attempt: 0,
      method: "POST",
      path: "/v1/messages",
      headers: [],
      body,
      look: {
        dialect: "claude",
        model: SCRIPTED_MODEL,
        modelSpans: [],
        stream: true,
        maxTokens: 100,
        userId: undefined,
      },
      principal: { project: `p${n % 7}`, keyId: `k_${n % 31}` },
      signal,
      deadline: Number.POSITIVE_INFINITY,
      once: false,
      callerRetries: 0,
      target: upstream.target,
      priority: "interactive",
      tally,
      tried: [],
    };
    // Like a retry: the same request, another attempt.
    for (let tries = script === "error" ? 2 : 1; tries > 0; tries--) {
      tally.attempts += 1;
      await attempt(x, tries === 1 && script === "error" ? "whole" : script);
    }
  }
}

async function attempt(x: Exchange, script: ReturnType<typeof scriptOf>): Promise<void> {
  let abort: (() => void) | undefined;
  const leave = () => {
    (x.signal as Signal).abort("the client closed the connection");
    abort?.();
  };
  const outcome = await policy.handle(x, (one) => upstream.answer(one, script, leave));
  if (!outcome.ok) return;
  const { flow } = outcome;
  abort = () => flow.abort({ verdict: "cancelled", code: "client_gone", type: "", message: "the client left" });
  flow.pipe({ write: () => true, end() {}, fail() {} });
  await flow.ended;
}

await Promise.all(Array.from({ length: ABREAST }, () => chain()));
const until = rt.clock.now() + plan.drainMs;
while (service.figures().rowsWaiting > 0 && rt.clock.now() < until) {
  await service.flush();
  await new Promise((resolve) => void setTimeout(resolve, 20));
}
await service.close();
await stores.close();
process.exit(0);
