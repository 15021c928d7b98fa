// The grammar of the proxy variables, as a table.

import { describe, expect, it } from "vitest";
import { type Environment, proxyFor } from "./proxy-env.ts";

const PROXY = "http://proxy:3128";

describe("which variable counts", () => {
  const table: ReadonlyArray<readonly [url: string, env: Environment, proxy: string | undefined]> = [
    ["https://api.anthropic.com", {}, undefined],
    ["https://api.anthropic.com", { HTTPS_PROXY: PROXY }, PROXY],
    ["https://api.anthropic.com", { https_proxy: PROXY }, PROXY],
    ["https://api.anthropic.com", { https_proxy: "http://small:1", HTTPS_PROXY: "http://large:1" }, "http://small:1"],
    ["https://api.anthropic.com", { HTTP_PROXY: PROXY }, undefined],
    ["http://inside", { HTTP_PROXY: PROXY }, PROXY],
    ["http://inside", { http_proxy: PROXY }, PROXY],
    ["http://inside", { HTTPS_PROXY: PROXY }, undefined],
    ["http://inside", { HTTP_PROXY: PROXY, REQUEST_METHOD: "GET" }, undefined],
    ["http://inside", { http_proxy: PROXY, REQUEST_METHOD: "GET" }, PROXY],
    ["https://a", { ALL_PROXY: PROXY }, PROXY],
    ["http://a", { all_proxy: PROXY }, PROXY],
    ["https://a", { ALL_PROXY: "http://all:1", HTTPS_PROXY: PROXY }, PROXY],
    ["https://a", { HTTPS_PROXY: "" }, undefined],
    ["https://a", { HTTPS_PROXY: "  " }, undefined],
    ["https://a", { https_proxy: "", HTTPS_PROXY: PROXY }, PROXY],
    ["https://a", { HTTPS_PROXY: "proxy:3128" }, PROXY],
    ["https://a", { HTTPS_PROXY: "http://user:pass@proxy:3128" }, "http://user:pass@proxy:3128"],
  ];
  it.each(table)("%s with %o", (url, env, proxy) => {
    expect(proxyFor(url, env)).toBe(proxy);
  });
});

describe("NO_PROXY", () => {
  const table: ReadonlyArray<readonly [list: string, url: string, direct: boolean]> = [
    ["*", "https://api.anthropic.com", true],
    ["api.anthropic.com", "https://api.anthropic.com", true],
    ["API.Anthropic.COM", "https://api.anthropic.com", true],
    ["anthropic.com", "https://api.anthropic.com", true],
    [".anthropic.com", "https://api.anthropic.com", true],
    ["*.anthropic.com", "https://api.anthropic.com", true],
    [".anthropic.com", "https://anthropic.com", true],
    ["anthropic.com", "https://notanthropic.com", false],
    ["anthropic.co", "https://api.anthropic.com", false],
    ["api", "https://api.anthropic.com", false],
    ["other.com, anthropic.com", "https://api.anthropic.com", true],
    ["other.com anthropic.com", "https://api.anthropic.com", true],
    [",, ,", "https://api.anthropic.com", false],
    ["api.anthropic.com:443", "https://api.anthropic.com", true],
    ["api.anthropic.com:8443", "https://api.anthropic.com", false],
    ["api.anthropic.com:8443", "https://api.anthropic.com:8443", true],
    ["inside:80", "http://inside", true],
    ["127.0.0.1", "http://127.0.0.1:4200", true],
    ["127.0.0.1:4200", "http://127.0.0.1:4200", true],
    ["127.0.0.0/8", "http://127.1.2.3", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["10.0.0.0/33", "http://10.0.0.1", false],
    ["10.0.0.0/x", "http://10.0.0.1", false],
    ["0.0.0.0/0", "http://8.8.8.8", true],
    ["0.0.0.0/0", "http://inside", false],
    ["0.0.1", "http://10.0.0.1", false],
    ["::1", "http://[::1]:4200", true],
    ["[::1]", "http://[::1]:4200", true],
    ["[::1]:4200", "http://[::1]:4200", true],
    ["[::1]:4201", "http://[::1]:4200", false],
    ["fd00::/8", "http://[fd12::1]", true],
    ["fd00::/8", "http://[fe80::1]", false],
    ["localhost", "http://localhost:4200", true],
    ["localhost", "http://127.0.0.1", false],
  ];
  it.each(table)("%j for %s: direct %s", (list, url, direct) => {
    const env = { http_proxy: PROXY, https_proxy: PROXY, NO_PROXY: list };
    expect(proxyFor(url, env)).toBe(direct ? undefined : PROXY);
    expect(proxyFor(url, { ...env, NO_PROXY: "", no_proxy: list })).toBe(direct ? undefined : PROXY);
  });
});
