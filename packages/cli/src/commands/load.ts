// fairlead load: many requests at once, or so many per second, and how they were answered.

import { type Command, InvalidArgumentError } from "commander";
import { CliError } from "../cli-error.ts";
import {
  type AnswerTokens,
  BOUNDS,
  readAnswerTokens,
  readHeader,
  readLevels,
  readModel,
  readStage,
  readTime,
  readWhole,
  type Stage,
} from "../load/arguments.ts";
import { paintFor, type Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead load                                     1, 50, 100, 200 at once, 10 s each
  fairlead load -c 20 -d 1m --max-tokens 200        20 at once for a minute
  fairlead load --rate 5,20,80 -d 30s               so many per second, whatever becomes of them
  fairlead load --stage 20s:80 --stage 30s:200      80 per second for 20 s, then at once 200 for 30 s
  fairlead load -c 50 --turns 8 --think-time 5s     50 conversations at a time, of 8 turns each
  fairlead load -c 50 -n 1000 --json | jq '.steps[0].latency_ms.p99'
  fairlead load --url http://127.0.0.1:4200         the simulator itself, without the gateway
  fairlead load --key-file keys.txt --tenants 20    20 callers, taking turns with the keys of the file
  fairlead load -H "fairlead-priority: batch"

With --concurrency each place sends its next request when it has its answer, so a slow server is asked less often. With
--rate requests arrive by themselves with random gaps (Poisson), and every time counts from when its request was due:
what a slow server does to users shows in full. Steps run one after the other, each when the last answer of the one
before has come. Stages (--stage) follow on each other without a pause, and each counts the requests that were due in it.

With --turns each place of --concurrency holds a conversation: every turn sends all that was said before, with the
session header of Claude Code and a cache mark. A turn that failed is asked again as the next one.

A stream without message_stop has failed, as has one with an error event. Rates count whole answers. One request goes
ahead to see that address, key and model are right; it is not counted, nor are those of the warm-up.

Address and key: --url and --key, else the fairlead start that runs in this folder, else ANTHROPIC_BASE_URL with
ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY, else http://127.0.0.1:4100. It goes there directly, through no proxy.
--yes-spend is needed where requests may cost money: on other machines, and through a gateway here whose admin address
(one port above its own) names upstreams on other machines.

--json prints one object: ok, interrupted, url, model, stream, max_tokens, prompt_tokens, seed, ceiling_per_second (what
this tool reaches here against a server that does nothing), steps. A step: at_once or rate, seconds, requests, ok, failed,
given_up, failures [{kind, what, message, count}], answers_per_second, output_tokens_per_second, latency_ms,
first_token_ms, failed_after_ms {count, mean, p50, p90, p95, p99, p999, max}, histogram [{from_ms, to_ms, count}], began_at,
timeline [{ok, failed} by the second in which requests were due],
tokens, cost_usd (list price), tenants, tool {busy, limit, most_connections, waited_for_connection_ms}.

Exit codes: 0 every request was answered whole, 1 some were not, 2 wrong usage, 130 ended by Ctrl-C (what was measured
until then is printed).`;

/** The options as commander hands them on. */
export interface LoadOptions {
  readonly url?: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly concurrency?: readonly number[];
  readonly rate?: readonly number[];
  readonly stage?: readonly Stage[];
  readonly turns?: number;
  readonly thinkTime?: number;
  readonly thinking?: boolean;
  readonly answerTokens?: AnswerTokens;
  readonly firstTokenTimeout?: number;
  /** Undefined without --no-ceiling: measured. */
  readonly ceiling?: boolean;
  readonly requests?: number;
  readonly duration?: number;
  readonly warmUp?: number;
  /** Undefined without --stream or --no-stream: streams. */
  readonly stream?: boolean;
  readonly model: string;
  readonly maxTokens: number;
  readonly promptTokens: number;
  readonly seed: string;
  readonly tenants?: number;
  readonly header?: ReadonlyArray<readonly [string, string]>;
  readonly timeout?: number;
  readonly connections: number;
  readonly yesSpend?: boolean;
  readonly json?: boolean;
}

/** Adds the command. */
export function loadCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("load")
    .summary("put load on a gateway and measure how it answers")
    .description("Puts load on a Messages endpoint and measures rates, times, first tokens and failures.")
    .option("--url <address>", "address of the gateway or the API")
    .option("--key <key>", "key for it")
    .option("--key-file <file>", "keys, one on each line, that requests take turns with")
    .option("-c, --concurrency <n,n>", "requests at once, by steps (default: 1,50,100,200)", (text) =>
      readLevels(text, BOUNDS.atOnce, true),
    )
    .option("-r, --rate <n,n>", "instead: requests per second, by steps", (text) =>
      readLevels(text, BOUNDS.rate, false),
    )
    .option("--stage <time:rate>", "instead: so many requests per second for so long (repeatable)", addStage)
    .option("-n, --requests <n>", "end a step after so many requests", (text) => readWhole(text, 1, BOUNDS.requests))
    .option("-d, --duration <time>", "end a step after this time (default: 10s without --requests)", (text) =>
      readTime(text, 100),
    )
    .option("--warm-up <time>", "send so long before a step counts (default: 1s, 0s with --requests)", (text) =>
      readTime(text, 0),
    )
    .option("--stream", "ask for streams (the default)")
    .option("--no-stream", "ask for whole answers")
    .option("-m, --model <name>", "model", readModel, "claude-haiku-5-5")
    .option("--max-tokens <n>", "longest answer, tokens", (text) => readWhole(text, 1, BOUNDS.tokens), 64)
    .option("--prompt-tokens <n>", "about so many input tokens", (text) => readWhole(text, 1, BOUNDS.tokens), 100)
    .option("--answer-tokens <n[~sigma]>", "ask for so many output tokens, lognormal with a sigma", readAnswerTokens)
    .option("--turns <n>", "hold conversations of so many turns", (text) => readWhole(text, 1, BOUNDS.turns))
    .option("--think-time <time>", "mean pause before each turn of a conversation", (text) => readTime(text, 1))
    .option("--thinking", "ask for thinking in conversations")
    .option("--seed <text>", "what prompts and arrivals are drawn from", "fairlead")
    .option("--tenants <n>", "so many callers, each with its metadata.user_id", readTenants)
    .option("-H, --header <line>", "a header line for every request (repeatable)", addHeader)
    .option("--timeout <time>", "a request that takes longer has failed (default: 2m)", (text) => readTime(text, 10))
    .option("--first-token-timeout <time>", "so has a stream without content for so long", (text) => readTime(text, 10))
    .option("--connections <n>", "connections at most with --rate", (text) => readWhole(text, 1, BOUNDS.atOnce), 2_000)
    .option("--no-ceiling", "do not measure first what this tool can do here")
    .option("--yes-spend", "send though it may cost money")
    .option("--json", "print one JSON object at the end")
    .addHelpText("after", EXAMPLES)
    .action(async (options: LoadOptions) => {
      end(await run(options, terminal));
    });
}

function readTenants(text: string): number {
  return readWhole(text, 1, BOUNDS.tenants);
}

function addStage(text: string, before: readonly Stage[] = []): readonly Stage[] {
  if (before.length >= BOUNDS.steps) throw new InvalidArgumentError(`There can be ${BOUNDS.steps} stages at most.`);
  return [...before, readStage(text)];
}

function addHeader(
  text: string,
  before: ReadonlyArray<readonly [string, string]> = [],
): ReadonlyArray<readonly [string, string]> {
  return [...before, readHeader(text)];
}

async function run(options: LoadOptions, terminal: Terminal): Promise<number> {
  refuseContradictions(options);
  const { costly, findAim } = await import("../load/aim.ts");
  const aim = findAim(options, terminal);
  if (options.yesSpend !== true) {
    const why = await costly(aim.url, terminal);
    if (why !== undefined) throw new CliError(await spendWords(why, options), 2);
  }
  const { runLoad } = await import("../load/run.ts");
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const { text, code } = await runLoad(options, aim, terminal, paintFor(terminal.out, terminal.env), stop.signal);
    terminal.out.write(text);
    return code;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

function refuseContradictions(options: LoadOptions): void {
  const { concurrency, rate, stage, turns, thinkTime, thinking, requests, duration } = options;
  const ways = [concurrency, rate, stage].filter((one) => one !== undefined);
  if (ways.length > 1) throw new CliError("--concurrency, --rate and --stage are ways to load; give one of them.", 2);
  if (stage !== undefined && (requests !== undefined || duration !== undefined))
    throw new CliError("each --stage has its own time; leave --duration and --requests out.", 2);
  if (turns !== undefined && (rate ?? stage) !== undefined)
    throw new CliError("--turns holds conversations, so many at once: give --concurrency.", 2);
  if (turns === undefined && (thinkTime !== undefined || thinking === true))
    throw new CliError("--think-time and --thinking are for conversations: give --turns.", 2);
}

async function spendWords(why: string, options: LoadOptions): Promise<string> {
  const { costOf, formatUsd, NO_USAGE } = await import("@fairlead/protocol");
  const usage = { ...NO_USAGE, inputTokens: options.promptTokens, outputTokens: options.maxTokens };
  const cost = costOf(usage, options.model, { atMs: Date.now() });
  const price = cost.known ? ` One request costs up to about ${formatUsd(cost.picoUsd)}.` : "";
  return `this may cost money: ${why}.${price} Add --yes-spend if that is meant, or load the simulator (fairlead simulator).`;
}
