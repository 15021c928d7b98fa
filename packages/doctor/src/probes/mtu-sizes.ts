// Sends bodies of growing size over a connection whose handshake is small, to see from which size on packets are lost.

import { sleep } from "@fairlead/runtime";
import type { Context } from "../context.ts";
import type { MtuFacts } from "../facts/mtu.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Machine } from "../machine.ts";
import type { Probe, Status } from "../probe.ts";
import { clientCertificateOf, wishOf } from "../wire/client-hello.ts";
import { isBroken } from "../wire/tcp.ts";
import { handshakeWait, outcomeOf } from "../wire/tls-attempt.ts";
import { type Opened, openWay, type Way, wayToTarget } from "../wire/way.ts";
import type { Words } from "../words.ts";

/** Bodies, bytes: one small packet, one packet that passes nearly everywhere, and many full ones. */
const UPLOADS = [200, 1_100, 20_000] as const;
/** Wait for an answer while the exact size is sought, milliseconds. */
const SEEK_MS = 1_300;
/** Bounds of the search, bytes of an IP packet, and where it stops. */
const SEEK = { from: 1_100, to: 1_500, step: 16 } as const;
const SETTLE_MS = 40;
/** IP and TCP headers with time stamps: 20 or 40, and 32. */
const HEADERS = { 4: 52, 6: 72 } as const;
/** What a TLS 1.3 record adds to its content: 5 of header, 1 of type, 16 of tag. */
const RECORD = 22;

type Upload = MtuFacts["uploads"][number];

/** The probe. */
export const mtuSizes: Probe<"mtu.sizes"> = {
  id: "mtu.sizes",
  layer: "mtu",
  title: { en: "packet sizes", zh: "数据包大小" },
  after: ["tls.handshake"],
  timeoutMs: 12_000,
  skip(ctx, facts) {
    if (facts["tcp.controls"]?.intercepted === true)
      return {
        en: "something on this machine answers TCP for everybody: sizes say nothing",
        zh: "本机有程序代答所有 TCP 连接：包大小没有意义",
      };
    if (facts["proxy.tunnel"] !== undefined && !facts["proxy.tunnel"].target.ok) return blocked();
    const shaken = facts["tls.handshake"];
    if (ctx.options.deep && wayToTarget(ctx, facts).addresses.length > 0) return undefined;
    if (!ctx.target.tls || shaken === undefined) return { en: "not needed", zh: "无需检查" };
    if (shaken.handshakes.some((one) => outcomeOf(one) === "timeout")) return undefined;
    return { en: "not needed: no handshake hung", zh: "无需检查：没有握手卡住" };
  },
  async run(ctx, facts) {
    const way = wayToTarget(ctx, facts);
    const silent = facts["tls.handshake"]?.handshakes.find((one) => outcomeOf(one) === "timeout")?.address;
    const address = way.proxy === undefined ? (silent ?? way.addresses[0]) : way.addresses[0];
    const first = { ...way, addresses: address === undefined ? [] : [address] };
    const wait = handshakeWait(facts, "first");
    const [interfaces, route, ...sent] = await Promise.all([
      interfacesOf(ctx.machine),
      routeOf(ctx.machine, address),
      ...UPLOADS.map((bytes) => upload(ctx, facts, first, bodyOf(bytes), wait)),
    ]);
    const broken = sent.find((one) => "error" in one);
    const uploads = sent.flatMap((one, i): Upload[] => ("error" in one ? [] : [{ ...one, bytes: UPLOADS[i] ?? 0 }]));
    const family = address?.includes(":") ? 6 : 4;
    const lost = uploads.find(({ answered }) => !answered);
    const small = uploads.find(({ bytes, answered }) => answered && bytes === UPLOADS[0]);
    const sought =
      ctx.options.deep && lost !== undefined && small !== undefined ? await seek(ctx, facts, first, family) : {};
    const found: MtuFacts = {
      interfaces,
      uploads,
      family,
      ...(route === undefined ? {} : { route }),
      ...(broken !== undefined && "error" in broken ? { error: broken.error } : {}),
      ...sought,
    };
    return { ...told(found), facts: found };
  },
};

function told({ uploads, error }: MtuFacts): { status: Status; note: Words } {
  if (uploads.length === 0) {
    return {
      status: "warn",
      note: { en: `no connection to try sizes on (${error})`, zh: `没有可用于测试包大小的连接（${error}）` },
    };
  }
  const text = (answered: string, lost: string) =>
    uploads.map((one) => `${one.bytes} B ${one.answered ? answered : lost}`).join(", ");
  const whole = uploads.every(({ answered }) => answered);
  return { status: whole ? "pass" : "fail", note: { en: text("answered", "lost"), zh: text("有应答", "无应答") } };
}

/** A request without credentials; whatever is answered, it arrived. `total`: the size of the whole write, else of the body. */
async function upload(
  ctx: Context,
  facts: Facts,
  way: Way,
  body: string,
  timeoutMs: number,
  total?: number,
): Promise<{ readonly answered: boolean; readonly ms: number } | { readonly error: string }> {
  const wish = {
    ...wishOf("classical"),
    timeoutMs: handshakeWait(facts, "first"),
    ...clientCertificateOf(ctx).certificate,
  };
  const opened = await openWay(ctx, { ...way, wish });
  if (isBroken(opened)) return { error: opened.error };
  const { target } = ctx;
  const path = `${target.url.pathname.replace(/\/$/, "")}/v1/messages`;
  const head = (length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: ${target.url.host}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
  // The last message of the handshake would go into the same packet and spoil the measure.
  if (total !== undefined) {
    opened.socket.setNoDelay(true);
    await sleep(ctx.rt.clock, SETTLE_MS);
  }
  const fill = total === undefined ? body : " ".repeat(Math.max(0, total - head(1000).length));
  return answer(ctx, opened, Buffer.from(head(fill.length) + fill), timeoutMs);
}

// One write makes one TLS record, and that one packet where it fits.
function answer(ctx: Context, opened: Opened, bytes: Buffer, timeoutMs: number): Promise<Upload> {
  const { clock } = ctx.rt;
  const { socket } = opened;
  const began = clock.now();
  return new Promise((resolve) => {
    const settle = (answered: boolean) => {
      timer.cancel();
      socket.destroy();
      const ms = Math.round(clock.now() - began);
      ctx.wire.record({
        at: clock.now(),
        connection: opened.connection,
        kind: "data",
        text: `${bytes.length} bytes`,
        detail: { answered, ms },
      });
      resolve({ bytes: bytes.length, answered, ms });
    };
    const timer = clock.timer(timeoutMs, () => settle(false));
    socket.once("data", () => settle(true));
    // Closed or reset is an answer too: it came back, and only silence means lost.
    socket.once("close", () => settle(true));
    socket.write(bytes);
  });
}

/** Bisects the size of one packet. */
async function seek(
  ctx: Context,
  facts: Facts,
  way: Way,
  family: 4 | 6,
): Promise<Pick<MtuFacts, "largestPassed" | "smallestLost">> {
  let passed: number = SEEK.from;
  let lost: number = SEEK.to;
  while (lost - passed > SEEK.step) {
    const size = Math.round((passed + lost) / 2);
    const content = size - HEADERS[family] - (way.tls ? RECORD : 0);
    const sent = await upload(ctx, facts, way, "", SEEK_MS, content);
    if ("error" in sent) break;
    if (sent.answered) passed = size;
    else lost = size;
  }
  return { largestPassed: passed, smallestLost: lost };
}

function bodyOf(bytes: number): string {
  const frame = '{"model":"doctor","max_tokens":1,"messages":[],"pad":""}';
  return frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`);
}

/** MTU of every interface that is up, where the system tells. */
async function interfacesOf(machine: Machine): Promise<MtuFacts["interfaces"]> {
  if (machine.platform === "linux")
    return machine.list("/sys/class/net").flatMap((name) => {
      const mtu = Number(machine.readText(`/sys/class/net/${name}/mtu`)?.trim());
      const up = machine.readText(`/sys/class/net/${name}/operstate`)?.trim() !== "down";
      return name !== "lo" && up && mtu > 0 ? [{ name, mtu }] : [];
    });
  const command = machine.findCommand(machine.platform === "darwin" ? "ifconfig" : "netsh");
  if (command === undefined) return [];
  const args = machine.platform === "darwin" ? [] : ["interface", "ipv4", "show", "subinterfaces"];
  const text = (await machine.run(command, args, 1_500))?.stdout ?? "";
  return machine.platform === "darwin" ? fromIfconfig(text) : fromNetsh(text);
}

/** `en0: flags=8863<UP,BROADCAST,…> mtu 1500`. */
export function fromIfconfig(text: string): MtuFacts["interfaces"] {
  return [...text.matchAll(/^(\S+?): flags=\S*<([^>]*)>.* mtu (\d+)/gm)].flatMap(([, name = "", flags = "", mtu]) =>
    name.startsWith("lo") || !/\bUP\b/.test(flags) ? [] : [{ name, mtu: Number(mtu) }],
  );
}

/** Lines of an MTU, a state, bytes in, bytes out and a name. */
export function fromNetsh(text: string): MtuFacts["interfaces"] {
  return [...text.matchAll(/^\s*(\d+)\s+\d+\s+\d+\s+\d+\s+(.+?)\s*$/gm)].flatMap(([, mtu, name = ""]) =>
    // The loopback's is 2^32-1.
    Number(mtu) > 100_000 ? [] : [{ name, mtu: Number(mtu) }],
  );
}

/** Device and path MTU that the kernel has for the target. */
async function routeOf(machine: Machine, address: string | undefined): Promise<MtuFacts["route"]> {
  const ip = machine.platform === "linux" ? machine.findCommand("ip") : undefined;
  if (ip === undefined || address === undefined) return undefined;
  const text = (await machine.run(ip, ["route", "get", address], 1_000))?.stdout ?? "";
  const device = / dev (\S+)/.exec(text)?.[1];
  const mtu = / mtu (\d+)/.exec(text)?.[1];
  return device === undefined ? undefined : { device, ...(mtu === undefined ? {} : { mtu: Number(mtu) }) };
}
