// Tests that pasted errors and misspelt codes lead to the right rule.

import { describe, expect, test } from "vitest";
import { fakeMachine } from "../testing/fake-machine.ts";
import { sampleRule } from "../testing/sample.ts";
import { explain, rulesFor } from "./explain.ts";
import { WORDINGS } from "./explain-words.ts";
import { helpText } from "./help.ts";
import type { Io } from "./io.ts";
import { list } from "./list.ts";
import { PROBES } from "./probes/index.ts";
import { RULES } from "./rules/index.ts";
import { LANGUAGES } from "./words.ts";

function recorder() {
  const out: string[] = [];
  const err: string[] = [];
  const sink = (to: string[]) => ({ write: (text: string) => to.push(text), flush: () => Promise.resolve() });
  const io: Io = { name: "doctor", out: sink(out), err: sink(err), onStop: () => () => {} };
  return { io, out: () => out.join(""), err: () => err.join("") };
}

const WISH = { json: false, colour: true };

describe("which rule", () => {
  const rules = [
    sampleRule("TLS_ONE", { says: [/SELF_SIGNED_CERT_IN_CHAIN/i, /certificate/i] }),
    sampleRule("TLS_TWO", { says: [/unable to get local issuer certificate/i] }),
    sampleRule("TLS_THREE"),
  ];

  test("by code, in any case; by a code within a text", () => {
    expect(rulesFor("tls_three", rules).map(({ code }) => code)).toEqual(["TLS_THREE"]);
    expect(rulesFor("the doctor said TLS_TWO yesterday", rules).map(({ code }) => code)).toEqual(["TLS_TWO"]);
  });

  test("by what programs say: who takes most of the text comes first", () => {
    const text = "Error: unable to get local issuer certificate";
    expect(rulesFor(text, rules).map(({ code }) => code)).toEqual(["TLS_TWO", "TLS_ONE"]);
    expect(rulesFor("nothing of the kind", rules)).toEqual([]);
  });
});

describe("texts of real programs", () => {
  test.each([
    [
      "TCP_REFUSED",
      "curl: (7) Failed to connect to api.anthropic.com port 443 after 12 ms: Couldn't connect to server",
    ],
    ["TCP_TIMEOUT", "curl: (28) Connection timed out after 10001 milliseconds"],
    ["HTTP_TIMEOUT", "curl: (28) Operation timed out after 30000 milliseconds with 0 bytes received"],
    ["TLS_SNI_RESET", "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to api.anthropic.com:443"],
    ["PROXY_AUTH_REQUIRED", "curl: (56) CONNECT tunnel failed, response 407"],
    ["PROXY_UNREACHABLE", "curl: (5) Could not resolve proxy: proxy.corp.example"],
    ["HTTP_RESET", "curl: (52) Empty reply from server"],
    ["STREAM_CUT", "curl: (18) transfer closed with outstanding read data remaining"],
    ["PROXY_IS_SOCKS", "curl: (97) Unable to receive initial SOCKS5 response."],
    ["TLS_EXPIRED", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:997)"],
    [
      "TLS_WRONG_NAME",
      "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'api.anthropic.com'. (_ssl.c:1129)",
    ],
    ["TCP_TIMEOUT", "httpx.ConnectTimeout: timed out"],
    ["HTTP_TIMEOUT", "httpx.ReadTimeout: The read operation timed out"],
    ["HTTP_RESET", "httpx.RemoteProtocolError: Server disconnected without sending a response."],
    ["STREAM_NO_PINGS", "BodyTimeoutError: Body Timeout Error UND_ERR_BODY_TIMEOUT"],
    ["DNS_SERVFAIL", "dial tcp: lookup api.anthropic.com on 127.0.0.53:53: server misbehaving"],
    ["TLS_INTERCEPTED_UNTRUSTED", "x509: certificate signed by unknown authority"],
    [
      "ACCOUNT_OVERLOADED",
      'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    ],
    ["ACCOUNT_RATE_LIMITED", "5-hour limit reached ∙ resets 3pm"],
    ["HTTP_WANTS_TLS", "400 The plain HTTP request was sent to HTTPS port"],
  ])("%s first: %s", (code, text) => {
    expect(rulesFor(text)[0]?.code).toBe(code);
  });

  test("a text that stands for every fault is called that", () => {
    for (const text of ["TypeError: fetch failed", "anthropic.APIConnectionError: Connection error."]) {
      const { io, err } = recorder();
      expect(explain(text, WISH, "en", fakeMachine(), io)).toBe(1);
      expect(err()).toContain("names no cause");
    }
  });

  test("wordings name codes that exist", () => {
    const known = new Set(RULES.map(({ code }) => code));
    for (const { codes } of WORDINGS) for (const code of codes) expect(known).toContain(code);
  });

  test("a key among the pasted text does not come back", () => {
    const { io, err } = recorder();
    explain("sk_ant-api03-abcdefghijkl", WISH, "en", fakeMachine(), io);
    explain("SK_sk-ant-api03-abcdefghijklmnop", WISH, "en", fakeMachine(), io);
    expect(err()).not.toContain("abcdefghijklmnop");
  });
});

describe.each(LANGUAGES)("in %s", (language) => {
  test("every code can be explained", () => {
    for (const { code, title } of RULES) {
      const { io, out } = recorder();
      expect(explain(code, WISH, language, fakeMachine(), io)).toBe(0);
      expect(out()).toContain(code);
      expect(out().replace(/\s/g, "")).toContain(title[language].replace(/\s/g, ""));
    }
  });

  test("a misspelt code: the nearest one, exit code 2", () => {
    const right = RULES[0]?.code ?? "";
    const { io, err } = recorder();
    expect(explain(`${right.slice(0, -1)}X`, WISH, language, fakeMachine(), io)).toBe(2);
    expect(err()).toContain(right);
    expect(err()).toContain("USAGE_UNKNOWN_CODE");
  });

  test("a text that nobody knows: exit code 1, and where to go", () => {
    const { io, err } = recorder();
    expect(explain("the weather is fine", WISH, language, fakeMachine(), io)).toBe(1);
    expect(err()).toContain("doctor");
  });

  test("the list has every code and every check", () => {
    const { io, out } = recorder();
    expect(list(WISH, language, fakeMachine(), io)).toBe(0);
    for (const { code } of RULES) expect(out()).toContain(code);
    for (const { id } of PROBES) expect(out()).toContain(id);
  });
});

test("as JSON", () => {
  const { io, out } = recorder();
  expect(explain(RULES[0]?.code ?? "", { json: true, colour: true }, "en", fakeMachine(), io)).toBe(0);
  expect(JSON.parse(out())).toMatchObject([{ code: RULES[0]?.code }]);
  const second = recorder();
  list({ json: true, colour: true }, "en", fakeMachine(), second.io);
  expect(JSON.parse(second.out()).codes).toHaveLength(RULES.length);
});

test.each([
  ["getaddrinfo ENOTFOUND api.anthropic.com", /^DNS_|^ENV_URL_/],
  ["Failed to connect to api.anthropic.com: SELF_SIGNED_CERT_IN_CHAIN", /^TLS_/],
  ["AggregateError [ETIMEDOUT, ENETUNREACH]", /^TCP_/],
  ["Proxy response (407) !== 200 when HTTP Tunneling", /^PROXY_/],
  ["Using SOCKS proxy, but the 'socksio' package is not installed", /^PROXY_/],
  ['API Error: 403 {"error":{"type":"forbidden","message":"Request not allowed"}}', /^HTTP_|^AUTH_/],
  ["invalid x-api-key", /^AUTH_|^ENV_KEY_/],
  ["Your credit balance is too low to access the Anthropic API", /^ACCOUNT_|^ENV_KEY_/],
  ["Stream completed without receiving message_start event", /^STREAM_/],
])("%s is a matter of %s", (text, layer) => {
  const codes = rulesFor(text).map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(0);
  for (const code of codes) expect(code).toMatch(layer);
});

test("codes that the help names exist", () => {
  const named = [...helpText("doctor", "en").matchAll(/explain ([A-Z_]+_[A-Z_]+)/g)].map(([, code]) => code);
  expect(named.length).toBeGreaterThan(0);
  for (const code of named) expect(RULES.map((rule) => rule.code)).toContain(code);
});
