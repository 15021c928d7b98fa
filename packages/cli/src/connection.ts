// Where ask and claude connect to: what was asked for, else the environment, else a start that runs in this folder.

import { CliError } from "./cli-error.ts";
import { findRunning } from "./run-file.ts";
import type { Terminal } from "./terminal.ts";

/** An address and the key for it. */
export interface Connection {
  /** Without a slash at the end, without /v1. */
  readonly url: string;
  readonly key: string;
  /** The header that carries the key. */
  readonly auth: "x-api-key" | "bearer";
  /** Where address and key came from, for people. */
  readonly from: string;
}

/**
 * Finds the connection. A key from the environment goes only to the address that the environment names with it (or to
 * Anthropic), never to an address from elsewhere.
 * @throws CliError when there is no key, or the address is none
 */
export function findConnection(options: { url?: string; key?: string }, terminal: Terminal): Connection {
  const { env } = terminal;
  const running = findRunning(terminal.folder);
  const url = options.url ?? filled(env.ANTHROPIC_BASE_URL);
  const token = filled(env.ANTHROPIC_AUTH_TOKEN);
  const apiKey = filled(env.ANTHROPIC_API_KEY);
  if (options.key !== undefined) {
    const where = url ?? running?.url ?? "https://api.anthropic.com";
    return { url: checkUrl(where), key: options.key, auth: "x-api-key", from: "--key" };
  }
  if (running !== undefined && (url === undefined || sameOrigin(url, running.url))) {
    const from = `the fairlead start that runs in this folder (process ${running.pid})`;
    return { url: checkUrl(running.url), key: running.key, auth: "x-api-key", from };
  }
  if (token !== undefined) {
    return {
      url: checkUrl(url ?? "https://api.anthropic.com"),
      key: token,
      auth: "bearer",
      from: "ANTHROPIC_AUTH_TOKEN",
    };
  }
  if (apiKey !== undefined) {
    return {
      url: checkUrl(url ?? "https://api.anthropic.com"),
      key: apiKey,
      auth: "x-api-key",
      from: "ANTHROPIC_API_KEY",
    };
  }
  throw new CliError(
    url === undefined
      ? "there is nothing to talk to. Run fairlead start in another terminal of this folder, or set ANTHROPIC_API_KEY, or give --url and --key."
      : `there is no key for ${url}. Set ANTHROPIC_AUTH_TOKEN (or ANTHROPIC_API_KEY), or give --key.`,
  );
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value.trim();
}

function sameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && new URL(a).origin === new URL(b).origin;
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new CliError(`${JSON.stringify(text)} is no address. Write it as http://127.0.0.1:4100.`, 2);
  }
  const bare = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  return bare.replace(/\/v1$/, "");
}
