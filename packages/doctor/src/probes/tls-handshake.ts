// Shakes hands with the target as the program would, over every address family, and judges the certificates.

import { parseHttpDate } from "@fairlead/protocol";
import type { Context } from "../context.ts";
import type { Handshake, HandshakeFacts, TlsClock, Trust } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Looked, Probe, Status } from "../probe.ts";
import { chainFacts, datesFit, judge } from "../trust/judge.ts";
import { storesOf, verifiesNothing } from "../trust/stores.ts";
import { clientCertificateOf, helloOf } from "../wire/client-hello.ts";
import { exchange, headerOf } from "../wire/http.ts";
import { connectTcp, isBroken } from "../wire/tcp.ts";
import { attempt, handshakeWait, outcomeOf } from "../wire/tls-attempt.ts";
import { type Opened, type Way, wayToTarget } from "../wire/way.ts";
import type { Words } from "../words.ts";

/** How often a handshake that was reset at once is tried again. */
const RETRIES = 2;
/** A reset that took longer than this is not tried again, milliseconds. */
const QUICK_MS = 800;
/** Wait for a Date header, milliseconds. */
const DATE_MS = 1_500;

type Tried = Awaited<ReturnType<typeof attempt>>;

/** The probe. */
export const tlsHandshake: Probe<"tls.handshake"> = {
  id: "tls.handshake",
  layer: "tls",
  title: { en: "TLS handshake and certificate", zh: "TLS 握手与证书" },
  after: ["tcp.connect", "proxy.tunnel"],
  required: true,
  timeoutMs: 7_000,
  skip(ctx, facts) {
    // Said by run instead: a skip of a required probe would leave the verdict open.
    if (!ctx.target.tls) return undefined;
    const connect = facts["tcp.connect"];
    if (connect !== undefined && !connect.connects.some(({ ok }) => ok)) return blocked();
    const tunnel = facts["proxy.tunnel"];
    if (tunnel !== undefined && !tunnel.target.ok) return blocked();
    return wayToTarget(ctx, facts).addresses.length === 0 ? blocked() : undefined;
  },
  async run(ctx, facts) {
    if (!ctx.target.tls) {
      const note = { en: "the address is http://: no TLS on this way", zh: "地址为 http://：此路径不使用 TLS" };
      return { status: "skip", note };
    }
    const way = wayToTarget(ctx, facts);
    const hello = helloOf(ctx);
    const wait = handshakeWait(facts, "first");
    const first = { ...way, addresses: way.addresses.slice(0, 1) };
    const aside = hello === "classical" ? [attempt(ctx, first, "default", wait)] : [];
    const tried = (await Promise.all([...waysOf(way).map((one) => persist(ctx, one, hello, wait)), ...aside])).flat();
    try {
      return await conclude(ctx, facts, way, hello, tried);
    } finally {
      for (const { opened } of tried) opened?.socket.destroy();
    }
  },
};

/** One way per address family; through a proxy, whose address is not the target's, one for all. */
function waysOf(way: Way): Way[] {
  if (way.proxy !== undefined) return [way];
  const families = new Map<boolean, string>();
  for (const address of way.addresses)
    if (!families.has(address.includes(":"))) families.set(address.includes(":"), address);
  return [...families.values()].map((address) => ({ ...way, addresses: [address] }));
}

// One reset can be chance; a filter resets each time.
async function persist(ctx: Context, way: Way, hello: Handshake["variant"], wait: number): Promise<Tried[]> {
  const all: Tried[] = [];
  for (let left = RETRIES; ; left -= 1) {
    const one = await attempt(ctx, way, hello, wait);
    all.push(one);
    if (outcomeOf(one.handshake) !== "reset" || one.handshake.ms > QUICK_MS || left === 0) return all;
  }
}

async function conclude(
  ctx: Context,
  facts: Facts,
  way: Way,
  hello: HandshakeFacts["hello"],
  tried: readonly Tried[],
): Promise<Looked<"tls.handshake">> {
  const own = tried.filter(({ handshake }) => handshake.variant === hello);
  const standing = own.flatMap(({ opened }) => (opened?.tls === undefined ? [] : [opened]));
  const judged = judgeAll(ctx, standing);
  const wrongTime = judged?.trust !== undefined && (judged.trust.expired || judged.trust.notYetValid);
  const clock = judged !== undefined && wrongTime ? await farClock(ctx, judged.opened, way, facts) : undefined;
  const plain =
    way.proxy === undefined && own.some(({ handshake }) => speaksNoTls(ctx, handshake))
      ? await plainAnswer(ctx, way)
      : undefined;
  const certificate = clientCertificateOf(ctx);
  const found: HandshakeFacts = {
    via: way.proxy === undefined ? "direct" : "proxy",
    hello,
    handshakes: tried.map(({ handshake }) => handshake),
    chain: judged === undefined ? [] : chainFacts(judged.opened.tls?.chain ?? []),
    ...(judged?.trust === undefined ? {} : { trust: judged.trust }),
    ...(clock === undefined ? {} : { clock }),
    ...(plain === undefined ? {} : { plain }),
    ...(certificate.path === undefined
      ? {}
      : {
          clientCertificate: {
            path: certificate.path,
            ...(certificate.problem === undefined ? {} : { problem: certificate.problem }),
          },
        }),
  };
  return { ...told(found, way, verifiesNothing(ctx)), facts: found };
}

/** Judges every certificate that was shown; the worst decides, because any of the addresses may be the next. */
function judgeAll(
  ctx: Context,
  standing: readonly Opened[],
): { readonly opened: Opened; readonly trust: Trust | undefined } | undefined {
  const stores = storesOf(ctx);
  const all = standing.map((opened) => ({
    opened,
    trust: judge(opened.tls?.chain ?? [], ctx.target.host, ctx.rt.clock.wall(), stores),
  }));
  return all.find(({ trust }) => trust?.program !== true) ?? all.find(({ trust }) => trust?.keySafe !== true) ?? all[0];
}

/** The far end's clock, asked without a credential on the connection that stands, else in clear. */
async function farClock(ctx: Context, opened: Opened, way: Way, facts: Facts): Promise<TlsClock | undefined> {
  const known = facts["http.clock"]?.skewMs;
  const skewMs = known ?? (await skewOn(ctx, opened.socket, opened.connection)) ?? (await skewInClear(ctx, way));
  if (skewMs === undefined) return undefined;
  return { skewMs, validThere: datesFit(opened.tls?.chain ?? [], ctx.rt.clock.wall() - skewMs) };
}

async function skewInClear(ctx: Context, way: Way): Promise<number | undefined> {
  const [address] = way.addresses;
  if (address === undefined || way.proxy !== undefined) return undefined;
  const line = await connectTcp(ctx.wire, address, 80, DATE_MS);
  return isBroken(line) ? undefined : skewOn(ctx, line.socket, line.connection);
}

async function skewOn(ctx: Context, socket: Opened["socket"], connection: number): Promise<number | undefined> {
  const headers = [
    ["host", ctx.target.url.host],
    ["user-agent", "fairlead-doctor"],
    ["connection", "close"],
  ] as const;
  const answer = await exchange(ctx.wire, connection, socket, {
    method: "HEAD",
    path: "/",
    headers,
    timeoutMs: DATE_MS,
    keepBytes: 0,
  });
  socket.destroy();
  if (isBroken(answer)) return undefined;
  const there = parseHttpDate(headerOf(answer.headers, "date")?.trim() ?? "");
  // The stamp was made about half a round trip before the head came.
  return there === undefined ? undefined : Math.round(ctx.rt.clock.wall() - answer.headersMs / 2 - there);
}

/** What the port says to a request in clear: its status line, or its first bytes. */
async function plainAnswer(ctx: Context, way: Way): Promise<string | undefined> {
  const [address] = way.addresses;
  const line = address === undefined ? undefined : await connectTcp(ctx.wire, address, way.port, DATE_MS);
  if (line === undefined || isBroken(line)) return undefined;
  const { socket } = line;
  return new Promise((resolve) => {
    const settle = (text: string | undefined) => {
      timer.cancel();
      socket.destroy();
      resolve(text);
    };
    const timer = ctx.rt.clock.timer(DATE_MS, () => settle(undefined));
    socket.once("data", (bytes) =>
      settle(
        bytes
          .toString("latin1")
          .split("\r\n")[0]
          ?.replace(/[^\x20-\x7e]/g, "?")
          .slice(0, 80),
      ),
    );
    socket.once("close", () => settle(undefined));
    socket.write(`HEAD / HTTP/1.1\r\nHost: ${ctx.target.url.host}\r\nConnection: close\r\n\r\n`);
  });
}

// A web server without TLS answers the handshake in clear, or hangs up on it.
function speaksNoTls(ctx: Context, handshake: Handshake): boolean {
  if (outcomeOf(handshake) === "reset") return !ctx.target.official;
  return (
    handshake.at === "tls" && /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(handshake.error ?? "")
  );
}

function told(
  { handshakes, hello, trust, chain }: HandshakeFacts,
  way: Way,
  unverified: boolean,
): { status: Status; note: Words } {
  const own = handshakes.filter(({ variant }) => variant === hello);
  const good = own.find(({ ok }) => ok);
  if (good === undefined) {
    const errors = [...new Set(own.map(({ address, error }) => `${address}: ${error}`))].join(", ");
    return { status: "fail", note: { en: `no handshake (${errors})`, zh: `握手失败（${errors}）` } };
  }
  const issuer = /(?:^|, )(?:CN|O)=([^,]+)/.exec(chain[0]?.issuer ?? "")?.[1] ?? "?";
  const facts = `${good.protocol}, ${good.ms} ms`;
  if (trust !== undefined && !trust.program)
    return {
      // A program that was told to check nothing gets through all the same.
      status: unverified ? "warn" : "fail",
      note: {
        en: `certificate of ${issuer} not accepted: ${trust.error} (${facts})`,
        zh: `${issuer} 签发的证书未被接受：${trust.error}（${facts}）`,
      },
    };
  const broken = own.filter(({ address, ok }) => !ok && !own.some((one) => one.ok && one.address === address));
  const [worst] = broken;
  if (worst !== undefined) {
    const first = way.addresses[0] === worst.address;
    const note = {
      en: `${worst.address}: ${worst.error}; ${good.address}: ${facts}`,
      zh: `${worst.address}：${worst.error}；${good.address}：${facts}`,
    };
    return { status: first ? "fail" : "warn", note };
  }
  const repeated = handshakes.some(({ ok }) => !ok);
  return {
    status: repeated ? "warn" : "pass",
    note: { en: `${facts}, issued by ${issuer}`, zh: `${facts}，签发者 ${issuer}` },
  };
}
