// Which proxy comes out of the setting and the environment.

import { describe, expect, it } from "vitest";
import { chooseProxy } from "./proxy.ts";

const API = new URL("https://api.anthropic.com");
const ENV = { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2" };

describe("chooseProxy", () => {
  it("takes what is written, or what the environment says", () => {
    expect(chooseProxy("env", API, ENV)).toEqual({ url: "http://a:1/" });
    expect(chooseProxy("env", new URL("http://gw.example"), ENV)).toEqual({ url: "http://b:2/" });
    expect(chooseProxy("env", API, {})).toEqual({});
    expect(chooseProxy("env", API, { ...ENV, NO_PROXY: "anthropic.com" })).toEqual({});
    expect(chooseProxy("none", API, ENV)).toEqual({});
    expect(chooseProxy("http://d:4", API, ENV)).toEqual({ url: "http://d:4/" });
  });

  it("goes to loopback directly", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
      expect(chooseProxy("env", new URL(`http://${host}:4200`), ENV)).toEqual({});
    }
  });

  it.each([
    ["socks5://x:1", "socks5 proxies are not supported; name an http://"],
    ["https://x:1", "https proxies are not supported; name an http://"],
    ["proxy", "must be env, none, or an address"],
  ])("refuses %s", (setting, says) => {
    expect(chooseProxy(setting, API, {})).toEqual({ message: expect.stringContaining(says) });
  });

  it("says that a proxy which cannot be used came from the environment", () => {
    expect(chooseProxy("env", API, { https_proxy: "socks5://x:1" })).toEqual({
      message: expect.stringContaining("(from the environment, see HTTPS_PROXY"),
    });
  });
});
