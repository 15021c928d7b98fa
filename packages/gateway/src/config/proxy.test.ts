// Which proxy comes out of the environment.

import { describe, expect, it } from "vitest";
import { chooseProxy } from "./proxy.ts";

const API = new URL("https://api.anthropic.com");

describe("chooseProxy", () => {
  it("takes HTTPS_PROXY for https and HTTP_PROXY for http, lower case first", () => {
    const env = { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2", http_proxy: "c:3" };
    expect(chooseProxy("env", API, env)).toEqual({ url: "http://a:1/" });
    expect(chooseProxy("env", new URL("http://gw.example"), env)).toEqual({ url: "http://c:3/" });
    expect(chooseProxy("env", API, {})).toEqual({});
    expect(chooseProxy("none", API, env)).toEqual({});
    expect(chooseProxy("http://d:4", API, env)).toEqual({ url: "http://d:4/" });
  });

  it("goes to loopback directly", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
      expect(chooseProxy("env", new URL(`http://${host}:4200`), { HTTP_PROXY: "http://b:2" })).toEqual({});
    }
  });

  it.each([
    ["*", true],
    ["anthropic.com", true],
    [".anthropic.com", true],
    ["*.anthropic.com", true],
    ["api.anthropic.com:443", true],
    ["api.anthropic.com:8443", false],
    ["other.example, API.anthropic.com", true],
    ["thropic.com", false],
    ["", false],
  ])("NO_PROXY=%s", (list, direct) => {
    const choice = chooseProxy("env", API, { HTTPS_PROXY: "http://a:1", NO_PROXY: list });
    expect(choice).toEqual(direct ? {} : { url: "http://a:1/" });
  });

  it.each([
    ["10.0.0.0/8", true],
    ["10.1.2.3", true],
    ["10.1.2.3:8443", true],
    ["11.0.0.0/8", false],
    ["2.3", false],
    ["fd00::/8", false],
  ])("NO_PROXY=%s for an address", (list, direct) => {
    const choice = chooseProxy("env", new URL("https://10.1.2.3:8443"), { HTTPS_PROXY: "http://a:1", NO_PROXY: list });
    expect(choice).toEqual(direct ? {} : { url: "http://a:1/" });
  });

  it("says where a proxy that cannot be used came from", () => {
    expect(chooseProxy("env", API, { https_proxy: "socks5://x:1" })).toEqual({
      message: expect.stringMatching(
        /^socks5 proxies are not supported \(from the environment variable https_proxy\); name/,
      ),
    });
  });
});
