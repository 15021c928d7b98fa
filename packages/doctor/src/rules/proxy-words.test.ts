// What the rules about proxies say of themselves, and which texts of programs they know.

import { describe, expect, it } from "vitest";
import { PROXY_LOGIN_RULES } from "./proxy-login.ts";
import { PROXY_PORT_RULES } from "./proxy-port.ts";
import { PROXY_PROTOCOL_RULES } from "./proxy-protocol.ts";
import { PROXY_REFUSAL_RULES } from "./proxy-refusals.ts";
import { PROXY_SETTING_RULES } from "./proxy-settings.ts";
import { PROXY_UNUSED_RULES } from "./proxy-unused.ts";
import { PROXY_VALUE_RULES } from "./proxy-values.ts";

const RULES = [
  ...PROXY_VALUE_RULES,
  ...PROXY_SETTING_RULES,
  ...PROXY_UNUSED_RULES,
  ...PROXY_PORT_RULES,
  ...PROXY_PROTOCOL_RULES,
  ...PROXY_LOGIN_RULES,
  ...PROXY_REFUSAL_RULES,
];

describe("rules about proxies", () => {
  it("are spoken of in words that say what programs say", () => {
    const says = (text: string) =>
      RULES.filter((rule) => rule.says?.some((one) => one.test(text))).map(({ code }) => code);
    expect(says("Proxy response (407) !== 200 when HTTP Tunneling")).toContain("PROXY_AUTH_REQUIRED");
    expect(
      says("curl: (56) CONNECT tunnel failed, response 403 Received HTTP code 403 from proxy after CONNECT"),
    ).toContain("PROXY_DENIES_HOST");
    expect(says("Using SOCKS proxy, but the 'socksio' package is not installed")).toEqual(["PROXY_SOCKS_UNSUPPORTED"]);
    expect(says("InvalidArgumentError: Invalid URL protocol: the URL must start with `http:` or `https:`.")).toContain(
      "PROXY_SCHEME_MISSING",
    );
  });

  it("are rules with everything that a page about them needs", () => {
    expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
    for (const { code, title, meaning, advice, sources } of RULES) {
      expect(code).toMatch(/^PROXY_[A-Z_]+$/);
      expect(sources.length).toBeGreaterThan(0);
      for (const words of [title, meaning, advice]) expect(words.zh).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
