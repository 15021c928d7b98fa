// The rules of names: which facts make which verdict.

import { expect, test } from "vitest";
import type { Facts } from "../facts.ts";
import {
  canary,
  connected,
  controls,
  FINE,
  failing,
  GENUINE,
  judge,
  name,
  pin,
  RULES,
  server,
  servers,
  tcp,
  tls,
  type World,
} from "./line-stand.ts";

const FAULTS: readonly (readonly [string, string, "error" | "warning", World, ...Facts[]])[] = [
  ["every server denies", "DNS_NXDOMAIN", "error", {}, failing("ENOTFOUND"), servers(server("ENOTFOUND"))],
  [
    "the first server denies, another knows",
    "DNS_NXDOMAIN",
    "error",
    {},
    failing("ENOTFOUND"),
    servers(server("ENOTFOUND"), server("160.79.104.10")),
  ],
  ["the server refuses", "DNS_REFUSED", "error", {}, failing("EAI_AGAIN"), servers(server("EREFUSED"))],
  ["the server fails", "DNS_SERVFAIL", "error", {}, failing("EAI_AGAIN"), servers(server("ESERVFAIL"))],
  [
    "the server is silent",
    "DNS_TIMEOUT",
    "error",
    {},
    failing("TIMEOUT", { late: true, ms: 5_000 }),
    servers(server("TIMEOUT")),
  ],
  ["nobody listens", "DNS_NO_SERVER", "error", {}, failing("EAI_AGAIN"), servers(server("ECONNREFUSED"))],
  ["there is no server", "DNS_NO_SERVER", "error", {}, failing("EAI_AGAIN"), servers()],
  [
    "nsswitch leaves DNS out",
    "DNS_SYSTEM_RESOLVER",
    "error",
    { nsswitch: "hosts: files" },
    failing("ENOTFOUND"),
    servers(server("160.79.104.10")),
  ],
  [
    "the first server is dead and the lookup late",
    "DNS_FIRST_SERVER_DEAD",
    "warning",
    {},
    name(GENUINE, { late: true, ms: 2_500, by: "nameservers" }),
    servers(server("TIMEOUT"), server("160.79.104.10", "2607:6bc0::10", "10.77.1.2")),
    FINE,
  ],
  [
    "AAAA is dropped, for Node",
    "DNS_AAAA_DROPPED",
    "error",
    { client: "node" },
    name(GENUINE, { late: true, ms: 2_500, by: "nameservers" }),
    servers(server("160.79.104.10", "TIMEOUT")),
    FINE,
  ],
  [
    "AAAA is dropped, for Claude Code",
    "DNS_AAAA_DROPPED",
    "warning",
    {},
    name(GENUINE, { late: true, ms: 2_500, by: "nameservers" }),
    servers(server("160.79.104.10", "TIMEOUT")),
    FINE,
  ],
  ["slow answers", "DNS_SLOW", "warning", {}, name(GENUINE, { ms: 1_250 }), servers(server("160.79.104.10")), FINE],
  ["0.0.0.0", "DNS_SINKHOLE", "error", {}, name(["0.0.0.0"]), tcp(["0.0.0.0", 0, "ECONNREFUSED"])],
  [
    "127.0.0.1 for an official name",
    "DNS_SINKHOLE",
    "error",
    {},
    name(["127.0.0.1"]),
    tcp(["127.0.0.1", 0, "ECONNREFUSED"]),
  ],
  [
    "a stranger's certificate",
    "DNS_POISONED",
    "error",
    {},
    name(["203.0.113.99"]),
    tcp(["203.0.113.99", 9]),
    tls("stranger"),
  ],
  [
    "a dead public address",
    "DNS_POISONED",
    "error",
    {},
    name(["203.0.113.99"]),
    tcp(["203.0.113.99", 3_500, "TIMEOUT"]),
  ],
  [
    "one address for all names",
    "DNS_WILDCARD",
    "error",
    {},
    name(["10.77.9.9"]),
    canary("10.77.9.9"),
    tcp(["10.77.9.9", 3_500, "TIMEOUT"]),
  ],
  [
    "a pin to nowhere",
    "DNS_HOSTS_OVERRIDE",
    "error",
    {},
    name(["203.0.113.97"], pin("203.0.113.97")),
    tcp(["203.0.113.97", 3_500, "TIMEOUT"]),
  ],
  [
    "a pin of a gateway that DNS knows better",
    "DNS_HOSTS_OVERRIDE",
    "error",
    { url: "https://gw.corp.example" },
    name(["10.0.0.9"], { host: "gw.corp.example", ...pin("10.0.0.9") }),
    servers(server("10.0.0.7")),
    tcp(["10.0.0.9", 3_500, "TIMEOUT"]),
  ],
  ["a lost fake address", "DNS_FAKE_IP_LOST", "error", {}, name(["198.18.0.2"]), tcp(["198.18.0.2", 3_500, "TIMEOUT"])],
  [
    "a fake address without a route",
    "DNS_FAKE_IP_LOST",
    "error",
    {},
    name(["198.18.0.2"]),
    tcp(["198.18.0.2", 0, "ENETUNREACH"]),
    controls({ nowhere: connected("192.0.2.1", 0, "ENETUNREACH") }),
  ],
  [
    "a diverted official name",
    "DNS_PRIVATE_ADDRESS",
    "error",
    {},
    name(["10.77.2.70"]),
    tcp(["10.77.2.70", 2]),
    tls("stranger"),
  ],
  [
    "a proxy that only others use",
    "DNS_ONLY_PROXY_RESOLVES",
    "error",
    { proxyElsewhere: true },
    failing("ENOTFOUND"),
    servers(server("ENOTFOUND")),
  ],
  [
    "localhost is ::1 only",
    "DNS_LOCALHOST_V6_FIRST",
    "error",
    { url: "http://localhost:4100" },
    name(["::1"], { host: "localhost" }),
    tcp(["::1", 0, "ECONNREFUSED"]),
    controls({ otherLoopback: connected("127.0.0.1", 1, undefined, 4_100) }),
  ],
];

test.each(FAULTS.map((row) => [row[0], row[1], row] as const))("%s: %s", (_, code, [, , severity, world, ...parts]) => {
  const judged = judge(world, ...parts);
  expect(judged.codes[0]).toBe(code);
  expect(judged).toMatchObject({ verdict: code, severity });
  const [found] = judged.findings;
  expect(found?.evidence.length).toBeGreaterThan(0);
  for (const words of [
    found?.title,
    found?.why,
    ...(found?.fix ?? []).map(({ note }) => note),
    ...(found?.evidence ?? []),
  ]) {
    expect(words?.en).not.toMatch(/undefined|Infinity|NaN|\[object/);
    expect(words?.zh).not.toMatch(/undefined|Infinity|NaN|\[object/);
  }
  expect(found?.fix.length).toBeGreaterThan(0);
});

test("every code of the layer is made by some row above, but for one that is never a fault", () => {
  const codes = RULES.map(({ code }) => code).filter((code) => code.startsWith("DNS_"));
  expect([...new Set(FAULTS.map(([, code]) => code)), "DNS_UNPUBLISHED_ADDRESS"].sort()).toEqual(codes.sort());
});
