// Plays one cell of the grid: the fault straight from the simulator, with a healthy upstream beside it, and alone.

import type { GridCell, Sighting } from "@fairlead/simulator";
import { MODEL, type Stand, startStand } from "./stand.ts";

/** Time-outs of the gateway that the cells are played on, milliseconds. A cell's silence is measured against these. */
export const TIMES = { connect: 300, head: 800, first_token: 1_000, idle: 800, total: 8_000 } as const;
/** Attempts that a request gets. */
export const ATTEMPTS = 3;
/** Longer than any of TIMES but `total`: what is late is late beyond doubt. Milliseconds. */
const LATE_MS = 1_600;

/** Parameters in place of a fault's own, so that lateness is measured against TIMES and a fresh connection will do. */
export const PARAMS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "slow-first-byte": { ms: LATE_MS },
  "keep-alive-race": { fresh: true },
  "ping-only": { everyMs: 100, ms: 600 },
  "malformed-event": { position: 3 },
  "slow-drip": { everyMs: 5, bytes: 64 },
};

const CONFIG = `
timeouts: { ${Object.entries(TIMES)
  .map(([name, ms]) => `${name}: ${ms}ms`)
  .join(", ")} }
retry: { attempts: ${ATTEMPTS} }
log: { requests: false }`;

/** An answer that thinks, speaks and calls a tool, word for word the same each time, some milliseconds between its events. */
const ANSWER = JSON.stringify({
  blocks: [
    { type: "thinking", words: 40 },
    { type: "text", words: 40 },
    { type: "tool_use", name: "Bash", input: { command: "echo of a file that is long enough to be sent in pieces" } },
  ],
  delta_chars: 24,
  tokens_per_second: 2_000,
});

/** What the gateway made of a fault. */
export interface Run {
  readonly seen: Sighting;
  /** Connections and requests that the simulator counted, by region. */
  readonly reached: Readonly<Record<string, number>>;
  /** Request ids that the first region gave. */
  readonly ids: readonly string[];
  /** Whether the fault struck, as far as the simulator can tell. */
  readonly fired: boolean;
}

/** One cell, played four ways. */
export interface Play {
  readonly cell: GridCell;
  /** The fault as the simulator sends it, to a client without a gateway. */
  readonly direct: Sighting;
  /** Through the gateway, with a healthy second upstream. */
  readonly pair: Run;
  /** Through the gateway, with no other upstream. */
  readonly alone: Run;
  /** As `pair`, with streams held until they are whole; undefined for JSON, which always is. */
  readonly held: Run | undefined;
}

/** The request of every cell: few tokens, so that a JSON answer that never comes is given up soon. */
export function question(streamed: boolean): Record<string, unknown> {
  return {
    model: MODEL,
    max_tokens: 24,
    stream: streamed,
    thinking: { type: "adaptive" },
    tools: [{ name: "Bash", input_schema: { type: "object", properties: { command: { type: "string" } } } }],
    messages: [{ role: "user", content: "A question." }],
  };
}

/** The answer to `question` when nothing is wrong. */
export async function faultless(streamed: boolean): Promise<Sighting> {
  const stand = await startStand({ regions: ["first"] });
  try {
    return await ask(stand, streamed, 2_000, "first");
  } finally {
    await stand.close();
  }
}

/** Plays a cell. Each way has a simulator, a gateway, and so breakers, of its own. */
export async function play(cell: GridCell): Promise<Play> {
  const direct = await onStand(cell, ["first"], (stand) => {
    const patienceMs = cell.fault === "slow-first-byte" || cell.fault === "ping-only" ? LATE_MS + 1_000 : 400;
    return ask(stand, cell.streamed, patienceMs, "first");
  });
  const both = ["first", "second"];
  const [pair, alone, held] = await Promise.all([
    onStand(cell, both, (stand) => run(stand, cell)),
    onStand(cell, ["first"], (stand) => run(stand, cell)),
    cell.streamed ? onStand(cell, both, (stand) => run(stand, cell), "\nrecover: { hold: whole }") : undefined,
  ]);
  return { cell, direct, pair, alone, held };
}

async function onStand<T>(
  cell: GridCell,
  regions: readonly string[],
  act: (stand: Stand) => Promise<T>,
  more = "",
): Promise<T> {
  const stand = await startStand({ regions, config: CONFIG + more });
  try {
    const params = PARAMS[cell.fault];
    stand.fault({
      kind: cell.fault,
      phase: cell.phase,
      filter: { region: "first" },
      ...(params === undefined ? {} : { params }),
    });
    await stand.simulator.settled();
    return await act(stand);
  } finally {
    await stand.close();
  }
}

async function run(stand: Stand, cell: GridCell): Promise<Run> {
  const seen = await ask(stand, cell.streamed, TIMES.total + 2_000);
  const reached = Object.fromEntries(stand.simulator.regions.map(({ name }) => [name, stand.reached(name).length]));
  const entries = stand.reached("first");
  const fired = entries.some(({ faults }) => faults.some((mark) => mark.fired));
  return { seen, reached, ids: entries.map(({ requestId }) => requestId), fired };
}

function ask(stand: Stand, streamed: boolean, patienceMs: number, direct?: string): Promise<Sighting> {
  const headers = { "x-simulator-answer": ANSWER };
  return stand.ask(question(streamed), { headers, patienceMs, mostMs: TIMES.total + 2_000 }, direct);
}
