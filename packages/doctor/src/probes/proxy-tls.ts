// The certificate of a proxy that is spoken to over TLS: nothing is sent through it before it is found good.

import { isIP } from "node:net";
import type { Context } from "../context.ts";
import type { ProxyChoice } from "../environment/environment.ts";
import type { ProxyTlsFacts } from "../facts/proxy.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Looked, Probe } from "../probe.ts";
import { chainFacts, judge } from "../trust/judge.ts";
import { storesOf } from "../trust/stores.ts";
import { whatSpeaks } from "../wire/proxy-attempt.ts";
import { type Broken, connectTcp, isBroken } from "../wire/tcp.ts";
import { handshake, type Secured } from "../wire/tls.ts";

const WAIT_MS = 3_000;
/** A handshake that is not done by then may meet a port that waits for a line of HTTP, milliseconds. */
const PLAIN_MS = 600;

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
  const { host } = decision.proxy;
  const secured = await shake(ctx, address, decision.proxy);
  if (isBroken(secured)) {
    const plain = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|^EPROTO$|^PLAIN$/.test(secured.error);
    const error = plain ? "PLAIN" : secured.error;
    const note = plain
      ? { en: "the proxy's port speaks plain HTTP, not TLS", zh: "代理端口使用明文 HTTP，而非 TLS" }
      : { en: `no TLS at the proxy's port: ${secured.error}`, zh: `代理端口没有 TLS：${secured.error}` };
    return { status: "fail", note, facts: { ok: false, error, ms: Math.round(secured.ms) } };
  }
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

/** Shakes hands; a port that stays silent meanwhile and answers to plain HTTP is `PLAIN`. */
async function shake(ctx: Context, address: string, proxy: ProxyChoice): Promise<Secured | Broken> {
  const { clock } = ctx.rt;
  const line = await connectTcp(ctx.wire, address, proxy.port, WAIT_MS);
  if (isBroken(line)) return line;
  const servername = isIP(proxy.host) ? "" : proxy.host;
  const shaken = handshake(ctx.wire, line.connection, line.socket, { servername, timeoutMs: WAIT_MS });
  return new Promise((resolve) => {
    const late = clock.timer(PLAIN_MS, () => {
      void whatSpeaks(ctx, address, proxy).then((speaks) => {
        if (speaks !== "http") return;
        resolve({ error: "PLAIN", message: "the port answers to plain HTTP", ms: PLAIN_MS, bytesIn: 0 });
        line.socket.destroy();
      });
    });
    void shaken.then((result) => {
      late.cancel();
      resolve(result);
    });
  });
}
