// The certificate of a proxy that is spoken to over TLS: nothing is sent through it before it is found good.

import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { ProxyTlsFacts } from "../facts/proxy.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Looked, Probe } from "../probe.ts";
import { chainFacts, judge } from "../trust/judge.ts";
import { storesOf } from "../trust/stores.ts";
import { connectTcp, isBroken } from "../wire/tcp.ts";
import { handshake } from "../wire/tls.ts";

const WAIT_MS = 3_000;

/** The probe. */
export const proxyTls: Probe<"proxy.tls"> = {
  id: "proxy.tls",
  layer: "proxy",
  title: { en: "certificate of the proxy", zh: "代理的证书" },
  after: ["tcp.connect"],
  skip(ctx, facts) {
    const decision = ctx.environment.proxyFor(ctx.target.url);
    if (decision.use !== "proxy" || decision.proxy.scheme !== "https")
      return { en: "no proxy behind TLS", zh: "没有使用 TLS 的代理" };
    return facts["tcp.connect"]?.best === undefined ? blocked() : undefined;
  },
  run: look,
};

async function look(ctx: Context, facts: Facts): Promise<Looked<"proxy.tls">> {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  const address = facts["tcp.connect"]?.best;
  if (decision.use !== "proxy" || address === undefined) return { status: "skip", note: blocked() };
  const { host, port } = decision.proxy;
  const line = await connectTcp(ctx.wire, address, port, WAIT_MS);
  const secured = isBroken(line)
    ? line
    : await handshake(ctx.wire, line.connection, line.socket, {
        servername: isIP(host) ? "" : host,
        timeoutMs: WAIT_MS,
      });
  if (isBroken(secured)) {
    const plain = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|^EPROTO$/.test(secured.error);
    const error = plain ? "PLAIN" : secured.error;
    return {
      status: "fail",
      note: { en: `no TLS at the proxy's port: ${secured.error}`, zh: `代理端口没有 TLS：${secured.error}` },
      facts: { ok: false, error, ms: Math.round(secured.ms) },
    };
  }
  if (!("chain" in secured)) return { status: "skip", note: blocked() };
  secured.socket.destroy();
  const trust = judge(secured.chain, host, ctx.rt.clock.wall(), storesOf(ctx));
  const [leaf] = chainFacts(secured.chain);
  const ok = trust?.program === true;
  const error = ok ? undefined : (trust?.error ?? "NO-CERTIFICATE");
  const found: ProxyTlsFacts = {
    ok,
    ms: Math.round(secured.ms),
    ...(error === undefined ? {} : { error }),
    ...(leaf === undefined
      ? {}
      : { issuer: leaf.issuer, subject: leaf.subject, names: leaf.names, notAfter: leaf.notAfter }),
  };
  const who = leaf?.issuer ?? "?";
  return ok
    ? {
        status: "pass",
        note: { en: `${secured.protocol}, issued by ${who}`, zh: `${secured.protocol}，签发者 ${who}` },
        facts: found,
      }
    : {
        status: "fail",
        note: { en: `not accepted: ${error} (${who})`, zh: `未被接受：${error}（${who}）` },
        facts: found,
      };
}
