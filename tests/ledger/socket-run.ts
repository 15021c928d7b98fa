// Whole gateways killed at random moments, between real clients and a real simulator whose bill is compared.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pick, seededRandom, systemRuntime } from "@fairlead/runtime";
import { startSimulator } from "@fairlead/simulator";
import { type KillResult, type KillRun, tear } from "./kill-run.ts";
import { startGateway } from "./killed-gateway.ts";
import { type Settled, settleWithReport } from "./report-settlement.ts";
import { nameOf, SocketBill } from "./socket-bill.ts";
import { ask, CLIENTS, KEY } from "./socket-clients.ts";

/** The simulator keeps this many of its last bills: no process may see more requests. */
const BOOK = 20_000;

/** What came out, and what booking the upstream's report did. */
export type SocketResult = KillResult & Settled;

/**
 * Kills gateways under load. Each is killed while its clients ask, after a number of requests by chance; the bill is
 * taken over between two of them. `slowShare`: of the answers, those at 600 tokens a second (1); others come at once.
 */
export async function socketRun(run: KillRun & { readonly slowShare?: number | undefined }): Promise<SocketResult> {
  const { slowShare = 1 } = run;
  if (run.attempts / run.kills > BOOK / 4)
    throw new Error(`at most ${BOOK / 4} attempts for each process with --sockets: kill more of them`);
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kill-sockets-"));
  const cache = join(folder, "cache");
  const began = performance.now();
  const random = seededRandom(run.seed);
  const store = run.store.replace("{folder}", folder);
  const regions = [{ name: "local", port: 0, tokensPerSecond: 600, firstTokenMs: 15, latencyMs: 1 }];
  const log = { maxEntries: BOOK, maxBytes: 1_000_000_000 };
  const simulator = await startSimulator({ controlPort: 0, regions, seed: run.seed, log }, systemRuntime());
  const file = join(folder, "fairlead.yaml");
  const upstream = `{ name: one, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "\${UP}", proxy: none }`;
  // One attempt for each request: the client's name for it is then the attempt's.
  writeFileSync(
    file,
    `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: [${upstream}]\nstore: "${store}"\ndata_dir: ./data\nretry: { attempts: 1 }\nlog: { requests: false }\nprojects: [{ name: web, keys: [${KEY}] }]\n`,
  );
  const harm = run.harm?.(folder);
  const harmed = new Map<string, number>();
  const bill = new SocketBill(run.attempts * 2 + run.kills * 1_000);
  let tornTails = 0;
  let sent = 0;
  try {
    // The first ends by itself: what is killed leaves no compiled code to those after it.
    await ended(await startGateway(file, cache));
    for (let n = 0; n < run.kills; n++) {
      const gateway = await startGateway(file, cache);
      const killed = new Promise<void>((resolve) => gateway.child.once("exit", () => resolve()));
      const share = Math.ceil(Math.max(0, run.attempts - sent) / (run.kills - n));
      const last = sent + (n === run.kills - 1 ? share : 1 + pick(random, Math.max(1, 2 * share - 1)));
      let alive = true;
      const client = async () => {
        while (alive) {
          const asked = ask(gateway.url, nameOf(run.seed, sent++), random, slowShare);
          if (sent === last)
            setTimeout(
              () => {
                alive = !gateway.child.kill("SIGKILL");
              },
              pick(random, 20),
            );
          await asked;
        }
      };
      const worse = harm?.kinds.find(({ every }) => n % every === every - 1);
      const hurt = worse?.run();
      await Promise.all(Array.from({ length: CLIENTS }, client));
      await killed;
      await hurt;
      if (worse !== undefined) harmed.set(worse.name, (harmed.get(worse.name) ?? 0) + 1);
      await bill.take(simulator);
      if (n % 7 === 3 && tear(join(folder, "data"), random)) tornTails += 1;
      run.told?.(n + 1, run.kills);
    }
    const last = await startGateway(file, cache);
    // Rows go to the store 50 ms after they were found; the drain ships what is left.
    await pause(1_500);
    await ended(last);
    const verdict = await bill.compare(store, join(folder, "data"));
    const seconds = (performance.now() - began) / 1_000;
    const byPoint = new Map([["random", run.kills]]);
    const settled = await settleWithReport(simulator, store, folder);
    return { ...verdict, kills: run.kills, byPoint, harmed, tornTails, seconds, ...settled };
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends one as an operator would. */
function ended({ child }: Awaited<ReturnType<typeof startGateway>>): Promise<unknown> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  return gone;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
