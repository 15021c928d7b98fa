// Calls of a gateway's admin address and of its data address, for tests of what a change there does here.

import type { Gateway } from "@fairlead/gateway";
import { ADMIN, BODY } from "./world.ts";

/** What the admin address says. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: { readonly [name: string]: never };
}

/** A change of everything that keys and services have in common, of their first version. */
export const CHANGE = {
  name: "nightly",
  limits: { rpm: 1 },
  budget: { usd_per_day: 5 },
  models: [{ match: "claude-opus-*", limits: { otpm: 100 } }],
  ip: { deny: ["203.0.113.0/24"] },
  expires_in_seconds: 3_600,
  version: 1,
};

/** Asks the admin address, as one who may do all. */
export async function api(
  gateway: Gateway | undefined,
  method: string,
  path: string,
  body?: object,
): Promise<AdminAnswer> {
  const sent = await fetch(`${gateway?.adminUrl}${path}`, {
    method,
    headers: { ...ADMIN, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: sent.status, body: (await sent.json()) as never };
}

/** Status and message of a refusal of the admin address. */
export function problem({ status, body }: AdminAnswer): readonly [number, string] {
  return [status, (body as unknown as { error: { message: string } }).error.message];
}

/** A message with this credential: `ok`, or the code of the error. */
export async function send(
  gateway: Gateway | undefined,
  credential: { readonly [name: string]: string },
): Promise<string> {
  const sent = await fetch(`${gateway?.url}/v1/messages`, {
    method: "POST",
    headers: { ...credential, "content-type": "application/json" },
    body: BODY,
  });
  if (sent.ok) return "ok";
  const { error } = (await sent.json()) as { error: { details: { error_code: string } } };
  return error.details.error_code;
}
