// What each program does about a proxy, against what the programs themselves did with the same variables.

import { describe, expect, it } from "vitest";
import { CLIENTS, type ClientName } from "../context.ts";
import { Secret } from "../secret.ts";
import type { Setting } from "./environment.ts";
import { bypassEntry, type Grammar } from "./no-proxy.ts";
import { nodeKnowsProxies, proxyDecision } from "./proxy-decision.ts";

const API = new URL("https://api.anthropic.com");
const P = "http://proxy.test:3128";

function look(env: { readonly [name: string]: string }) {
  return (name: string): Setting | undefined =>
    env[name] === undefined ? undefined : { name, value: new Secret(env[name]), source: { kind: "shell" } };
}

function short(
  client: ClientName,
  env: { readonly [name: string]: string },
  url = API,
  nodeVersion = "24.21.0",
): string {
  const decision = proxyDecision(client, url, look(env), { nodeVersion });
  if (decision.use === "proxy")
    return `${decision.proxy.from.name} ${decision.proxy.scheme} ${decision.proxy.host}:${decision.proxy.port}`;
  return `${decision.use} ${decision.why}${decision.by === undefined ? "" : ` ${decision.by.name}`}`;
}

describe("variables and their order", () => {
  it.each<[ClientName, { readonly [name: string]: string }, string, string?]>([
    ["claude-code", {}, "direct none-set"],
    ["claude-code", { HTTPS_PROXY: P }, "HTTPS_PROXY http proxy.test:3128"],
    ["claude-code", { HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2" }, "https_proxy http b:2"],
    ["claude-code", { http_proxy: P, HTTPS_PROXY: "http://a:1" }, "HTTPS_PROXY http a:1"],
    ["claude-code", { https_proxy: "", HTTP_PROXY: P }, "HTTP_PROXY http proxy.test:3128"],
    ["claude-code", { ALL_PROXY: P }, "direct not-read ALL_PROXY"],
    ["claude-code", { HTTPS_PROXY: "proxy.test:3128" }, "broken scheme-missing HTTPS_PROXY"],
    ["claude-code", { HTTPS_PROXY: "socks5://proxy.test:1080" }, "broken socks-unsupported HTTPS_PROXY"],
    ["claude-code", { HTTPS_PROXY: P }, "HTTPS_PROXY http proxy.test:3128", "http://127.0.0.1:8787"],
    ["node", { HTTPS_PROXY: P }, "direct not-read HTTPS_PROXY"],
    ["node", { HTTPS_PROXY: P, NODE_USE_ENV_PROXY: "true" }, "direct not-read HTTPS_PROXY"],
    ["node", { HTTPS_PROXY: P, NODE_USE_ENV_PROXY: "1" }, "HTTPS_PROXY http proxy.test:3128"],
    [
      "node",
      { HTTPS_PROXY: P, NODE_OPTIONS: "--max-old-space-size=4096 --use-env-proxy" },
      "HTTPS_PROXY http proxy.test:3128",
    ],
    ["node", { HTTP_PROXY: P, NODE_USE_ENV_PROXY: "1" }, "HTTP_PROXY http proxy.test:3128"],
    ["node", { HTTPS_PROXY: P, https_proxy: "", NODE_USE_ENV_PROXY: "1" }, "direct not-read HTTPS_PROXY"],
    ["node", { ALL_PROXY: P, NODE_USE_ENV_PROXY: "1" }, "direct not-read ALL_PROXY"],
    ["node", { HTTPS_PROXY: "socks5://s:1080", NODE_USE_ENV_PROXY: "1" }, "HTTPS_PROXY socks5 s:1080"],
    ["node", { HTTPS_PROXY: "socks5h://s:1080", NODE_USE_ENV_PROXY: "1" }, "broken socks-unsupported HTTPS_PROXY"],
    ["node", { HTTPS_PROXY: "localhost:1234", NODE_USE_ENV_PROXY: "1" }, "broken scheme-missing HTTPS_PROXY"],
    [
      "node",
      { HTTPS_PROXY: "localhost:1234", NODE_USE_ENV_PROXY: "1" },
      "broken scheme-missing HTTPS_PROXY",
      "http://127.0.0.1:8787",
    ],
    ["node", { HTTPS_PROXY: "http://a:p#s@proxy.test:1", NODE_USE_ENV_PROXY: "1" }, "broken not-a-url HTTPS_PROXY"],
    ["node", { HTTPS_PROXY: "http://a:p%s@proxy.test:1", NODE_USE_ENV_PROXY: "1" }, "broken bad-escape HTTPS_PROXY"],
    ["node", { HTTPS_PROXY: "http://a:p@s@proxy.test:1", NODE_USE_ENV_PROXY: "1" }, "HTTPS_PROXY http proxy.test:1"],
    ["python", { HTTP_PROXY: P }, "direct not-read HTTP_PROXY"],
    ["python", { https_proxy: "", HTTPS_PROXY: P }, "direct not-read HTTPS_PROXY"],
    ["python", { ALL_PROXY: "socks5://s:1080" }, "ALL_PROXY socks5 s:1080"],
    ["python", { ALL_PROXY: "socks4://s:1080" }, "broken socks-unsupported ALL_PROXY"],
    ["python", { HTTPS_PROXY: "proxy.test:3128" }, "HTTPS_PROXY http proxy.test:3128"],
    ["python", { HTTPS_PROXY: "http://a:p%s@proxy.test:1" }, "HTTPS_PROXY http proxy.test:1"],
    ["curl", { HTTP_PROXY: P }, "direct not-read HTTP_PROXY", "http://api.test/"],
    ["curl", { http_proxy: P }, "http_proxy http proxy.test:3128", "http://api.test/"],
    ["curl", { https_proxy: "", HTTPS_PROXY: P }, "HTTPS_PROXY http proxy.test:3128"],
    ["curl", { all_proxy: "socks5h://s:9" }, "all_proxy socks5h s:9"],
    ["curl", { HTTPS_PROXY: "proxy.test" }, "HTTPS_PROXY http proxy.test:1080"],
    ["curl", { HTTPS_PROXY: "http://a:p@s@proxy.test:1" }, "broken not-a-url HTTPS_PROXY"],
    ["curl", { HTTPS_PROXY: "ftp://proxy.test:1" }, "broken scheme-unknown HTTPS_PROXY"],
    ["curl", { HTTPS_PROXY: "ftp://proxy.test:1", NO_PROXY: "anthropic.com" }, "direct no-proxy NO_PROXY"],
  ])("%s %j: %s", (client, env, expected, url) => {
    expect(short(client, env, url === undefined ? API : new URL(url))).toBe(expected);
  });

  it("leaves proxies to Nodes that know them", () => {
    expect(["20.20.2", "22.20.0", "22.21.0", "23.11.0", "24.0.0", "26.10.0"].map(nodeKnowsProxies)).toEqual([
      false,
      false,
      true,
      false,
      true,
      true,
    ]);
    const env = { HTTPS_PROXY: P, NODE_USE_ENV_PROXY: "1" };
    expect(short("node", env, API, "20.20.2")).toBe("direct not-read HTTPS_PROXY");
    expect(short("node", { ...env, HTTPS_PROXY: "socks5://s:1" }, API, "22.23.3")).toBe(
      "broken socks-unsupported HTTPS_PROXY",
    );
  });

  it("decodes the name and the password for the header, and prints neither", () => {
    const decision = proxyDecision("claude-code", API, look({ HTTPS_PROXY: "http://ali%40ce:s%233cret@p:1" }), {
      nodeVersion: "24.0.0",
    });
    if (decision.use !== "proxy") throw new Error("no proxy");
    const value = decision.proxy.authorization?.reveal() ?? "";
    expect(Buffer.from(value.slice(6), "base64").toString()).toBe("ali@ce:s#3cret");
    expect(JSON.stringify(decision)).not.toMatch(/s%233cret|s#3cret|czMzY3/);
  });
});

// Node 24 and curl 7.88 measured against a recording proxy, Bun and Node 22 as published, httpx by its source.
const SEEN: readonly (readonly [string, { readonly [grammar in Grammar]: boolean }])[] = [
  [
    "api.anthropic.com",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: true, curl: true },
  ],
  [
    ".anthropic.com",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: true, curl: true },
  ],
  [
    "*.anthropic.com",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: false, curl: false },
  ],
  ["*", { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: true, curl: true }],
  [
    "api.anthropic.com:443",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: false, curl: false },
  ],
  [
    "localhost, api.anthropic.com",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: true, curl: true },
  ],
  [
    "anthropic.com",
    { bun: true, "node-fetch-22": false, "node-fetch": true, "node-https": false, httpx: true, curl: true },
  ],
  [
    "localhost api.anthropic.com",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": false, httpx: false, curl: true },
  ],
  [
    "API.Anthropic.com",
    { bun: true, "node-fetch-22": true, "node-fetch": true, "node-https": true, httpx: true, curl: true },
  ],
  [
    "pi.anthropic.com",
    { bun: false, "node-fetch-22": false, "node-fetch": false, "node-https": false, httpx: false, curl: false },
  ],
  [
    "api.anthropic.com:8443",
    { bun: false, "node-fetch-22": false, "node-fetch": false, "node-https": false, httpx: false, curl: false },
  ],
  [
    "localhost,127.0.0.1,::1",
    { bun: false, "node-fetch-22": false, "node-fetch": false, "node-https": false, httpx: false, curl: false },
  ],
  ["", { bun: false, "node-fetch-22": false, "node-fetch": false, "node-https": false, httpx: false, curl: false }],
];

describe("NO_PROXY", () => {
  for (const [list, by] of SEEN)
    for (const [grammar, expected] of Object.entries(by))
      it(`${JSON.stringify(list)} for ${grammar}`, () => {
        expect(bypassEntry(grammar as Grammar, list, "api.anthropic.com", 443, true) !== undefined).toBe(expected);
      });

  it("takes a star among others only where the program does", () => {
    const by = (grammar: Grammar) => bypassEntry(grammar, "localhost,*", "api.anthropic.com", 443, true) !== undefined;
    expect({ curl: by("curl"), fetch: by("node-fetch"), httpx: by("httpx") }).toEqual({
      curl: false,
      fetch: false,
      httpx: true,
    });
  });

  it("knows addresses and, for curl, ranges", () => {
    const past = (grammar: Grammar, list: string, host: string) =>
      bypassEntry(grammar, list, host, 8080, false) !== undefined;
    expect(past("curl", "10.0.0.0/8", "10.1.2.3")).toBe(true);
    expect(past("curl", "10.0.0.0/8", "11.1.2.3")).toBe(false);
    expect(past("bun", "10.0.0.0/8", "10.1.2.3")).toBe(false);
    expect(past("node-fetch", "127.0.0.1,localhost", "127.0.0.1")).toBe(true);
    expect(past("httpx", "127.0.0.1:8080", "127.0.0.1")).toBe(true);
    expect(past("node-https", "10.0.0.1-10.0.0.9", "10.0.0.5")).toBe(true);
  });

  it("is read in lower case first, by everybody", () => {
    for (const client of CLIENTS) {
      const env = { https_proxy: P, NODE_USE_ENV_PROXY: "1", NO_PROXY: "example.com", no_proxy: "api.anthropic.com" };
      expect(short(client, env)).toBe("direct no-proxy no_proxy");
    }
    expect(short("node", { https_proxy: P, NODE_USE_ENV_PROXY: "1", NO_PROXY: "*", no_proxy: "" })).toMatch(
      /^https_proxy/,
    );
    expect(short("curl", { https_proxy: P, NO_PROXY: "*", no_proxy: "" })).toBe("direct no-proxy NO_PROXY");
  });
});
