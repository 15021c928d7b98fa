// The rules of connections: which facts make which verdict, and what is to be done.

import { expect, test } from "vitest";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import {
  connected,
  controls,
  failing,
  GENUINE,
  judge,
  name,
  other,
  pin,
  RULES,
  server,
  servers,
  tcp,
  tls,
  type World,
} from "./line-stand.ts";

const FAULTS: readonly (readonly [string, string, "error" | "warning", World, ...Facts[]])[] = [
  [
    "a dead base URL on this machine",
    "TCP_REFUSED_LOOPBACK",
    "error",
    { url: "http://127.0.0.1:8787" },
    name(["127.0.0.1"], { literal: true, host: "127.0.0.1" }),
    tcp(["127.0.0.1", 0, "ECONNREFUSED"]),
  ],
  [
    "a reset official host",
    "TCP_REFUSED",
    "error",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 3, "ECONNREFUSED"], ["2607:6bc0::10", 3, "ECONNREFUSED"]),
    controls({ others: [other(3)] }),
  ],
  [
    "a gateway that is not running",
    "TCP_REFUSED",
    "error",
    { url: "https://gw.corp.example" },
    name(["10.0.0.9"], { host: "gw.corp.example" }),
    tcp(["10.0.0.9", 1, "ECONNREFUSED"]),
  ],
  [
    "dropped, and no IPv6",
    "TCP_TIMEOUT",
    "error",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 3_500, "TIMEOUT"], ["2607:6bc0::10", 0, "ENETUNREACH"]),
  ],
  [
    "a neighbour that is off",
    "TCP_TIMEOUT",
    "error",
    { url: "https://gw.corp.example" },
    name(["10.0.0.9"], { host: "gw.corp.example" }),
    tcp(["10.0.0.9", 3_050, "EHOSTUNREACH"]),
  ],
  [
    "a polite firewall",
    "TCP_FIREWALL_REJECT",
    "error",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 4, "EHOSTUNREACH"], ["2607:6bc0::10", 4, "EACCES"]),
  ],
  [
    "this machine forbids",
    "TCP_LOCAL_FIREWALL",
    "error",
    {},
    name(["160.79.104.10"]),
    tcp(["160.79.104.10", 0, "EACCES"]),
  ],
  [
    "no route",
    "TCP_NO_ROUTE",
    "error",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 0, "ENETUNREACH"], ["2607:6bc0::10", 0, "ENETUNREACH"]),
  ],
  [
    "no route and so no name server",
    "TCP_NO_ROUTE",
    "error",
    {},
    failing("EAI_AGAIN"),
    servers(server("ECONNREFUSED")),
    controls({ nowhere: connected("192.0.2.1", 0, "ENETUNREACH") }),
  ],
  [
    "port 443 for all",
    "TCP_PORT_BLOCKED",
    "error",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 3, "ECONNREFUSED"], ["2607:6bc0::10", 3, "ECONNREFUSED"]),
    controls({ samePort80: connected("160.79.104.10", 3, undefined, 80), others: [other(3, "ECONNREFUSED")] }),
  ],
  [
    "IPv6 swallows",
    "TCP_V6_BROKEN",
    "warning",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 12], ["2607:6bc0::10", 1_700, "TIMEOUT"]),
  ],
  [
    "IPv6 is all there is, and swallows",
    "TCP_V6_BROKEN",
    "error",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 0, "ENETUNREACH"], ["2607:6bc0::10", 3_500, "TIMEOUT"]),
  ],
  ["IPv6 is slow", "TCP_V6_SLOW", "warning", {}, name(GENUINE), tcp(["160.79.104.10", 12], ["2607:6bc0::10", 1_020])],
  [
    "Node's cap",
    "TCP_RACE_CAP",
    "error",
    { client: "node" },
    name(GENUINE),
    tcp(["160.79.104.10", 400], ["2607:6bc0::10", 0, "ENETUNREACH"]),
    {
      "tcp.race": {
        capMs: 250,
        races: true,
        wouldFail: true,
        attempts: [{ address: "160.79.104.10", ms: 400, cutOff: true }],
      },
    },
  ],
  [
    "IPv4 is blocked",
    "TCP_ADDRESS_DEAD",
    "warning",
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 1_700, "TIMEOUT"], ["2607:6bc0::10", 12]),
  ],
  [
    "a filter blanks IPv6 only",
    "TCP_ADDRESS_DEAD",
    "warning",
    {},
    name(["160.79.104.10", "::"]),
    tcp(["160.79.104.10", 12], ["::", 0, "ECONNREFUSED"]),
  ],
  [
    "one of two is dead",
    "TCP_ADDRESS_DEAD",
    "warning",
    { url: "https://gw.corp.example" },
    name(["10.0.0.8", "10.0.0.9"], { host: "gw.corp.example" }),
    tcp(["10.0.0.8", 1_700, "TIMEOUT"], ["10.0.0.9", 2]),
  ],
  [
    "a router says that the network is prohibited",
    "TCP_FIREWALL_REJECT",
    "error",
    {},
    name(GENUINE),
    said({ address: "160.79.104.10", error: "ENETUNREACH", local: false }),
  ],
  [
    "a route of this machine that swallows",
    "TCP_LOCAL_FIREWALL",
    "error",
    {},
    name(["160.79.104.10"]),
    said({ address: "160.79.104.10", error: "EINVAL", local: true }),
  ],
  [
    "the next router is dead",
    "TCP_TIMEOUT",
    "error",
    {},
    name(["160.79.104.10"]),
    said({ address: "160.79.104.10", error: "EHOSTUNREACH", local: false, deadNext: true }),
    controls({ others: [other(1_300, "TIMEOUT")] }),
  ],
  [
    "a tunnel without a way out",
    "TCP_TUN_DEAD",
    "error",
    {},
    name(["198.18.0.5"]),
    tcp(["198.18.0.5", 1]),
    controls({ intercepted: true, nowhere: connected("192.0.2.1", 1) }),
    tls("mute"),
  ],
];

function said(more: Partial<Connected> & { readonly address: string }): Facts {
  return { "tcp.connect": { to: "target", connects: [{ port: 443, family: 4, ok: false, ms: 1, ...more }] } };
}

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
  const codes = RULES.map(({ code }) => code).filter((code) => code.startsWith("TCP_"));
  expect([...new Set(FAULTS.map(([, code]) => code)), "TCP_INTERCEPTED"].sort()).toEqual(codes.sort());
});

test("what to do names the real values", () => {
  const dead = judge(
    { url: "http://127.0.0.1:8787" },
    name(["127.0.0.1"], { literal: true, host: "127.0.0.1" }),
    tcp(["127.0.0.1", 0, "ECONNREFUSED"]),
    controls({ listening: [4_000] }),
  );
  expect(dead.findings[0]?.fix.flatMap(({ commands }) => commands)).toEqual([
    "export ANTHROPIC_BASE_URL=http://127.0.0.1:4000",
    `"\${EDITOR:-vi}" +3 ~/.bashrc`,
    "sed -i.bak '3s/^/# /' ~/.bashrc",
  ]);
  const pinned = judge({}, name(["203.0.113.97"], pin("203.0.113.97")), tcp(["203.0.113.97", 3_500, "TIMEOUT"]));
  expect(pinned.findings[0]?.title.en).toContain("/etc/hosts:3");
  const blocked = judge(
    {},
    name(GENUINE),
    tcp(["160.79.104.10", 3_500, "TIMEOUT"], ["2607:6bc0::10", 3_500, "TIMEOUT"]),
    controls({ others: [other(3)] }),
  );
  expect(blocked.findings[0]?.letter?.hosts).toEqual([
    "api.anthropic.com:443",
    "platform.claude.com:443",
    "claude.ai:443",
  ]);
  expect(blocked.findings[0]?.letter?.seen.join("\n")).toContain("160.79.104.10:443: TIMEOUT (3500 ms)");
});
