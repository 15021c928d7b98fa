// Lines that work, however odd they look: the rules of names and connections raise no alarm.

import { expect, test } from "vitest";
import type { Facts } from "../facts.ts";
import {
  canary,
  connected,
  controls,
  FINE,
  GENUINE,
  judge,
  name,
  pin,
  server,
  servers,
  tcp,
  tls,
  type World,
} from "./line-stand.ts";

const CONTROLS: readonly (readonly [string, readonly string[], World, ...Facts[]])[] = [
  ["a healthy line", [], {}, name(GENUINE), servers(server("160.79.104.10")), FINE, tls("genuine")],
  [
    "no IPv6 at all",
    [],
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 12], ["2607:6bc0::10", 0, "ENETUNREACH"]),
    tls("genuine"),
  ],
  [
    "no source address for IPv6",
    [],
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 12], ["2607:6bc0::10", 0, "EADDRNOTAVAIL"]),
    tls("genuine"),
  ],
  [
    "no IPv4 at all",
    [],
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 0, "ENETUNREACH"], ["2607:6bc0::10", 12]),
    tls("genuine"),
  ],
  ["a fake address that works", [], {}, name(["198.18.0.23"]), tcp(["198.18.0.23", 1]), tls("genuine")],
  [
    "a working tunnel",
    ["TCP_INTERCEPTED"],
    {},
    name(["198.18.0.23"]),
    tcp(["198.18.0.23", 1]),
    tls("genuine"),
    controls({ intercepted: true, nowhere: connected("192.0.2.1", 1) }),
  ],
  [
    "a private gateway",
    [],
    { url: "https://gw.corp.example" },
    name(["10.0.0.9"], { host: "gw.corp.example" }),
    tcp(["10.0.0.9", 1]),
    tls("trusted"),
  ],
  [
    "a private gateway in the hosts file",
    [],
    { url: "https://gw.corp.example" },
    name(["10.0.0.9"], { host: "gw.corp.example", ...pin("10.0.0.9") }),
    servers(server("ENOTFOUND")),
    tcp(["10.0.0.9", 1]),
    tls("trusted"),
  ],
  [
    "a private gateway in the hosts file that is off is no fault of the file",
    ["TCP_TIMEOUT"],
    { url: "https://gw.corp.example" },
    name(["10.0.0.9"], { host: "gw.corp.example", ...pin("10.0.0.9") }),
    servers(server("ENOTFOUND")),
    tcp(["10.0.0.9", 3_500, "TIMEOUT"]),
  ],
  [
    "a development name on loopback",
    [],
    { url: "https://gw.lvh.example" },
    name(["127.0.0.1"], { host: "gw.lvh.example" }),
    tcp(["127.0.0.1", 1]),
    tls("trusted"),
  ],
  [
    "an endpoint inside a cloud network",
    [],
    { url: "https://bedrock-runtime.us-east-1.amazonaws.com", platform: "bedrock" },
    name(["10.0.3.4"], { host: "bedrock-runtime.us-east-1.amazonaws.com" }),
    tcp(["10.0.3.4", 1]),
    tls("genuine"),
  ],
  [
    "a trusted inspector at a private address",
    ["DNS_PRIVATE_ADDRESS"],
    {},
    name(["10.0.3.4"]),
    tcp(["10.0.3.4", 1]),
    tls("trusted"),
  ],
  [
    "a relay with the genuine certificate",
    ["DNS_UNPUBLISHED_ADDRESS"],
    {},
    name(["203.0.113.4"]),
    tcp(["203.0.113.4", 1]),
    tls("genuine"),
  ],
  [
    "a pin that works",
    ["DNS_HOSTS_OVERRIDE"],
    {},
    name(["160.79.104.10"], pin("160.79.104.10")),
    tcp(["160.79.104.10", 1]),
    tls("genuine"),
  ],
  [
    "a dead second name server",
    [],
    {},
    name(GENUINE),
    servers(server("160.79.104.10"), server("TIMEOUT")),
    FINE,
    tls("genuine"),
  ],
  [
    "a dead first server that the system copes with",
    ["DNS_FIRST_SERVER_DEAD"],
    {},
    name(GENUINE),
    servers(server("TIMEOUT"), server("160.79.104.10")),
    FINE,
    tls("genuine"),
  ],
  ["a provider that answers invented names", [], {}, name(GENUINE), canary("203.0.113.5"), FINE, tls("genuine")],
  [
    "::1 refused, 127.0.0.1 answers",
    ["DNS_LOCALHOST_V6_FIRST"],
    { url: "http://localhost:4100" },
    name(["::1", "127.0.0.1"], { host: "localhost" }),
    tcp(["::1", 0, "ECONNREFUSED"], ["127.0.0.1", 1]),
  ],
  ["IPv6 a little slower", [], {}, name(GENUINE), tcp(["160.79.104.10", 180], ["2607:6bc0::10", 320]), tls("genuine")],
  [
    "the proxy cannot be reached: that is told elsewhere",
    [],
    {},
    name(["10.0.0.8"], { host: "proxy.corp.example", of: "proxy" }),
    { "tcp.connect": { to: "proxy", connects: [connected("10.0.0.8", 3_500, "TIMEOUT", 3_128)] } },
  ],
];

test.each(CONTROLS.map((row) => [row[0], row] as const))("no false alarm: %s", (_, [, codes, world, ...parts]) => {
  const judged = judge(world, ...parts);
  expect(judged.codes).toEqual(codes);
  if (!codes.includes("TCP_TIMEOUT")) expect(judged.verdict).toBeUndefined();
});

test("facts that are missing prove nothing", () => {
  expect(judge({}).codes).toEqual([]);
  expect(judge({ client: "node" }, name(GENUINE)).codes).toEqual([]);
  expect(judge({}, name(["203.0.113.4"])).codes).toEqual([]);
});
