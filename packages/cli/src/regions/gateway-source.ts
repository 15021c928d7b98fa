// What a running gateway knows of its upstreams, read from its admin address.

import type { Region, RegionsView } from "./region.ts";

/** How long the admin address has to answer, milliseconds. */
const ANSWER_MS = 3_000;

/** Why nothing was read, in words for people. */
export interface Unread {
  readonly unread: string;
}

/** Reads `/api/state`. */
export async function readGateway(admin: string, key: string | undefined): Promise<RegionsView | Unread> {
  let state: Fields;
  try {
    const answer = await fetch(`${admin}/api/state`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: "error",
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    });
    if (answer.status === 401 && key === undefined) {
      return { unread: "it wants an admin key: set FAIRLEAD_ADMIN_KEY, or run this as the user that runs it" };
    }
    if (answer.status !== 200) return { unread: `it answers ${answer.status}` };
    state = record(await answer.json());
  } catch (e) {
    return { unread: reasonOf(e) };
  }
  if (!Array.isArray(state.upstreams)) return { unread: "what answers there is no admin address of a gateway" };
  const upstreams = state.upstreams.map(record);
  const seconds = Math.max(0, ...upstreams.map((one) => number(record(one.window).seconds) ?? 0));
  const at = new Date().toISOString();
  return { at, source: "gateway", admin, window_seconds: seconds, regions: upstreams.map(regionOf) };
}

function regionOf(one: Fields): Region {
  const window = record(one.window);
  return {
    name: text(one.name) ?? "?",
    provider: text(one.provider) ?? null,
    region: text(one.region) ?? null,
    url: text(one.url) ?? null,
    state: text(one.state) ?? "unknown",
    why: text(one.why) ?? "",
    attempts: number(window.attempts) ?? 0,
    ok: number(window.ok) ?? 0,
    availability: number(window.availability) ?? null,
    mean_ms: number(window.mean_ms) ?? null,
    p95_ms: number(window.p95_ms) ?? null,
    connect_ms: null,
  };
}

function reasonOf(e: unknown): string {
  if (!(e instanceof Error)) return String(e);
  if (e.name === "TimeoutError") return `no answer within ${ANSWER_MS / 1_000} s`;
  const cause = e.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? e.message;
}

type Fields = { readonly [key: string]: unknown };

function record(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
