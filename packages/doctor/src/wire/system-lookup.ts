// Resolves a name as programs do (getaddrinfo), in a process of its own, because a lookup that hangs cannot be called off.

import { execFile } from "node:child_process";
import { lookup, Resolver } from "node:dns/promises";
import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";

/** What the system said. `ms` is the lookup's own time, without the start of the process. */
export interface SystemAnswer {
  readonly addresses: readonly string[];
  /** Node's code: ENOTFOUND, EAI_AGAIN…; ABORTED when the time was over. */
  readonly error?: string;
  readonly ms: number;
}

/** Asks the system for one name. */
export type SystemLookup = (ctx: Context, host: string, signal?: AbortSignal) => Promise<SystemAnswer>;

/** What the lookup depends on; nothing else of the environment is handed on. */
const HANDED_ON = ["PATH", "SystemRoot", "LD_LIBRARY_PATH", "LD_PRELOAD", "HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS"];

const PROGRAM = `const began = performance.now();
require("node:dns").lookup(process.argv[1], { all: true, verbatim: true }, (error, found) => {
  const addresses = error ? [] : found.map((one) => one.address);
  console.log(JSON.stringify({ addresses, error: error ? error.code : undefined, ms: performance.now() - began }));
});`;

/**
 * getaddrinfo with all addresses, in the system's order. In this process a lookup would keep a thread until it ends (10 s
 * and more when a name server is silent), and Node waits for that thread even in `process.exit`.
 */
export const systemLookup: SystemLookup = (ctx, host, signal = ctx.wire.signal) => {
  const { clock } = ctx.rt;
  const began = clock.now();
  const env: { [name: string]: string } = {};
  for (const name of HANDED_ON) {
    const value = ctx.machine.env[name];
    if (value !== undefined) env[name] = value;
  }
  return new Promise((resolve) => {
    execFile(process.execPath, ["-e", PROGRAM, "--", host], { env, signal, windowsHide: true }, (_, stdout) => {
      resolve(
        answerIn(stdout) ?? { addresses: [], error: signal.aborted ? "ABORTED" : "ERROR", ms: clock.now() - began },
      );
    });
  });
};

/**
 * Addresses of one more name, in at most `timeoutMs`: by getaddrinfo where the target's own lookup came in time; where it
 * hangs, from the name server that knew the target, as the examination goes on with that one's answers. `error` is as in
 * `SystemAnswer`, or TIMEOUT.
 */
export async function lookupName(ctx: Context, facts: Facts, host: string, timeoutMs: number): Promise<SystemAnswer> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const stop = new AbortController();
  const over = AbortSignal.any([ctx.wire.signal, stop.signal]);
  const target = facts["dns.lookup"];
  const server = facts["dns.nameservers"]?.servers.find(({ a }) => a.addresses.length > 0)?.server;
  const asked =
    target?.late === false
      ? inProcess(ctx, host)
      : server === undefined
        ? systemLookup(ctx, host, over)
        : fromServer(ctx, host, server, timeoutMs);
  const answer = await new Promise<SystemAnswer | undefined>((resolve) => {
    const timer = clock.timer(timeoutMs, () => resolve(undefined));
    void asked.then(resolve).finally(() => timer.cancel());
  });
  stop.abort();
  return answer ?? { addresses: [], error: "TIMEOUT", ms: clock.now() - began };
}

function inProcess(ctx: Context, host: string): Promise<SystemAnswer> {
  const { clock } = ctx.rt;
  const began = clock.now();
  return lookup(host, { all: true, verbatim: true }).then(
    (all) => ({ addresses: all.map(({ address }) => address), ms: clock.now() - began }),
    (e: NodeJS.ErrnoException) => ({ addresses: [], error: e.code ?? "ERROR", ms: clock.now() - began }),
  );
}

function fromServer(ctx: Context, host: string, server: string, timeoutMs: number): Promise<SystemAnswer> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([server]);
  return resolver.resolve4(host).then(
    (addresses) => ({ addresses, ms: clock.now() - began }),
    (e: NodeJS.ErrnoException) => ({ addresses: [], error: e.code ?? "ERROR", ms: clock.now() - began }),
  );
}

function answerIn(stdout: string): SystemAnswer | undefined {
  try {
    return JSON.parse(stdout) as SystemAnswer;
  } catch {
    return undefined;
  }
}
