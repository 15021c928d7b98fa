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
  return JSON.parse(text) as AdminOutput<AdminContract[N]>;
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
  let answer: Response;
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
  } catch (e) {
    throw new CliError(
      `no gateway answers at ${target.url} (${reasonOf(e, patienceMs)}). Start one (fairlead gateway), or name its admin address with --admin or FAIRLEAD_ADMIN.`,
    );
  }
  const text = await answer.text();
  if (answer.ok) return text;
  throw new CliError(refusalOf(text, answer.status, target));
}

function refusalOf(text: string, status: number, { url, key }: AdminTarget): string {
  let message: string | undefined;
  try {
    message = (JSON.parse(text) as { error?: { message?: string } }).error?.message;
  } catch {
    // Something else answers there.
  }
  if (message === undefined) return `what answers at ${url} is no admin address of a gateway (${status}).`;
  if (status === 401 && key === undefined) {
    return `no admin key for ${url} was found. Set FAIRLEAD_ADMIN_KEY, or run this as the user that runs the gateway there.`;
  }
  return message;
}

function reasonOf(e: unknown, patienceMs: number): string {
  if (!(e instanceof Error)) return String(e);
  if (e.name === "TimeoutError") return `no answer within ${patienceMs / 1_000} s`;
  const cause = e.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? e.message;
}
