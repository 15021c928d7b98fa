// Calls of the gateway's OAuth endpoints.

import { CliError } from "../cli-error.ts";

/** What an endpoint answered. Status 0: nobody answered, `error` says why. */
export interface OAuthAnswer {
  readonly status: number;
  readonly error: string | undefined;
  readonly says: string;
  readonly body: { readonly [name: string]: unknown };
}

/** By when an endpoint must have answered, milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Sends a form. Follows no redirect: what is in the form is for this address alone.
 * @throws CliError when something else than a gateway of ours answered
 */
export async function callOAuth(
  url: string,
  path: string,
  form: { readonly [name: string]: string | undefined },
): Promise<OAuthAnswer> {
  const filled = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
  let response: Response;
  try {
    response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams(filled).toString(),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (e) {
    const cause = (e as { cause?: { code?: string } }).cause?.code;
    const says = `${url} does not answer (${cause ?? (e as Error).name}); run fairlead doctor`;
    return { status: 0, error: "unreachable", says, body: {} };
  }
  const text = await response.text();
  if (text === "" && response.ok) return { status: response.status, error: undefined, says: "", body: {} };
  const body = readObject(text);
  if (body === undefined || (!response.ok && typeof body.error !== "string")) {
    throw new CliError(
      `${url}${path} answered ${response.status} with something that is no answer of a Fairlead gateway; check the address`,
    );
  }
  const error = typeof body.error === "string" ? body.error : undefined;
  const says = typeof body.error_description === "string" ? plain(body.error_description) : (error ?? "");
  return { status: response.status, error, says, body };
}

/** A text of an answer; undefined when it is none. */
export function textOf(answer: OAuthAnswer, name: string): string | undefined {
  const value = answer.body[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A number of an answer, within bounds. */
export function numberOf(answer: OAuthAnswer, name: string, standard: number, most: number): number {
  const value = answer.body[name];
  return typeof value === "number" && value >= 0 ? Math.min(value, most) : standard;
}

/** What came over the net may go to a terminal: no control characters. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, " ").slice(0, 500);
}

function readObject(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as { readonly [name: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}
