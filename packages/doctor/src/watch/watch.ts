// Goes on examining the line: a check at a pace, a word on every change, an address to be asked at.

import type { Runtime } from "@fairlead/runtime";
import type { Context, Options } from "../context.ts";
import { diagnose } from "../diagnose.ts";
import type { Facts } from "../facts.ts";
import { regionsOf } from "../long/platform-regions.ts";
import type { Machine } from "../machine.ts";
import { sampleRegions } from "../probes/long-regions.ts";
import type { Report } from "../report.ts";
import { WatchBook } from "./watch-book.ts";
import { changeLine, checkLine, endLine, listenLine, takenLine } from "./watch-lines.ts";
import { parseListen, type WatchOptions } from "./watch-options.ts";
import { type Verdict, WatchPace } from "./watch-pace.ts";
import { startWatchServer } from "./watch-server.ts";

/** What a watch needs of the program that runs it. */
export interface WatchIo {
  /** Prints one line, without its line end. */
  line(text: string): void;
  /** Ends the watch as a signal does; for tests and for programs that embed it. */
  readonly stop?: AbortSignal;
}

/** What is kept of one examination. */
export interface Checked {
  readonly report: Report;
  readonly context?: Context;
}

/** One examination; `diagnose` but in tests. */
export type Examine = (options: Options, machine: Machine, rt: Runtime) => Promise<Checked>;

/** Other regions of the platform are asked once in that time, milliseconds: they are only a table. */
const REGIONS_EVERY_MS = 300_000;

/**
 * Watches until SIGINT, SIGTERM or `io.stop`. Gives the exit code: 0 when the line was whole at the end, 1 when it was not, 2 when the
 * address to listen on cannot be had.
 */
export async function watch(
  options: WatchOptions,
  machine: Machine,
  rt: Runtime,
  io: WatchIo,
  examine: Examine = diagnose,
): Promise<number> {
  const { language } = options.examination;
  const listen = parseListen(options.listen);
  const book = new WatchBook();
  const server =
    listen === undefined ? undefined : await startWatchServer(book, listen.host, listen.port).catch(() => undefined);
  if (server === undefined) {
    io.line(takenLine(language, options.listen));
    return 2;
  }
  io.line(listenLine(language, server.url, options.intervalMs));
  const over = new AbortController();
  const stop = () => over.abort();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  io.stop?.addEventListener("abort", stop, { once: true });
  if (io.stop?.aborted === true) stop();
  try {
    await checks(options, machine, rt, io, examine, book, over.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    io.stop?.removeEventListener("abort", stop);
    await server.close();
  }
  io.line(endLine(language, book));
  return book.standing === undefined || book.standing.state === "whole" ? 0 : 1;
}

async function checks(
  options: WatchOptions,
  machine: Machine,
  rt: Runtime,
  io: WatchIo,
  examine: Examine,
  book: WatchBook,
  over: AbortSignal,
): Promise<void> {
  const quick: Options = { ...options.examination, deep: false, spend: false, soakSeconds: 0 };
  const pace = new WatchPace(options.intervalMs, rt.random);
  let regionsAt = Number.NEGATIVE_INFINITY;
  while (!over.aborted) {
    const checked = await orOver(examine(quick, machine, rt), over);
    if (checked === undefined) return;
    const { report, context } = checked;
    const seen = verdictOf(report);
    const before = pace.standing;
    const { standing, changed, waitMs } = pace.next(seen);
    const now = rt.clock.wall();
    book.check(report, standing, changed, now);
    io.line(checkLine(quick.language, report, now));
    if (changed) io.line(changeLine(quick.language, before, standing, report, now));
    const due = rt.clock.now() - regionsAt >= REGIONS_EVERY_MS;
    if (due && context !== undefined && report.state === "whole" && regionsOf(context.target).length > 0) {
      regionsAt = rt.clock.now();
      book.regions(await regionTable(context, report, over));
    }
    await pauseFor(rt, waitMs, over);
  }
}

/** One connect to each region; the wire of the examination is over, so it gets one of its own. */
async function regionTable(
  context: Context,
  report: Report,
  over: AbortSignal,
): Promise<Awaited<ReturnType<typeof sampleRegions>>> {
  const wire = { ...context.wire, signal: over };
  const facts: Facts = {
    "tcp.connect": report.probes.find(({ id }) => id === "tcp.connect")?.facts as NonNullable<Facts["tcp.connect"]>,
  };
  const samples = await sampleRegions({ ...context, wire }, facts, 1);
  // The target itself is counted with every check.
  return samples.filter(({ name }) => !name.startsWith("IPv") && name !== "proxy");
}

function verdictOf({ state, verdict }: Report): Verdict {
  return state === "broken" && verdict !== null ? { state, code: verdict.code } : { state };
}

/** The result, or undefined as soon as the watch is over. */
async function orOver<T>(work: Promise<T>, over: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    over.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => over.removeEventListener("abort", stop));
  });
}

async function pauseFor(rt: Runtime, ms: number, over: AbortSignal): Promise<void> {
  if (over.aborted) return;
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      over.removeEventListener("abort", end);
      resolve();
    };
    const timer = rt.clock.timer(ms, end);
    over.addEventListener("abort", end, { once: true });
  });
}
