// Whole gateways killed at random moments, between real clients and a real simulator whose bill is compared.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readUsage, totalInput } from "@fairlead/protocol";
import { pick, type Random, seededRandom, systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import type { LedgerRow } from "@fairlead/stores";
import type { KillResult, KillRun } from "./kill-run.ts";
import { openStore } from "./kill-store.ts";
import type { Estimated } from "./settlement.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Clients at once. */
const CLIENTS = 24;
/** The simulator keeps its last 10,000 bills: a run is compared before they are more. */
const MOST_REQUESTS = 8_000;

/** Kills gateways under load; at most 8,000 requests. */
export async function socketRun(run: KillRun): Promise<KillResult> {
  if (run.attempts > MOST_REQUESTS)
    throw new Error(`with --sockets a part has ${MOST_REQUESTS} attempts at most: play several with other seeds`);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kill-sockets-"));
  const began = performance.now();
  const random = seededRandom(run.seed);
  const store = run.store.replace("{folder}", folder);
  const regions = [{ name: "local", port: 0, tokensPerSecond: 600, firstTokenMs: 15, latencyMs: 1 }];
  const simulator = await startSimulator({ controlPort: 0, regions, seed: run.seed }, systemRuntime());
  const file = join(folder, "fairlead.yaml");
  const upstream = `{ name: one, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "\${UP}", proxy: none }`;
  // One attempt for each request: the client's name for it is then the attempt's.
  writeFileSync(
    file,
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [${upstream}]\nstore: "${store}"\ndata_dir: ./data\nretry: { attempts: 1 }\nlog: { requests: false }\nprojects: [{ name: web, keys: [${KEY}] }]\n`,
  );
  let sent = 0;
  try {
    const each = Math.ceil(run.attempts / run.kills);
    for (let n = 0; n < run.kills; n++) {
      const gateway = await startGateway(file);
      const until = sent + each;
      const killed = new Promise<void>((resolve) => gateway.child.once("exit", () => resolve()));
      const load = Promise.all(
        Array.from({ length: CLIENTS }, async () => {
          while (sent < until && gateway.child.exitCode === null && gateway.child.signalCode === null)
            await ask(gateway.url, `${run.seed}-${sent++}`, random);
        }),
      );
      await Promise.race([load, pause(30 + pick(random, 2_500))]);
      gateway.child.kill("SIGKILL");
      await killed;
      await load;
      run.told?.(n + 1, run.kills);
    }
    const last = await startGateway(file);
    await handedOver(last.admin);
    last.child.kill("SIGTERM");
    await new Promise((resolve) => last.child.once("exit", resolve));
    return await settle(run, simulator, store, folder, (performance.now() - began) / 1_000);
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startGateway(file: string): Promise<{ child: ChildProcess; url: string; admin: string }> {
  const args = [join(ROOT, "packages/cli/bin/fairlead.js"), "gateway", "-c", file];
  const env = { ...process.env, UP: "sk-up-0123456789abcdef", NODE_OPTIONS: "" };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      text += chunk;
      const found = /data (http:\S+), admin (http:[^"\s]+)/.exec(text);
      if (found !== null) resolve({ child, url: found[1] as string, admin: found[2] as string });
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", () => reject(new Error(`the gateway did not start:\n${text}`)));
  });
}

/** Rows go to the store 50 ms after they were found; the drain ships what is left. */
function handedOver(_admin: string): Promise<void> {
  return pause(1_500);
}

/** One request, read to its end or left in the middle. Never rejects: the gateway may be killed at any moment. */
function ask(base: string, name: string, random: Random): Promise<void> {
  const leaves = random.next() < 0.1;
  const stream = random.next() < 0.8;
  const words = 10 + pick(random, 60);
  const body = JSON.stringify({
    model: "claude-haiku-5-5",
    max_tokens: 400,
    stream,
    messages: [{ role: "user", content: `Write ${words} words. ${"context ".repeat(pick(random, 200))}` }],
  });
  return new Promise((resolve) => {
    const done = () => resolve();
    const req: ClientRequest = httpRequest(
      `${base}/v1/messages`,
      {
        method: "POST",
        agent: AGENT,
        headers: {
          "x-api-key": KEY,
          "anthropic-version": "2023-06-01",
          "content-type": "application/json",
          "x-client-request-id": name,
        },
      },
      (res) => {
        res.on("data", () => {
          if (leaves) req.destroy();
        });
        res.on("close", done);
        res.on("error", done);
      },
    );
    req.on("error", done);
    req.end(body);
  });
}

const AGENT = new Agent({ keepAlive: true, maxSockets: CLIENTS });

async function settle(
  run: KillRun,
  simulator: Simulator,
  store: string,
  folder: string,
  seconds: number,
): Promise<KillResult> {
  // Answers that nobody reads any more are billed when they are given up.
  while (simulator.bills().bills.some(({ state }) => state === "open")) await pause(50);
  const names = new Map<number, string>();
  for (const entry of simulator.log.entries)
    names.set(entry.id, entry.headers.find(([name]) => name.toLowerCase() === "x-client-request-id")?.[1] ?? "");
  const bills = new Map(simulator.bills().bills.map((bill) => [names.get(bill.logId) ?? "", bill]));
  const stores = await openStore(store, systemRuntime().clock);
  const seen = new Map<string, number>();
  const crashed: Estimated = { rows: 0, told: 0, billed: 0 };
  const aborted: Estimated = { rows: 0, told: 0, billed: 0 };
  let rows = 0;
  let unseen = 0;
  let settled = 0;
  let wrong = 0;
  let drift = 0;
  let output = 0;
  const tokens = (row: LedgerRow) =>
    row.inputTokens + row.cacheReadTokens + row.cacheWrite5mTokens + row.cacheWrite1hTokens + row.outputTokens;
  try {
    for (let before: string | undefined, more = true; more; ) {
      const page = await stores.ledger.rows({}, 1_000, before);
      for (const row of page.rows) {
        rows += 1;
        output += row.outputTokens;
        const name = row.callerRequestId ?? "";
        seen.set(name, (seen.get(name) ?? 0) + 1);
        const bill = bills.get(name);
        const usage = readUsage(bill?.usage);
        const billed = totalInput(usage) + usage.outputTokens;
        if (bill === undefined) unseen += 1;
        else if (row.estimated) {
          const into = row.ended === "crashed" ? crashed : aborted;
          into.rows += 1;
          into.told += tokens(row);
          into.billed += billed;
        } else {
          settled += 1;
          const off = Math.abs(totalInput(row) - totalInput(usage)) + Math.abs(row.outputTokens - usage.outputTokens);
          if (off > 0) wrong += 1;
          drift += off;
        }
      }
      before = page.next;
      more = before !== undefined;
    }
    const [all] = await stores.ledger.usage({}, []);
    return {
      billed: bills.size,
      rows,
      lost: [...bills.keys()].filter((name) => !seen.has(name)).length,
      double: [...seen.values()].reduce((sum, times) => sum + times - 1, 0),
      unseen,
      settled,
      wrong,
      drift,
      crashed,
      aborted,
      shippedTwice: 0,
      sumsHold: (all?.attempts ?? 0) === rows && (all?.outputTokens ?? 0) === output,
      leftInSpool: readdirSync(join(folder, "data", "spool")).length,
      kills: run.kills,
      byPoint: new Map([["random", run.kills]]),
      harmed: new Map(),
      tornTails: 0,
      seconds,
    };
  } finally {
    await stores.close();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
