// Runs inside one world, as its first process: builds it, runs the doctor on each Node, prints one JSON line per run.

import { build } from "./lab.ts";
import type { Scenario } from "./scenario.ts";

/** What a world is told, as JSON in the program's argument. */
export interface Orders {
  /** Absolute path of the scenario's file. */
  readonly file: string;
  readonly pki: string;
  readonly key: string;
  readonly publicRoots: string;
  /** Paths of the Nodes, each with the language of its run. */
  readonly runs: readonly {
    readonly node: string;
    readonly major: number;
    readonly language: "en" | "zh";
    readonly round: number;
  }[];
  /** A shell command to run in the client's namespace in place of the doctor, with the scenario's variables. */
  readonly exec?: string;
  /** A module whose default export is called with the world; what it gives back is printed. */
  readonly module?: string;
}

/** One line of output. */
export interface Told {
  readonly kind: "run" | "exec" | "module" | "error" | "built";
  readonly major?: number;
  readonly language?: string;
  readonly round?: number;
  readonly code?: number | null;
  readonly killed?: boolean;
  readonly ms?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly error?: string;
  readonly value?: unknown;
}

async function main(orders: Orders): Promise<void> {
  const { scenario } = (await import(orders.file)) as { scenario: Scenario };
  const began = performance.now();
  const lab = await build(scenario, orders.pki, orders.key);
  tell({ kind: "built", ms: Math.round(performance.now() - began) });
  if (orders.module !== undefined) {
    const { default: work } = (await import(orders.module)) as {
      default: (lab: unknown, orders: Orders) => Promise<unknown>;
    };
    tell({ kind: "module", value: await work(lab, orders) });
    return;
  }
  for (const { node, major, language, round } of orders.runs) {
    const env = lab.environment(scenario, node);
    const limit = scenario.limitMs ?? 30_000;
    if (orders.exec !== undefined) {
      const ran = await lab.run("c", ["bash", "-c", orders.exec], {
        env: { ...env, NODE: node },
        cwd: lab.project,
        timeoutMs: limit,
      });
      tell({ kind: "exec", major, ...ran });
      continue;
    }
    const args = [
      "--json",
      "--public-roots",
      orders.publicRoots,
      "--lang",
      language,
      ...(scenario.args ?? []).map((arg) => lab.fill(arg)),
    ];
    tell({ kind: "run", major, language, round, ...(await lab.doctor(node, args, env, limit)) });
  }
}

function tell(what: Told): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** The message with the place in the scenario that it comes from. */
function placed(error: Error): string {
  const place = error.stack?.split("\n").find((line) => line.includes("/tests/lab/scenarios/"));
  return place === undefined ? (error.stack ?? error.message) : `${error.message.trimEnd()}\n${place}`;
}

try {
  await main(JSON.parse(process.argv[2] ?? "") as Orders);
} catch (error) {
  tell({ kind: "error", error: error instanceof Error ? placed(error) : String(error) });
}
// What the scenario started still runs: the namespaces die with this process, and all that is in them.
process.stdout.write("", () => process.exit(0));
