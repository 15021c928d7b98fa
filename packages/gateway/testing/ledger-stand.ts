// Stands a ledger up in a folder, and drives answers by hand.

import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type Exchange, Flow, newTally, type Outcome, type Source, type SourceSink } from "@fairlead/engine";
import { printFrame } from "@fairlead/protocol";
import { ClaudeReader } from "@fairlead/providers/anthropic";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { type LedgerRow, memoryLedger, memoryStores } from "@fairlead/stores";
import type { Config } from "../src/config/config.ts";
import { type LedgerTestOptions, openLedger, type StoredSampling } from "../src/ledger/open-ledger.ts";

/** A wire that is driven by hand, in the events of the Messages API. */
export class Wire implements Source {
  sink: SourceSink | undefined;
  start(sink: SourceSink): void {
    this.sink = sink;
  }
  pause(): void {}
  resume(): void {}
  cancel(): void {}
  event(event: { readonly type: string; readonly [key: string]: unknown }): void {
    this.sink?.data(Buffer.from(printFrame(event.type, JSON.stringify(event))));
  }
  begin(usage: object = { input_tokens: 100, cache_read_input_tokens: 50, output_tokens: 3 }): void {
    this.event({ type: "message_start", message: { id: "msg_1", model: "claude-opus-5-5", usage } });
    this.event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  }
  text(text: string): void {
    this.event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
  }
  stop(usage: object = { output_tokens: 40 }, stop_reason = "end_turn"): void {
    this.event({ type: "message_delta", delta: { stop_reason }, usage });
    this.event({ type: "message_stop" });
    this.sink?.end();
  }
}

/** Where the attempts go. */
export const TARGET = {
  name: "tokyo",
  platform: "p",
  account: "a",
  region: "jp",
  contextWindow: () => 1e6,
  modelName: (model: string) => model,
  send: () => Promise.reject(new Error("not sent")),
};

/** A request of Claude Code. */
export function request(more: Partial<Exchange> = {}): Exchange {
  return {
    id: "req_fl_1",
    attempt: 0,
    method: "POST",
    path: "/v1/messages?beta=true",
    headers: ["X-Claude-Code-Session-Id", "s-1", "x-client-request-id", "c-1"],
    body: Buffer.alloc(400),
    look: { dialect: "claude", model: "claude-opus-5-5", modelSpans: [], stream: true, maxTokens: 9, userId: "u" },
    principal: { project: "web", keyId: "k_1" },
    signal: new Signal(),
    deadline: Number.POSITIVE_INFINITY,
    once: false,
    callerRetries: 0,
    target: TARGET,
    priority: "interactive",
    tally: { ...newTally(), attempts: 1 },
    tried: [],
    ...more,
  };
}

const LEDGER = { keep: 400 * 86_400_000, spool: 1 << 30 };

/** A ledger over a spool in a folder, and attempts through its meter. */
export function scene(
  folder: string,
  more: LedgerTestOptions & {
    readonly seed?: string;
    readonly quota?: number;
    readonly ledger?: ReturnType<typeof memoryLedger>;
    readonly projects?: Config["projects"];
    readonly prices?: Config["prices"];
    readonly storedSampling?: StoredSampling;
  } = {},
) {
  const rt = virtualRuntime(more.seed ?? "meter");
  const facts: string[] = [];
  rt.bus.listen((fact) => facts.push(JSON.stringify(fact)));
  const stores = { ...memoryStores(rt.clock), ledger: more.ledger ?? memoryLedger() };
  const ledger = { ...LEDGER, ...(more.quota === undefined ? {} : { spool: more.quota }) };
  const { projects = [], prices = [] } = more;
  const tests = { spool: true, instance: "one", ...more };
  const config = { ledger, projects, prices, data_dir: folder };
  const service = openLedger(config, stores, rt, tests, more.storedSampling);
  const policy = service.meter(rt);
  /** Sends an attempt; the wire is driven by hand. */
  const attempt = async (x: Exchange = request(), reader = new ClaudeReader("tokyo", false)) => {
    const wire = new Wire();
    const flow = new Flow(wire, reader);
    const headers = ["Request-Id", "req_up_1"];
    const whole = reader.streamed ? undefined : flow.hold("end", 1e6);
    const answer: Outcome = { ok: true, status: 200, headers, flow, target: TARGET, rewritten: false };
    await rt.clock.advance(5);
    const outcome = await policy.handle(x, async () => {
      await rt.clock.advance(20);
      return answer;
    });
    if (whole === undefined) flow.pipe({ write: () => true, end() {}, fail() {} });
    return { x, wire, flow, outcome };
  };
  const rows = async (): Promise<readonly LedgerRow[]> => {
    await service.flush();
    return (await stores.ledger.rows({}, 1_000)).rows;
  };
  return { rt, service, policy, attempt, rows, stores, facts };
}

/** As if the process that owns the folders were gone. */
export function free(root: string): void {
  const spool = join(root, "spool");
  for (const [i, name] of readdirSync(spool).entries()) renameSync(join(spool, name), join(spool, `free-${i}`));
}
