// Asks the admin address by its contract: what is sent and what comes back have the contract's types.

import type { AdminContract, AdminInput, AdminOutput, AdminRouteName } from "@fairlead/gateway";
import { CliError } from "../cli-error.ts";
import type { AdminTarget } from "./find-admin.ts";

/** How long the admin address has to answer, milliseconds. */
const ANSWER_MS = 15_000;

/** One request to a route: only what the route reads. */
export type Asked<N extends AdminRouteName> = AdminInput<AdminContract[N]>;

/**
 * Asks a route and returns its answer.
 * @param patienceMs how long it has to answer, milliseconds
 * @throws CliError with the gateway's own words when it refuses, and with the fix when nobody answers
 */
export async function askAdmin<N extends AdminRouteName>(
  target: AdminTarget,
  name: N,
  asked: Asked<N>,
  patienceMs = ANSWER_MS,
): Promise<AdminOutput<AdminContract[N]>> {
  const text = await askText(target, name, asked, patienceMs);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof value !== "object" || value === null) throw new CliError(stranger(target.url, 200));
  return value as AdminOutput<AdminContract[N]>;
}

/** The same for an answer that is text. */
export async function askText<N extends AdminRouteName>(
  target: AdminTarget,
  name: N,
  asked: Asked<N>,
  patienceMs = ANSWER_MS,
): Promise<string> {
  const { CONTRACT } = await import("@fairlead/gateway");
  const { method, path } = CONTRACT[name];
  const {
    params = {},
    query = {},
    body,
  } = asked as {
    params?: { [key: string]: string };
    query?: { [key: string]: string | number | undefined };
    body?: object;
  };
  const url = new URL(
    path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? "")),
    target.url,
  );
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
  if (target.key !== undefined && !/^[!-~]+$/.test(target.key)) {
    throw new CliError("the admin key holds characters that no key has. Check FAIRLEAD_ADMIN_KEY.", 2);
  }
  let answer: Response | undefined;
  let text: string;
  try {
    answer = await fetch(url, {
      method,
      redirect: "error",
      signal: AbortSignal.timeout(patienceMs),
      headers: {
        ...(target.key === undefined ? {} : { authorization: `Bearer ${target.key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await answer.text();
  } catch (e) {
    throw new CliError(unanswered(target.url, method !== "GET", answer !== undefined, e, patienceMs));
  }
  if (answer.ok) return text;
  throw new CliError(refusalOf(text, answer.status, target));
}

function stranger(url: string, status: number): string {
  return `what answers at ${url} is no admin address of a gateway (${status}). Name the right one with --admin or FAIRLEAD_ADMIN.`;
}

/** What is told of a request without a whole answer. What nobody took changed nothing; of all else that is not known. */
function unanswered(url: string, changes: boolean, begun: boolean, e: unknown, patienceMs: number): string {
  const reason = reasonOf(e, patienceMs);
  const reached = begun || isTimeout(e) || LOST.test(reason);
  if (reached && changes) {
    return `the answer of ${url} did not come (${reason}), and whether anything was changed is not known. Look before you ask again: fairlead audit tells what was done.`;
  }
  if (begun) return `the answer of ${url} broke off (${reason}). Try again.`;
  return `no gateway answers at ${url} (${reason}). Start one (fairlead gateway), or name its admin address with --admin or FAIRLEAD_ADMIN.`;
}

/** A connection that was there and ended. */
const LOST = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET)$/;

function isTimeout(e: unknown): boolean {
  return e instanceof Error && e.name === "TimeoutError";
}

function refusalOf(text: string, status: number, { url, key }: AdminTarget): string {
  let message: string | undefined;
  try {
    message = (JSON.parse(text) as { error?: { message?: string } }).error?.message;
  } catch {
    // Something else answers there.
  }
  if (message === undefined) return stranger(url, status);
  if (status === 401 && key === undefined) {
    return `no admin key for ${url} was found. Set FAIRLEAD_ADMIN_KEY, or run this as the user that runs the gateway there.`;
  }
  return message;
}

function reasonOf(e: unknown, patienceMs: number): string {
  if (!(e instanceof Error)) return String(e);
  if (isTimeout(e)) return `no answer within ${patienceMs / 1_000} s`;
  const cause = e.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? e.message;
}
