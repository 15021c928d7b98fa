// One handshake with the target the way the program goes, told as facts.

import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { Handshake } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import { clientCertificateOf, wishOf } from "./client-hello.ts";
import { isBroken } from "./tcp.ts";
import { type Opened, openWay, type Way } from "./way.ts";

/**
 * Longest wait for a handshake, milliseconds: the first, and those that are compared with it. Lost packets are sent again
 * after some 200, 400 and 800 ms, so what answers at all has answered by then; both fit into a quick examination.
 */
const WAIT_MS = { first: 2_200, compared: 2_800 } as const;
/** The same where names, TCP and the proxy's tunnel have used up much of the time for all. */
const SHORT_WAIT_MS = { first: 1_800, compared: 2_200 } as const;
const SLOW_MS = 1_500;

/** How long to wait for a handshake. */
export function handshakeWait(facts: Facts, which: "first" | "compared"): number {
  const slowest = Math.max(0, ...(facts["tcp.connect"]?.connects.map(({ ms }) => ms) ?? []));
  const lookup = facts["dns.lookup"]?.ms ?? 0;
  const tunnel = facts["proxy.tunnel"]?.target.ms ?? 0;
  return (slowest + lookup + tunnel > SLOW_MS ? SHORT_WAIT_MS : WAIT_MS)[which];
}

/** Tries one variant. The connection is the caller's to close. */
export async function attempt(
  ctx: Context,
  way: Way,
  variant: Handshake["variant"],
  timeoutMs: number,
): Promise<{ readonly handshake: Handshake; readonly opened?: Opened }> {
  const own = isIP(way.host.replace(/^\[|\]$/g, "")) === 0 ? way.host : "";
  const servername = wishOf(variant).servername ?? own;
  const wish = { ...wishOf(variant), servername, timeoutMs, ...clientCertificateOf(ctx).certificate };
  const opened = await openWay(ctx, { ...way, wish });
  const address = isBroken(opened) ? (way.addresses[0] ?? "") : opened.address;
  const told = { address, family: isIP(address) === 6 ? 6 : 4, servername, variant } as const;
  if (isBroken(opened)) {
    const { at, error, message, ms, bytesIn } = opened;
    return { handshake: { ...told, ok: false, ms: Math.round(ms), error, message, bytesIn, at } };
  }
  const { tls } = opened;
  if (tls === undefined) return { handshake: { ...told, ok: false, ms: 0, error: "NO_TLS", bytesIn: 0 }, opened };
  const { ms, bytesIn, protocol, cipher, group } = tls;
  const handshake = {
    ...told,
    ok: true,
    ms: Math.round(ms),
    bytesIn,
    protocol,
    cipher,
    ...(group === undefined ? {} : { group }),
  };
  return { handshake, opened };
}

/** What became of a handshake, in one word. */
export function outcomeOf({
  ok,
  error = "",
  at,
}: Handshake): "ok" | "timeout" | "reset" | "alert" | "refused" | "other" {
  if (ok) return "ok";
  if (at !== undefined && at !== "tls") return at === "tcp" && error === "ECONNREFUSED" ? "refused" : "other";
  if (error === "TIMEOUT") return "timeout";
  if (["ECONNRESET", "CLOSED", "EPIPE", "ECONNABORTED"].includes(error)) return "reset";
  return /ALERT|HANDSHAKE_FAILURE/.test(error) ? "alert" : "other";
}
