// Runs the steps of a load one after the other, with a line of progress on a terminal, and makes the report.

import { performance } from "node:perf_hooks";
import { CliError } from "../cli-error.ts";
import type { LoadOptions } from "../commands/load.ts";
import { type Paint, paintFor, type Terminal } from "../terminal.ts";
import type { Aim } from "./aim.ts";
import { ceiling } from "./ceiling.ts";
import { type Endpoint, endpointOf } from "./connection.ts";
import { firstRequest } from "./first-request.ts";
import { cut, type Look, progressText, stepText, summaryText } from "./report.ts";
import { loadJson } from "./report-json.ts";
import { RequestMaker, type RequestShape } from "./request-maker.ts";
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
  const ceilingRate = signal.aborted ? undefined : await ceiling(shape, Math.min(most, 500)).catch(() => undefined);
  const look: Look = { paint, rich: terminal.out.isTTY === true && terminal.env.TERM !== "dumb" };
  if (options.json !== true) terminal.out.write(`${intro(options, aim, look)}\n`);
  const results: StepResult[] = [];
  for (const [i, plan] of plans.entries()) {
    if (signal.aborted) break;
    const result = await oneStep(plan, endpoint, shape, { at: i + 1, of: plans.length }, terminal, signal);
    results.push(result);
    if (options.json !== true) terminal.out.write(`\n${stepText(result, ceilingRate, look)}`);
  }
  const failed = results.some(({ score }) => score.failed > 0);
  const code = signal.aborted ? 130 : failed ? 1 : 0;
  if (options.json === true) {
    return { text: `${JSON.stringify(loadJson(aim.url, shape, results, ceilingRate, signal.aborted))}\n`, code };
  }
  const early = signal.aborted ? `\nEnded by hand in step ${Math.max(1, results.length)} of ${plans.length}.\n` : "";
  return { text: `${results.length > 1 ? `\n${summaryText(results, look)}` : ""}${early}`, code };
}

async function oneStep(
  plan: StepPlan,
  endpoint: Endpoint,
  shape: RequestShape,
  place: { readonly at: number; readonly of: number },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<StepResult> {
  const step = new Step(plan, endpoint, new RequestMaker({ ...shape, seed: `${shape.seed}/${place.at}` }));
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
  };
}

function plansOf(options: LoadOptions): StepPlan[] {
  const kind = options.rate === undefined ? "at-once" : "rate";
  const levels = options.rate ?? options.concurrency ?? DEFAULT_STEPS;
  const byCount = options.requests !== undefined;
  return levels.map((level) => ({
    kind,
    level,
    requests: options.requests,
    durationMs: options.duration ?? (byCount ? undefined : DEFAULT_MS),
    warmUpMs: options.warmUp ?? (byCount ? 0 : DEFAULT_WARM_UP_MS),
    timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
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
