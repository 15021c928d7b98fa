// The probes of names, against name servers of this test on loopback.

import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { systemRuntime, virtualRuntime } from "@fairlead/runtime";
import { afterEach, expect, test } from "vitest";
import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Looked, Probe } from "../probe.ts";
import type { SystemAnswer } from "../wire/system-lookup.ts";
import { lookupName, systemLookup } from "../wire/system-lookup.ts";
import { canaryProbe } from "./dns-canary.ts";
import { dnsExternal } from "./dns-external.ts";
import { hostsEntries, lookupProbe } from "./dns-lookup.ts";
import { nameserversProbe } from "./dns-nameservers.ts";

const sockets: Socket[] = [];
const overs: AbortController[] = [];
afterEach(() => {
  for (const over of overs.splice(0)) over.abort();
  for (const socket of sockets.splice(0)) socket.close();
});

/** What a server does with a question: addresses, a response code, or nothing at all. */
type Answering = (name: string, type: "A" | "AAAA") => readonly string[] | number | undefined;

async function nameserver(answering: Answering): Promise<string> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.on("message", (query, from) => {
    let at = 12;
    const labels: string[] = [];
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1) === 28 ? "AAAA" : "A";
    const said = answering(labels.join("."), type);
    if (said === undefined) return;
    const head = Buffer.from(query.subarray(0, at + 5));
    head.writeUInt16BE(0x8180 | (typeof said === "number" ? said : 0), 2);
    head.writeUInt16BE(0, 10);
    const records = (typeof said === "number" || type === "AAAA" ? [] : said).map((address) =>
      Buffer.concat([
        Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]),
        Buffer.from(address.split(".").map(Number)),
      ]),
    );
    head.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([head, ...records]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}

interface Stage {
  readonly url?: string;
  readonly client?: string;
  readonly options?: object;
  readonly hosts?: string;
  readonly proxy?: object;
  readonly nodeOptions?: string;
}

function stage({
  url = "https://api.anthropic.com",
  client = "node",
  options = {},
  hosts = "",
  proxy,
  nodeOptions,
}: Stage = {}): Context {
  const rt = systemRuntime();
  const over = new AbortController();
  overs.push(over);
  const parsed = new URL(url);
  const official = parsed.hostname === "api.anthropic.com";
  return {
    rt,
    options: { deep: false, external: false, ...options },
    machine: { platform: "linux", env: {}, readText: (path: string) => (path === "/etc/hosts" ? hosts : undefined) },
    environment: {
      client,
      value: (name: string) => (name === "NODE_OPTIONS" ? nodeOptions : undefined),
      proxyFor: () => proxy ?? { use: "direct", why: "none-set" },
    },
    target: {
      platform: official ? "anthropic" : "custom",
      url: parsed,
      host: parsed.hostname,
      port: 443,
      tls: true,
      official,
    },
    wire: { rt, signal: over.signal, nextConnection: () => 1, record: () => {} },
  } as unknown as Context;
}

function inVirtualTime(probe: Probe<"dns.lookup">, facts: Facts): Promise<Looked<"dns.lookup">> {
  const rt = virtualRuntime("names");
  const looked = probe.run({ ...stage(), rt }, facts);
  return rt.clock.advance(60_000).then(() => looked);
}

const never = () => new Promise<SystemAnswer>(() => {});
const says =
  (...addresses: string[]) =>
  async (): Promise<SystemAnswer> => ({ addresses, ms: 3 });

test("a name is looked up as the program does, and each address has its class", async () => {
  const looked = await lookupProbe(says("2607:6bc0::10", "160.79.104.10")).run(stage(), {});
  expect(looked.status).toBe("pass");
  expect(looked.facts?.addresses.map((one) => one.class)).toEqual(["genuine", "genuine"]);
  expect(looked.facts).toMatchObject({ of: "target", by: "getaddrinfo", late: false, ms: 3 });
});

test("a Node that is told to puts IPv4 first", async () => {
  const ctx = stage({ nodeOptions: "--dns-result-order=ipv4first" });
  const looked = await lookupProbe(says("2607:6bc0::10", "160.79.104.10")).run(ctx, {});
  expect(looked.facts?.addresses.map(({ family }) => family)).toEqual([4, 6]);
});

test("behind a proxy its own name is looked up", async () => {
  let asked = "";
  const ctx = stage({ proxy: { use: "proxy", proxy: { host: "proxy.corp.example", port: 3128 } } });
  const looked = await lookupProbe(async (_, host) => {
    asked = host;
    return { addresses: ["10.0.0.8"], ms: 1 };
  }).run(ctx, {});
  expect(asked).toBe("proxy.corp.example");
  expect(looked.facts?.of).toBe("proxy");
});

test("an address is not looked up", async () => {
  const looked = await lookupProbe(never).run(stage({ url: "http://127.0.0.1:4100" }), {});
  expect(looked).toMatchObject({ status: "pass", facts: { literal: true, addresses: [{ class: "loopback" }] } });
});

test("a proxy setting that cannot be used stops the examination of names", () => {
  const ctx = stage({ proxy: { use: "broken", why: "x" } });
  expect(lookupProbe(never).skip?.(ctx, {})?.en).toMatch(/proxy setting/);
});

test("an error of getaddrinfo is kept", async () => {
  const looked = await lookupProbe(async () => ({ addresses: [], error: "EAI_AGAIN", ms: 9 })).run(stage(), {});
  expect(looked).toMatchObject({ status: "fail", facts: { error: "EAI_AGAIN", late: false, addresses: [] } });
});

test("when getaddrinfo hangs, the name servers' answers do", async () => {
  const facts: Facts = {
    "dns.nameservers": {
      host: "api.anthropic.com",
      servers: [
        {
          server: "10.0.0.1",
          a: { ms: 2_000, addresses: [], error: "TIMEOUT" },
          aaaa: { ms: 2_000, addresses: [], error: "TIMEOUT" },
        },
        {
          server: "10.0.0.2",
          a: { ms: 2, addresses: ["160.79.104.10"] },
          aaaa: { ms: 2_000, addresses: [], error: "TIMEOUT" },
        },
      ],
    },
  };
  const looked = await inVirtualTime(lookupProbe(never), facts);
  expect(looked).toMatchObject({
    status: "warn",
    facts: { late: true, by: "nameservers", addresses: [{ address: "160.79.104.10" }] },
  });
  expect(looked.facts?.ms).toBe(2_500);
});

test("when nobody knows the name, getaddrinfo is waited for 5 s and no longer", async () => {
  const looked = await inVirtualTime(lookupProbe(never), {});
  expect(looked).toMatchObject({ status: "fail", facts: { late: true, error: "TIMEOUT", addresses: [] } });
  expect(looked.facts?.ms).toBe(5_000);
});

test("the system's lookup runs in a process of its own and can be called off", async () => {
  const ctx = stage();
  expect((await systemLookup(ctx, "localhost")).addresses).toContain("127.0.0.1");
  const stopped = new AbortController();
  stopped.abort();
  expect(await systemLookup(ctx, "localhost", stopped.signal)).toMatchObject({ addresses: [], error: "ABORTED" });
});

test("entries of the hosts file are found with their line", () => {
  const text =
    "127.0.0.1 localhost\n# 1.2.3.4 api.anthropic.com\n\n203.0.113.9\tclaude.ai API.anthropic.com # old\nnonsense api.anthropic.com\n";
  expect(hostsEntries(text, "api.anthropic.com")).toEqual([{ address: "203.0.113.9", line: 4 }]);
  expect(hostsEntries(text, "anthropic.com")).toEqual([]);
});

test("each name server is asked by itself", async () => {
  const good = await nameserver(() => ["160.79.104.10"]);
  const refusing = await nameserver(() => 5);
  const failing = await nameserver(() => 2);
  const denying = await nameserver(() => 3);
  const half = await nameserver((_, type) => (type === "A" ? ["160.79.104.10"] : undefined));
  const gone = "127.0.0.1:9";
  const ask = async (...servers: string[]) =>
    (await nameserversProbe(() => servers).run(stage(), {})).facts?.servers ?? [];
  const [a, b, c, d] = await ask(good, refusing, failing, denying);
  expect(a).toMatchObject({ server: good, a: { addresses: ["160.79.104.10"] }, aaaa: { error: "ENODATA" } });
  expect(b).toMatchObject({ a: { error: "EREFUSED" }, aaaa: { error: "EREFUSED" } });
  expect(c?.a.error).toBe("ESERVFAIL");
  expect(d?.a.error).toBe("ENOTFOUND");
  const [e, f] = await ask(half, gone);
  expect(e).toMatchObject({ a: { addresses: ["160.79.104.10"] }, aaaa: { error: "TIMEOUT" } });
  expect(e?.aaaa.ms).toBeLessThan(2_600);
  expect(f?.a.error).toBe("ECONNREFUSED");
});

test("silent servers are not waited for when the program's own lookup has long succeeded", async () => {
  const silent = await nameserver(() => undefined);
  const lookup = await lookupProbe(says("160.79.104.10")).run(stage(), {});
  const looked = await nameserversProbe(() => [silent]).run(stage(), {
    ...(lookup.facts === undefined ? {} : { "dns.lookup": lookup.facts }),
  });
  expect(looked.facts?.servers[0]).toMatchObject({ a: { error: "TIMEOUT" } });
  expect(looked.facts?.servers[0]?.a.ms).toBeLessThan(1_500);
  expect(looked.status).toBe("warn");
});

test("names that this machine knows by itself are asked of nobody", () => {
  const probe = nameserversProbe(() => []);
  expect(probe.skip?.(stage({ url: "http://localhost:4100" }), {})).toBeDefined();
  expect(probe.skip?.(stage({ url: "http://10.0.0.1" }), {})).toBeDefined();
  expect(probe.skip?.(stage(), {})).toBeUndefined();
});

test("the canary is asked for only when the answer is odd", async () => {
  const probe = canaryProbe(() => []);
  const found = async (...addresses: string[]): Promise<Facts> => {
    const { facts } = await lookupProbe(says(...addresses)).run(stage(), {});
    return facts === undefined ? {} : { "dns.lookup": facts };
  };
  expect(probe.skip?.(stage(), await found("160.79.104.10"))).toBeDefined();
  expect(probe.skip?.(stage(), await found("198.18.0.4"))).toBeDefined();
  expect(probe.skip?.(stage(), await found("10.77.9.9"))).toBeUndefined();
  expect(probe.skip?.(stage({ options: { deep: true } }), await found("160.79.104.10"))).toBeUndefined();
});

test("a server that answers invented names is caught", async () => {
  const asked: string[] = [];
  const liar = await nameserver((name) => {
    asked.push(name);
    return ["10.77.9.9"];
  });
  const honest = await nameserver(() => 3);
  const lies = await canaryProbe(() => [liar]).run(stage(), {});
  expect(lies.status).toBe("warn");
  expect(lies.facts?.canaries.map(({ place, addresses }) => [place, addresses])).toEqual([
    ["sibling", ["10.77.9.9"]],
    ["stranger", ["10.77.9.9"]],
  ]);
  expect(asked.sort()).toEqual([
    expect.stringMatching(/^fairlead-\w{12}\.anthropic\.com$/),
    expect.stringMatching(/^fairlead-\w{12}\.com$/),
  ]);
  const truth = await canaryProbe(() => [honest]).run(stage(), {});
  expect(truth.status).toBe("pass");
});

test("resolvers elsewhere are asked only when that was allowed", () => {
  expect(dnsExternal.skip?.(stage(), {})?.en).toMatch(/--external/);
  expect(dnsExternal.skip?.(stage({ options: { external: true } }), {})).toBeUndefined();
  expect(dnsExternal.skip?.(stage({ url: "http://localhost:4100", options: { external: true } }), {})).toBeDefined();
});

test("further names are asked of the server that knew the target, when the system's lookup hangs", async () => {
  const good = await nameserver((name) => (name === "platform.claude.com" ? ["160.79.104.11"] : 3));
  const dead = { ms: 2_000, addresses: [], error: "TIMEOUT" };
  const known = { ms: 1, addresses: ["160.79.104.10"] };
  const { facts } = await inVirtualTime(lookupProbe(never), {
    "dns.nameservers": { host: "x", servers: [{ server: good, a: known, aaaa: dead }] },
  });
  const servers = [
    { server: "127.0.0.1:9", a: dead, aaaa: dead },
    { server: good, a: known, aaaa: dead },
  ];
  const seen: Facts = {
    ...(facts === undefined ? {} : { "dns.lookup": facts }),
    "dns.nameservers": { host: "x", servers },
  };
  expect((await lookupName(stage(), seen, "platform.claude.com", 1_000)).addresses).toEqual(["160.79.104.11"]);
  expect((await lookupName(stage(), seen, "claude.ai", 1_000)).error).toBe("ENOTFOUND");
});
