// What a load is aimed at: address and keys, and whether requests there cost money.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { adminKey } from "../admin/find-admin.ts";
import { CliError } from "../cli-error.ts";
import { type Connection, findConnection } from "../connection.ts";
import { isLoopback } from "../loopback.ts";
import { findRunning } from "../run-file.ts";
import type { Terminal } from "../terminal.ts";

/** Where requests go when nothing says. */
const DEFAULT_URL = "http://127.0.0.1:4100";
/** Sent to an address of this machine when there is no key at all: the simulator takes any. */
const ANY_KEY = "fairlead-load";
/** How long the admin address of a gateway is waited for, milliseconds. */
const ADMIN_MS = 500;

/** Address and keys of a load. */
export interface Aim {
  /** Without a slash at the end, without /v1. */
  readonly url: string;
  readonly keys: readonly string[];
  readonly auth: Connection["auth"];
}

/**
 * Finds address and keys, as `fairlead ask` does; without anything set it is the gateway on this machine.
 * @throws CliError when there is no key, or the file of keys cannot be read
 */
export function findAim(options: { url?: string; key?: string; keyFile?: string }, terminal: Terminal): Aim {
  const keys = options.keyFile === undefined ? undefined : readKeys(resolve(terminal.folder, options.keyFile));
  const named = options.url ?? ((terminal.env.ANTHROPIC_BASE_URL ?? "").trim() || undefined);
  const nothing = named === undefined && findRunning(terminal.folder) === undefined;
  const url = nothing ? DEFAULT_URL : options.url;
  const key = options.key ?? keys?.[0] ?? (nothing ? ANY_KEY : undefined);
  const wish = { ...(url === undefined ? {} : { url }), ...(key === undefined ? {} : { key }) };
  const own = (keyless: string) => ({ ...wish, key: keyless });
  let found: Connection;
  try {
    found = findConnection(wish, terminal);
  } catch (e) {
    if (!CliError.is(e) || e.exitCode === 2 || named === undefined || !isLoopback(named)) throw e;
    found = findConnection(own(ANY_KEY), terminal);
  }
  return { url: found.url, keys: keys ?? [found.key], auth: found.auth };
}

/**
 * Why requests to this address may cost money; undefined when nothing says so. A gateway on this machine is asked by its
 * admin address, the port above its own, which upstreams it has.
 */
export async function costly(url: string, terminal: Terminal): Promise<string | undefined> {
  if (!isLoopback(url)) return `${new URL(url).host} is not this machine`;
  const admin = new URL(url);
  admin.port = String(Number(admin.port || "80") + 1);
  admin.pathname = "/api/state";
  const key = adminKey(admin.origin, terminal);
  try {
    const answer = await fetch(admin, {
      signal: AbortSignal.timeout(ADMIN_MS),
      redirect: "error",
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    });
    if (answer.status === 401) return "the gateway there does not tell this user where it sends to (no admin key)";
    const state = (await answer.json()) as { upstreams?: ReadonlyArray<{ name?: unknown; url?: unknown }> };
    const far = state.upstreams?.find((one) => typeof one.url === "string" && !isLoopback(one.url));
    return far === undefined ? undefined : `the gateway there sends to ${new URL(String(far.url)).host}`;
  } catch {
    return undefined;
  }
}

function readKeys(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (e) {
    const why = (e as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (e as Error).message;
    throw new CliError(`the keys in ${file} cannot be read: ${why}.`, 2);
  }
  const keys = text.split("\n").map((line) => line.trim());
  const filled = keys.filter((key) => key !== "" && !key.startsWith("#"));
  if (filled.length === 0) throw new CliError(`${file} holds no key. Write one on each line.`, 2);
  if (!filled.every((key) => /^[\u0021-\u007e]{1,500}$/.test(key)))
    throw new CliError(`${file} holds a line that is no key. Write one on each line, without blanks.`, 2);
  return filled;
}
