// Connects to every address of the first hop at once: which of them answer, how fast, over which family.

import { sleep } from "@fairlead/runtime";
import type { Context } from "../context.ts";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import { firstHop } from "../first-hop.ts";
import { blocked } from "../graph.ts";
import type { Looked, Probe } from "../probe.ts";
import { hasRoute } from "../wire/route.ts";
import { connectTcp, isBroken, TCP_MS } from "../wire/tcp.ts";
import type { Words } from "../words.ts";

/** More addresses than this are not tried. */
const MOST = 8;
/** When one address has answered, the others get this long in all, milliseconds: the second SYN leaves after 1 s. */
const STRAGGLER_MS = 1_700;
/** What has not answered this long after another did is tried once more, milliseconds. */
const SECOND_AFTER_MS = 200;
/** How much later than the fastest an address may answer and still be the one that a program takes: the head start of happy eyeballs (RFC 8305). */
const HEAD_START_MS = 250;
/** A router's own refusal comes back at once; a silent neighbour is given up after about 3 s, milliseconds. */
export const AT_ONCE_MS = 900;
/** Long enough for a second refusal of a router that sends one a second, milliseconds. */
const AGAIN_MS = 1_400;
/** What the system says for a route of its own (none, unreachable, prohibit, blackhole); routers on the way say some of it too. */
const OF_ROUTES = new Set(["ENETUNREACH", "EHOSTUNREACH", "EACCES", "EINVAL"]);

/** To the target, or to the proxy when there is one. */
export const tcpConnect: Probe<"tcp.connect"> = {
  id: "tcp.connect",
  layer: "tcp",
  title: { en: "TCP connection", zh: "TCP 连接" },
  after: ["dns.lookup"],
  required: true,
  skip: (_ctx, facts) => ((facts["dns.lookup"]?.addresses.length ?? 0) === 0 ? blocked() : undefined),
  run: look,
};

/** One connection, made and closed: what became of it. */
export async function tryConnect(ctx: Context, address: string, port: number, timeoutMs = TCP_MS): Promise<Connected> {
  const line = await connectTcp(ctx.wire, address, port, timeoutMs);
  const base = { address, port, family: address.includes(":") ? 6 : 4, ms: Math.round(line.ms) } as const;
  if (isBroken(line)) {
    const { error } = line;
    if (!OF_ROUTES.has(error)) return { ...base, ok: false, error };
    return { ...base, ok: false, error, local: !(await hasRoute(address, port)) };
  }
  line.socket.destroy();
  return { ...base, ok: true };
}

async function look(ctx: Context, facts: Facts): Promise<Looked<"tcp.connect">> {
  const hop = firstHop(ctx);
  const port = hop?.port ?? ctx.target.port;
  const addresses = (facts["dns.lookup"]?.addresses ?? []).slice(0, MOST).map(({ address }) => address);
  const connects = await Promise.all((await all(ctx, addresses, port)).map((one) => againIfUnreachable(ctx, one)));
  const good = connects.filter(({ ok }) => ok);
  const fastest = Math.min(...good.map(({ ms }) => ms));
  const best = good.find(({ ms }) => ms <= fastest + HEAD_START_MS)?.address;
  const found = { to: hop?.of ?? ("target" as const), connects, ...(best === undefined ? {} : { best }) };
  const harmless = connects.every((one) => one.ok || isAbsent(one));
  const status = good.length === 0 ? "fail" : harmless ? "pass" : "warn";
  return { status, note: noteOf(connects, found.to), facts: found };
}

// A router's word comes back at once, and again at once. The system's own, for want of a neighbour, takes it 3 s; it seems
// quick only where another connection began to wait before.
async function againIfUnreachable(ctx: Context, one: Connected): Promise<Connected> {
  if (one.error !== "EHOSTUNREACH" || one.local !== false) return one;
  if (one.ms >= AT_ONCE_MS) return { ...one, deadNext: true };
  const again = await tryConnect(ctx, one.address, one.port, AGAIN_MS);
  return again.error === "TIMEOUT" && lacksNeighbour(ctx) ? { ...one, deadNext: true } : one;
}

/** Routers that refuse may fall silent for a while, too: where the system lists its neighbours, one must be missing. */
function lacksNeighbour({ machine }: Context): boolean {
  const listed = machine.platform === "linux" ? machine.readText("/proc/net/arp") : undefined;
  return listed === undefined || /^\S+\s+0x\w+\s+0x0\s/m.test(listed);
}

// All at once. When one has answered, the others get a second attempt, because one lost packet is no verdict, and some
// more time, not all of it.
async function all(ctx: Context, addresses: readonly string[], port: number): Promise<readonly Connected[]> {
  const { clock } = ctx.rt;
  const began = clock.now();
  let oneStands: () => void = () => {};
  const standing = new Promise<void>((resolve) => {
    oneStands = resolve;
  });
  const tries = addresses.map(async (address): Promise<Connected> => {
    const first = tryConnect(ctx, address, port);
    void first.then(({ ok }) => {
      if (ok) oneStands();
    });
    let over = false;
    const second = standing
      .then(() => sleep(clock, SECOND_AFTER_MS))
      .then(() => (over ? first : tryConnect(ctx, address, port).then((again) => (again.ok ? again : first))));
    const late = standing
      .then(() => sleep(clock, Math.max(STRAGGLER_MS - (clock.now() - began), 0)))
      .then((): Connected => {
        const ms = Math.round(clock.now() - began);
        return { address, port, family: address.includes(":") ? 6 : 4, ok: false, ms, error: "TIMEOUT" };
      });
    const settled = await Promise.race([first, second, late]);
    over = true;
    return settled;
  });
  return Promise.all(tries);
}

/** True when the machine simply has no network of that family: no fault where the other one works. */
export function isAbsent({ ok, error, local }: Connected): boolean {
  return (
    !ok &&
    local !== false &&
    (error === "ENETUNREACH" || error === "EADDRNOTAVAIL" || error === "EAFNOSUPPORT" || error === "ENETDOWN")
  );
}

function noteOf(connects: readonly Connected[], to: "target" | "proxy"): Words {
  const text = connects
    .slice(0, 4)
    .map(({ address, port, ok, ms, error }) => `${place(address, port)} ${ok ? `${ms} ms` : (error ?? "ERROR")}`)
    .join("; ");
  return to === "proxy"
    ? { en: `proxy ${text}`, zh: `代理 ${text.replaceAll("; ", "；")}` }
    : { en: text, zh: text.replaceAll("; ", "；") };
}

/** address:port, the address in brackets where it holds colons. */
export function place(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
