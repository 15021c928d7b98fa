// One request to the target the way the program goes, with its key only where the key may go.

import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { Secret } from "../secret.ts";
import { programWish } from "../wire/client-hello.ts";
import { type Answered, exchange } from "../wire/http.ts";
import { isBroken } from "../wire/tcp.ts";
import { openWay, type Way, wayToTarget } from "../wire/way.ts";
import { exchangedOf, unanswered } from "./exchanged.ts";
import { carriesKey } from "./key-guard.ts";
import { followedPath, MOST_REDIRECTS } from "./redirect.ts";

/** A header; one whose value is a Secret makes the whole call one that only `carriesKey` lets out. */
export type CallHeader = readonly [name: string, value: string | Secret];

/** What to ask. */
export interface Call {
  readonly method: string;
  /** Whole path with its query, the base's own path included. */
  readonly path: string;
  readonly headers?: readonly CallHeader[];
  readonly body?: string;
  /** For the head of the answer, and again for the rest, milliseconds. */
  readonly timeoutMs: number;
  /** Goes to this address first, to try one family. */
  readonly address?: string;
}

/** What came back; `answered` is there when there was an answer. */
export interface Called {
  readonly exchange: Exchanged;
  readonly answered?: Answered;
}

/** Who asks. Names the doctor, so that the far end's log explains the odd requests. */
export const USER_AGENT = "fairlead-doctor/0.1";

/**
 * Asks the target. A redirect is followed only where the program follows it and it stays on the target's own host, scheme
 * and port: a key must not go where somebody else sends it.
 */
export async function callTarget(ctx: Context, facts: Facts, call: Call): Promise<Called> {
  const plain = wayToTarget(ctx, facts);
  const known = plain.tls ? { ...plain, wish: programWish(ctx) } : plain;
  const way = call.address === undefined ? known : { ...known, addresses: [call.address] };
  const first = await callWay(ctx, facts, way, call);
  let called = first;
  let { path } = call;
  for (let hops = 0; hops < MOST_REDIRECTS && called.answered !== undefined; hops += 1) {
    const next = followedPath(ctx, called.answered, path);
    if (next === undefined) break;
    path = next;
    called = await callWay(ctx, facts, way, { ...call, path });
  }
  if (called === first) return first;
  const { status = 0, path: from } = first.exchange;
  return { ...called, exchange: { ...called.exchange, redirected: { status, from } } };
}

/** Asks over a way. A call with a Secret goes nowhere but to the target. */
export async function callWay(ctx: Context, facts: Facts, way: Way, call: Call): Promise<Called> {
  const { clock } = ctx.rt;
  const standard = way.tls ? 443 : 80;
  const host = way.host.includes(":") && !way.host.startsWith("[") ? `[${way.host}]` : way.host;
  const authority = way.port === standard ? host : `${host}:${way.port}`;
  const asked = {
    method: call.method,
    path: call.path.split("?")[0] ?? call.path,
    host: `${host}:${way.port}`,
    secrets: secretsOf(ctx, call),
  };
  const opened = await openWay(ctx, way);
  if (isBroken(opened)) return { exchange: unanswered(asked, opened) };
  const { socket } = opened;
  try {
    const secret = (call.headers ?? []).some(([, value]) => value instanceof Secret);
    const home = way.host === ctx.target.host && way.port === ctx.target.port && way.tls === ctx.target.tls;
    if (secret && !(home && carriesKey(ctx, facts, opened))) {
      const error = {
        error: "KEY_WITHHELD",
        message: "another certificate than the one that was judged",
        ms: 0,
        bytesIn: 0,
      };
      return { exchange: unanswered(asked, error) };
    }
    const headers: (readonly [string, string])[] = [
      ["host", authority],
      ["user-agent", USER_AGENT],
      ["accept", "application/json"],
      ["accept-encoding", "gzip, br"],
      ["connection", "close"],
    ];
    for (const [name, value] of call.headers ?? [])
      headers.push([name, value instanceof Secret ? value.reveal() : value]);
    const { forward } = opened;
    if (forward?.authorization !== undefined) headers.push(["proxy-authorization", forward.authorization.reveal()]);
    const answered = await exchange(ctx.wire, opened.connection, socket, {
      method: call.method,
      path: `${forward?.prefix ?? ""}${call.path}`,
      headers,
      timeoutMs: call.timeoutMs,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    if (isBroken(answered)) return { exchange: unanswered(asked, answered) };
    // The head came this long before now; its Date header is compared with that moment.
    const wallMs = clock.wall() - (answered.endMs - answered.headersMs);
    return { exchange: exchangedOf({ ...asked, wallMs }, answered), answered };
  } finally {
    socket.destroy();
  }
}

/** All that must not be in facts even when the far end echoes it. */
function secretsOf(ctx: Context, call: Call): readonly Secret[] {
  const own = (call.headers ?? []).flatMap(([, value]) => (value instanceof Secret ? [value] : []));
  return [...own, ...ctx.environment.credentials.map(({ secret }) => secret)];
}
