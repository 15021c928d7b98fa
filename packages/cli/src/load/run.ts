// Runs the steps of a load one after the other, with a line of progress on a terminal, and makes the report.

import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../cli-error.ts";
import type { LoadOptions } from "../commands/load.ts";
import { type Paint, paintFor, type Terminal } from "../terminal.ts";
import type { Aim } from "./aim.ts";
import { ceiling } from "./ceiling.ts";
import { endpointOf } from "./connection.ts";
import { Conversations } from "./conversation.ts";
import { firstRequest } from "./first-request.ts";
import { cut, type Look, progressText, stepText, summaryText } from "./report.ts";
import { loadJson } from "./report-json.ts";
import { type Maker, RequestMaker, type RequestShape } from "./request-maker.ts";
import { Step, type StepPlan, type StepResult } from "./step.ts";

const DEFAULT_STEPS = [1, 50, 100, 200];
const DEFAULT_MS = 10_000;
const DEFAULT_WARM_UP_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 120_000;
const FRAME_MS = 200;

/**
 * Runs it. Step by step the text goes out as it is there; what is returned is what is left to print.
 * @returns the exit code: 0 all answered, 1 something failed, 130 interrupted
 */
export async function runLoad(
  options: LoadOptions,
  aim: Aim,
  terminal: Terminal,
  paint: Paint,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly code: number }> {
  const url = new URL(aim.url);
  const shape = shapeOf(options, aim, url);
  const plans = plansOf(options);
  const endpoint = await endpointOf(url).catch((e: Error) => {
    throw new CliError(`${url.hostname} cannot be looked up (${e.message}). Check --url.`);
  });
  const ahead = { ...shape, seed: `${shape.seed}/first` };
  await firstRequest(endpoint, new RequestMaker(ahead).next(), {
    url: aim.url,
    stream: shape.stream,
    timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
    signal,
  });
  const most = Math.max(...plans.map(({ kind, level }) => (kind === "rate" ? 100 : level)));
  const ceilingRate =
    signal.aborted || options.ceiling === false
      ? undefined
      : await ceiling(shape, Math.min(most, 500)).catch(() => undefined);
  const look: Look = { paint, rich: terminal.out.isTTY === true && terminal.env.TERM !== "dumb" };
  if (options.json !== true) terminal.out.write(`${intro(options, aim, look)}\n`);
  const makerOf = makers(options, shape);
  const tell = (result: StepResult) => {
    if (options.json !== true) terminal.out.write(`\n${stepText(result, ceilingRate, look)}`);
  };
  const results: StepResult[] = [];
  const staged: Promise<StepResult>[] = [];
  for (const [i, plan] of plans.entries()) {
    if (signal.aborted) break;
    const step = new Step(plan, endpoint, makerOf(i));
    const ended = watched(step, plan, { at: i + 1, of: plans.length }, terminal, signal);
    if (options.stage === undefined) {
      const result = await ended;
      results.push(result);
      tell(result);
    } else {
      // The next stage begins when this one is over, not when its last answer has come.
      staged.push(ended);
      await passed(plan.warmUpMs + (plan.durationMs ?? 0), signal);
    }
  }
  for (const ended of staged) {
    const result = await ended;
    results.push(result);
    tell(result);
  }
  const failed = results.some(({ score }) => score.failed > 0);
  const code = signal.aborted ? 130 : failed ? 1 : 0;
  if (options.json === true) {
    return { text: `${JSON.stringify(loadJson(aim.url, shape, results, ceilingRate, signal.aborted))}\n`, code };
  }
  const early = signal.aborted ? `\nEnded by hand in step ${Math.max(1, results.length)} of ${plans.length}.\n` : "";
  return { text: `${results.length > 1 ? `\n${summaryText(results, look)}` : ""}${early}`, code };
}

/** Who makes the requests of a step, by its number from 0. */
function makers({ turns, thinking }: LoadOptions, shape: RequestShape): (i: number) => Maker {
  return (i) => {
    const own = { ...shape, seed: `${shape.seed}/${i + 1}` };
    return turns === undefined ? new RequestMaker(own) : new Conversations(own, { turns, thinking: thinking === true });
  };
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {});
}

async function watched(
  step: Step,
  plan: StepPlan,
  place: { readonly at: number; readonly of: number },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<StepResult> {
  const stop = () => step.stop();
  signal.addEventListener("abort", stop, { once: true });
  const { err } = terminal;
  const shown = err.isTTY === true && terminal.env.TERM !== "dumb";
  const dim = paintFor(err, terminal.env).dim;
  const draw = () => {
    const line = progressText(step, plan, { ...place, now: performance.now() });
    err.write(`\r\u001b[2K${dim(cut(line, (err.columns ?? 80) - 1))}`);
  };
  const timer = shown ? setInterval(draw, FRAME_MS) : undefined;
  try {
    return await step.run();
  } finally {
    clearInterval(timer);
    if (shown) err.write("\r\u001b[2K");
    signal.removeEventListener("abort", stop);
  }
}

function shapeOf(options: LoadOptions, aim: Aim, url: URL): RequestShape {
  return {
    path: `${url.pathname.replace(/\/$/, "")}/v1/messages`,
    authority: url.host,
    model: options.model,
    maxTokens: options.maxTokens,
    promptTokens: options.promptTokens,
    stream: options.stream !== false,
    seed: options.seed,
    tenants: options.tenants ?? 0,
    keys: aim.keys,
    auth: aim.auth,
    headers: options.header ?? [],
    ...(options.answerTokens === undefined ? {} : { answerTokens: options.answerTokens }),
  };
}

function plansOf(options: LoadOptions): StepPlan[] {
  const stages = options.stage;
  const kind = options.rate === undefined && stages === undefined ? "at-once" : "rate";
  const levels = stages?.map(({ rate }) => rate) ?? options.rate ?? options.concurrency ?? DEFAULT_STEPS;
  const byCount = options.requests !== undefined;
  return levels.map((level, i) => ({
    kind,
    level,
    requests: options.requests,
    durationMs: stages?.[i]?.ms ?? options.duration ?? (byCount ? undefined : DEFAULT_MS),
    warmUpMs: stages !== undefined && i > 0 ? 0 : (options.warmUp ?? (byCount ? 0 : DEFAULT_WARM_UP_MS)),
    timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
    firstTokenMs: options.firstTokenTimeout,
    thinkMs: options.thinkTime,
    connections: kind === "rate" ? options.connections : level,
    stream: options.stream !== false,
    seed: options.seed,
    tenants: options.tenants ?? 0,
  }));
}

function intro(options: LoadOptions, aim: Aim, { paint }: Look): string {
  const what = `${options.model}, ${options.stream === false ? "whole answers" : "streams"} of at most ${options.maxTokens} tokens, prompts of about ${options.promptTokens}`;
  return `${paint.bold("Load on")} ${paint.accent(aim.url)}\n${paint.dim(cut(what, 80))}`;
}
