// What which version of a program can do about certificates and ClientHellos.

import type { Context } from "../context.ts";

/** Numbers of a version such as 2.1.101; undefined for what is none. */
export function numbersOf(version: string | undefined): readonly [number, number, number] | undefined {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(version ?? "");
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

/** Whether `version` is `floor` or later. */
export function atLeast(version: string | undefined, floor: string): boolean {
  const a = numbersOf(version);
  const b = numbersOf(floor);
  if (a === undefined || b === undefined) return false;
  for (let i = 0; i < 3; i += 1) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  return true;
}

/** Version of the Node that the program runs on, as far as it is known. */
export function nodeVersionOf(ctx: Context): string {
  return (ctx.environment.client === "node" ? ctx.environment.clientVersion : undefined) ?? ctx.machine.nodeVersion;
}

/** `--use-system-ca`: Node 22.15 and 23.8 (https://nodejs.org/api/cli.html#--use-system-ca). */
export function knowsSystemCaFlag(node: string): boolean {
  return atLeast(node, "23.8.0") || (numbersOf(node)?.[0] === 22 && atLeast(node, "22.15.0"));
}

/** `NODE_USE_SYSTEM_CA=1`: Node 22.19 and 24.6 (https://nodejs.org/api/cli.html#node_use_system_ca1). */
export function knowsSystemCaVariable(node: string): boolean {
  return atLeast(node, "24.6.0") || (numbersOf(node)?.[0] === 22 && atLeast(node, "22.19.0"));
}

/** Claude Code trusts the operating system's store from 2.1.101 on, as its changelog says; an unknown version counts as new. */
export function claudeReadsSystemStore(version: string | undefined): boolean {
  return numbersOf(version) === undefined || atLeast(version, "2.1.101");
}

/**
 * Whether that program's ClientHello holds a post-quantum key share and needs two packets: Bun's does, and Node's since it
 * brings OpenSSL 3.5 (https://nodejs.org/en/blog/release/v22.20.0, v24.7.0). Python and curl mostly still run on 3.0.
 */
export function sendsLargeHello(ctx: Context): boolean {
  const { client } = ctx.environment;
  if (client === "claude-code") return true;
  if (client !== "node") return false;
  const node = nodeVersionOf(ctx);
  return atLeast(node, "24.7.0") || (numbersOf(node)?.[0] === 22 && atLeast(node, "22.20.0"));
}
