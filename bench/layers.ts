// What the parts cost without sockets: each layer of the engine, a chunk through a flow, the scan of a body.
// Run: node_modules/.bin/node --conditions=source bench/layers.ts
import { setImmediate as turn } from "node:timers/promises";
import {
  ADMISSION_OPTIONS,
  Admission,
  admit,
  BALANCE_OPTIONS,
  Balancer,
  BREAKER_OPTIONS,
  breaker,
  bytesSource,
  commit,
  deadline,
  type Exchange,
  Flow,
  Health,
  healthNumbers,
  journal,
  type Layer,
  newTally,
  type Placed,
  pipeline,
  QUOTA_OPTIONS,
  Quotas,
  RECOVER_OPTIONS,
  RETRY_OPTIONS,
  Router,
  readOptions,
  retry,
  type Sink,
  type SourceSink,
  type Target,
  TIMEOUT_OPTIONS,
  timeouts,
  trace,
} from "@fairlead/engine";
import { SseSplitter, scanAnswer, scanBody } from "@fairlead/protocol";
import { ClaudeReader, JsonReader } from "@fairlead/providers/anthropic";
import { Signal, systemRuntime } from "@fairlead/runtime";
import { bodyText } from "./requests.ts";
import { median } from "./statistics.ts";
import { layOut } from "./table.ts";

const SAMPLES = 7;
const SAMPLE_MS = 120;

/** Nanoseconds of a run of `work`, which does `times` operations: median of samples after a warm-up of the same length. */
async function cost(work: (times: number) => Promise<void> | void): Promise<number> {
  let times = 16;
  for (;;) {
    const begin = process.hrtime.bigint();
    await work(times);
    const took = Number(process.hrtime.bigint() - begin) / 1e6;
    if (took > SAMPLE_MS / 2) break;
    times *= 2;
  }
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    await turn();
    const begin = process.cpuUsage();
    await work(times);
    const used = process.cpuUsage(begin);
    samples.push(((used.user + used.system) * 1_000) / times);
  }
  return median(samples) ?? 0;
}

const REPLY = Buffer.from(
  JSON.stringify({
    id: "msg_01XFDUDYJgAACzvnptvVoYEL",
    type: "message",
    role: "assistant",
    model: "claude-opus-5",
    content: [{ type: "text", text: "The line is only as good as the way it fails. ".repeat(14) }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 412, output_tokens: 164 },
  }),
);
const SMALL = Buffer.from(bodyText("small"));
const LARGE = Buffer.from(bodyText("large"));

function exchange(): Exchange {
  return {
    id: "req_fl_bench",
    attempt: 0,
    method: "POST",
    path: "/v1/messages?beta=true",
    headers: [],
    body: SMALL,
    look: { dialect: "claude", model: "claude-opus-5", modelSpans: [], stream: false, maxTokens: 32_000, userId: "u" },
    principal: { project: "bench", keyId: "fl-bench" },
    signal: new Signal(),
    deadline: Number.POSITIVE_INFINITY,
    once: false,
    callerRetries: 0,
    target: undefined,
    priority: "interactive",
    tally: newTally(),
    tried: [],
  };
}

const TARGET: Target = {
  name: "mock",
  platform: "mock",
  account: "mock",
  contextWindow: () => Number.POSITIVE_INFINITY,
  modelName: (model) => model,
  send: async () => ({
    ok: true,
    status: 200,
    headers: [],
    flow: new Flow(bytesSource(REPLY), new JsonReader("mock")),
    target: TARGET,
    rewritten: false,
  }),
};

class Taker implements Sink {
  bytes = 0;
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    return true;
  }
  end(): void {}
  fail(): void {
    throw new Error("the made-up answer broke");
  }
}

/** The layers of the gateway's stack, innermost first, with the options' defaults. */
function layersInsideOut(): [string, Layer][] {
  const rt = systemRuntime();
  const retrying = readOptions("retry", RETRY_OPTIONS, {});
  const breaking = readOptions("breaker", BREAKER_OPTIONS, {});
  const recover = readOptions("recover", RECOVER_OPTIONS, {});
  const times = readOptions("timeouts", TIMEOUT_OPTIONS, {});
  const admission = readOptions("admission", ADMISSION_OPTIONS, {});
  const health = new Health(rt, healthNumbers({ retry: retrying, breaker: breaking, admission }));
  const quotas = new Quotas(readOptions("quota", QUOTA_OPTIONS, {}));
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, {}));
  const gate = new Admission(rt, health, quotas, balancer, { queue: admission.queue, waitMs: admission.wait });
  const numbers = { waitBeforeMoveMs: retrying.wait_before_move, capMs: retrying.max_delay };
  const router = new Router(rt, () => [TARGET], health, numbers, gate);
  return [
    ["timeouts", timeouts(() => times)],
    ["commit", commit(recover, () => times)],
    ["breaker", breaker(breaking, health)],
    ["admit", admit(gate, router, health)],
    ["trace", trace()],
    ["retry", retry(retrying, router, health)],
    ["deadline", deadline(times.total)],
    ["journal", journal()],
  ];
}

/** Cost of the stack as it grows from the wire outwards; each line is one layer more. */
async function engineRows(): Promise<string[][]> {
  const rt = systemRuntime();
  const layers = layersInsideOut();
  const rows: string[][] = [];
  let before = 0;
  for (let count = 0; count <= layers.length; count++) {
    const inside = layers.slice(0, count);
    const placed: Placed[] = inside.map(([, layer]) => ({ layer, why: "measured" })).reverse();
    const { run } = pipeline(rt, placed, () => TARGET.send(exchange()));
    const ns = await cost(async (times) => {
      for (let i = 0; i < times; i++) {
        const outcome = await run({ ...exchange(), target: TARGET });
        if (!outcome.ok) throw new Error(outcome.message);
        outcome.flow.pipe(new Taker());
        await outcome.flow.ended;
      }
    });
    const name = inside.at(-1)?.[0];
    rows.push([name === undefined ? "answer and flow, no layer" : `+ ${name}`, us(ns - before), us(ns)]);
    before = ns;
  }
  return rows;
}

function frame(event: string, data: object): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`);
}

async function chunkRows(): Promise<string[][]> {
  const start = frame("message_start", {
    message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 1 } },
  });
  const block = frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  const delta = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "t=1 and so it goes" } });
  const splitter = new SseSplitter(() => {});
  let sink: SourceSink | undefined;
  const flow = new Flow(
    {
      start: (to) => {
        sink = to;
      },
      pause: () => {},
      resume: () => {},
      cancel: () => {},
    },
    new ClaudeReader("mock", false),
  );
  flow.pipe(new Taker());
  const wire = sink;
  if (wire === undefined) throw new Error("the flow did not start");
  for (const chunk of [start, block]) wire.data(chunk);
  return [
    ["splitter alone", us(await cost((times) => repeat(times, () => void splitter.push(delta))))],
    ["flow with reader, one delta", us(await cost((times) => repeat(times, () => wire.data(delta))))],
  ];
}

function repeat(times: number, work: () => void): void {
  for (let i = 0; i < times; i++) work();
}

async function scanRows(): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [name, body] of [
    ["1.4 KB", SMALL],
    ["100 KB", LARGE],
  ] as const) {
    rows.push([`scanBody ${name}`, us(await cost((times) => repeat(times, () => void scanBody(body))))]);
    rows.push([`JSON.parse ${name}`, us(await cost((times) => repeat(times, () => JSON.parse(body.toString()))))]);
  }
  rows.push(["scanAnswer 1 KB", us(await cost((times) => repeat(times, () => void scanAnswer(REPLY))))]);
  return rows;
}

function us(ns: number): string {
  return (ns / 1_000).toFixed(2);
}

console.log(`${layOut([["engine, CPU us a request", "layer", "so far"], ...(await engineRows())])}\n`);
console.log(`${layOut([["stream, CPU us a chunk", ""], ...(await chunkRows())])}\n`);
console.log(layOut([["bodies, CPU us each", ""], ...(await scanRows())]));
