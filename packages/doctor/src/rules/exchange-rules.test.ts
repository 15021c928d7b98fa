// Tests of the rules about answers: what matches what, and what is no fault.

import { systemRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import type { Context } from "../context.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { conclude } from "../verdict.ts";
import { ACCOUNT_RULES } from "./account.ts";
import { CREDENTIAL_RULES } from "./credentials.ts";
import { HTTP_RULES } from "./http.ts";

const RULES = [...HTTP_RULES, ...CREDENTIAL_RULES, ...ACCOUNT_RULES];

function contextOf(official = true): Context {
  const url = new URL(official ? "https://api.anthropic.com" : "https://gw.corp.example");
  const target = {
    platform: official ? "anthropic" : "custom",
    url,
    host: url.hostname,
    port: 443,
    tls: true,
    from: undefined,
    official,
  };
  const environment = {
    client: "claude-code",
    variables: new Map(),
    credentials: [{ setting: { name: "ANTHROPIC_API_KEY", value: "", source: { kind: "shell" } }, kind: "api-key" }],
    value: () => undefined,
    proxyFor: () => ({ use: "direct", why: "none-set" }),
  };
  const machine = {
    platform: "linux",
    shell: "sh",
    env: {},
    home: "/home/dev",
    cwd: "/",
    wsl: false,
    statOf: () => ({ error: "ENOENT" }),
    readText: () => undefined,
  };
  return { rt: systemRuntime(), options: {}, machine, environment, target } as unknown as Context;
}

function seen(more: Partial<Exchanged>): Exchanged {
  return {
    method: "POST",
    path: "/v1/messages",
    ok: false,
    ms: 10,
    author: "unknown",
    headers: [],
    bodyKind: "json",
    ...more,
  };
}

const UNAUTHORIZED = seen({
  status: 401,
  author: "anthropic-api",
  errorType: "authentication_error",
  requestId: "req_1",
});

function hello(main: Exchanged, more: object = {}): Facts {
  return { "http.hello": { exchanges: [main], speaksApi: main.author === "anthropic-api", ...more } };
}

function credential(exchange: Exchanged, outcome: "accepted" | "rejected" | "unclear", kind = "api-key"): Facts {
  const shown = { name: "ANTHROPIC_API_KEY", where: "environment", header: "x-api-key", by: "models" } as const;
  return {
    ...hello(UNAUTHORIZED),
    "credentials.accepted": { exchange, outcome, accepted: outcome === "accepted", kind, ...shown },
  };
}

function count(exchange: Exchanged, named = true): Facts {
  return {
    ...credential(seen({ status: 200, ok: true, author: "anthropic-api" }), "accepted"),
    "account.count": { exchange, model: "claude-x", named, betas: [], absent: false },
  };
}

function codes(facts: Facts, ctx = contextOf()): string[] {
  return conclude(RULES, facts, ctx, []).findings.map(({ rule, severity }) => `${rule.code}:${severity}`);
}

describe("faults", () => {
  const api = { author: "anthropic-api", requestId: "req_1" } as const;
  const rows: readonly (readonly [string, Facts, Context?])[] = [
    ["HTTP_REGION_REFUSED", hello(seen({ status: 403, author: "anthropic-edge", errorType: "forbidden" }))],
    [
      "HTTP_CLOUDFLARE_CHALLENGE",
      hello(seen({ status: 403, author: "cloudflare", pageTitle: "Just a moment...", bodyKind: "html" })),
    ],
    ["HTTP_CLOUDFLARE_BLOCKED", hello(seen({ status: 403, author: "cloudflare", bodyKind: "html" }))],
    ["HTTP_RELAY_ORIGIN_DOWN", hello(seen({ status: 522, author: "cloudflare" })), contextOf(false)],
    ["HTTP_SERVICE_ERROR", hello(seen({ status: 522, author: "cloudflare" }))],
    ["HTTP_CAPTIVE_PORTAL", hello(seen({ status: 200, author: "captive-portal", bodyKind: "html" }))],
    ["HTTP_PROXY_BLOCK_PAGE", hello(seen({ status: 403, author: "proxy", by: "Zscaler", bodyKind: "html" }))],
    [
      "HTTP_SANDBOX_DENIED",
      hello(seen({ status: 403, author: "proxy", by: "sandbox", headers: [["x-deny-reason", "host_not_allowed"]] })),
    ],
    [
      "HTTP_WRONG_PATH",
      hello(seen({ status: 404, author: "gateway" }), { rightBase: "/api", rightUrl: "https://gw.corp.example/api" }),
      contextOf(false),
    ],
    ["HTTP_WEB_FRONT", hello(seen({ status: 404, author: "web-server", bodyKind: "html" })), contextOf(false)],
    ["HTTP_NOT_THE_API", hello(seen({ status: 404, author: "gateway" })), contextOf(false)],
    [
      "HTTP_NOT_THE_API",
      hello(seen({ status: 200, author: "gateway", bodyStart: '{"code":401,"msg":"token expired"}' })),
      contextOf(false),
    ],
    [
      "HTTP_FRONT_REFUSES",
      hello(seen({ status: 403, author: "web-server", by: "nginx", bodyKind: "html" })),
      contextOf(false),
    ],
    [
      "HTTP_REDIRECTED",
      hello(seen({ status: 301, bodyKind: "empty", headers: [["location", "/api/v1/messages"]] })),
      contextOf(false),
    ],
    ["HTTP_PROXY_BLOCK_PAGE", hello(seen({ status: 403, author: "gateway", bodyStart: '{"error":"blocked"}' }))],
    [
      "HTTP_REGION_REFUSED",
      hello(seen({ status: 403, author: "web-server", bodyKind: "html", pageTitle: "App unavailable in region" })),
    ],
    [
      "HTTP_GATEWAY_UPSTREAM_DOWN",
      hello(seen({ status: 502, author: "web-server", bodyKind: "html" })),
      contextOf(false),
    ],
    ["HTTP_TIMEOUT", hello(seen({ at: "http", error: "TIMEOUT" }))],
    ["HTTP_RESET", hello(seen({ at: "http", error: "ECONNRESET" }))],
    ["HTTP_ENCODING_BELIED", hello({ ...UNAUTHORIZED, encodingBelied: true })],
    ["AUTH_INVALID_KEY", credential(UNAUTHORIZED, "rejected")],
    [
      "AUTH_EXPIRED_TOKEN",
      credential({ ...UNAUTHORIZED, errorMessage: "OAuth token has expired" }, "rejected", "oauth-token"),
    ],
    [
      "AUTH_ORG_DISABLED",
      credential(seen({ ...api, status: 400, errorMessage: "This organization has been disabled." }), "rejected"),
    ],
    [
      "AUTH_BEDROCK_TOKEN",
      credential(seen({ status: 403, author: "aws", errorType: "ExpiredTokenException" }), "rejected"),
    ],
    [
      "AUTH_BEDROCK_SKEW",
      credential(
        seen({ status: 403, author: "aws", errorMessage: "Signature expired: a is now earlier than b" }),
        "rejected",
      ),
    ],
    ["ACCOUNT_CREDIT_LOW", count(seen({ ...api, status: 400, errorMessage: "Your credit balance is too low" }))],
    ["ACCOUNT_SPEND_CAP", count(seen({ ...api, status: 429, errorType: "rate_limit_error" }))],
    [
      "ACCOUNT_RATE_LIMITED",
      count(seen({ ...api, status: 429, errorType: "rate_limit_error", headers: [["retry-after", "7"]] })),
    ],
    ["ACCOUNT_OVERLOADED", count(seen({ ...api, status: 529, errorType: "overloaded_error" }))],
    [
      "ACCOUNT_MODEL_NOT_FOUND",
      count(seen({ ...api, status: 404, errorType: "not_found_error", errorMessage: "model: x" })),
    ],
    [
      "ACCOUNT_BETA_REJECTED",
      count(seen({ ...api, status: 400, errorMessage: "Unexpected value(s) `b` for the `anthropic-beta` header" })),
    ],
    [
      "ACCOUNT_EXTRA_INPUTS",
      count(seen({ ...api, status: 400, errorMessage: "context_management: Extra inputs are not permitted" })),
    ],
  ];
  test.each(rows.map((row) => [row[0], row] as const))("%s, and nothing else is told", (code, [, facts, ctx]) => {
    expect(codes(facts, ctx)).toEqual([`${code}:error`]);
  });
});

describe("no faults", () => {
  test("401 to a request without a credential is the right answer", () => {
    expect(codes(hello(UNAUTHORIZED))).toEqual([]);
  });

  test("no facts, no findings", () => {
    expect(codes({})).toEqual([]);
  });

  test("a status page that is red while the line is sound", () => {
    expect(
      codes({ ...hello(UNAUTHORIZED), "http.status-page": { indicator: "major", incidents: ["Elevated errors"] } }),
    ).toEqual([]);
  });

  test("a model of the doctor's own choice that is not there, a minute of clock skew, an optional host: told, and no fault", () => {
    expect(
      codes(
        count(seen({ status: 404, author: "gateway", errorType: "not_found_error", errorMessage: "model" }), false),
      ),
    ).toEqual(["ACCOUNT_MODEL_NOT_FOUND:info"]);
    expect(codes({ ...hello(UNAUTHORIZED), "http.clock": { skewMs: 90_000, samples: 2 } })).toEqual([
      "HTTP_CLOCK_SKEW:info",
    ]);
    const host = {
      host: "downloads.claude.ai",
      what: "installer and updates",
      required: false,
      ok: false,
      at: "dns",
      error: "ENOTFOUND",
    } as const;
    expect(codes({ ...hello(UNAUTHORIZED), "http.hosts": { hosts: [host] } })).toEqual(["HTTP_HOST_BLOCKED:info"]);
  });

  test("a policy of AWS that forgets the count is no lack of access", () => {
    const message = "User: arn is not authorized to perform: bedrock:CountTokens on resource: model";
    expect(
      codes(count(seen({ status: 403, author: "aws", errorType: "AccessDeniedException", errorMessage: message }))),
    ).toEqual([]);
  });
});

test("each code once, in both languages, with a source", () => {
  expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
  for (const { code, title, meaning, advice, sources, layer } of RULES) {
    expect(code).toMatch({ http: /^HTTP_/, credentials: /^AUTH_/, account: /^ACCOUNT_/ }[layer as string] ?? /never/);
    for (const words of [title, meaning, advice]) {
      expect(words.en, code).toMatch(/[a-z]/);
      expect(words.zh, code).toMatch(/[\u4e00-\u9fff]/);
    }
    expect(sources.length, code).toBeGreaterThan(0);
  }
});

describe("where it does no harm, or somebody else has to act", () => {
  const api = { author: "anthropic-api", requestId: "req_1" } as const;
  const well = UNAUTHORIZED;
  const lost = seen({ at: "http", error: "TIMEOUT", bodyKind: "empty" });

  test("a family that carries nothing is an error only where it goes first", () => {
    expect(codes(hello(well, { families: { v4: well, v6: lost } }))).toEqual(["HTTP_ONE_FAMILY:warning"]);
    const dead = { ...lost, at: "tls" as const };
    expect(codes(hello(dead, { families: { v4: well, v6: dead } }))).toContain("HTTP_ONE_FAMILY:error");
  });

  test("a redirect within the host that was followed is a warning, with the address to set", () => {
    const moved = { path: "/new/v1/messages", redirected: { status: 308, from: "/old/v1/messages" } };
    const good = hello(seen({ status: 401, author: "gateway", errorType: "authentication_error", ...moved }));
    expect(codes(good, contextOf(false))).toEqual(["HTTP_REDIRECTED:warning"]);
    const page = hello(seen({ status: 200, author: "gateway", bodyKind: "text", ...moved, path: "/login" }));
    expect(codes(page, contextOf(false))).toContain("HTTP_REDIRECTED:error");
  });

  test("a guess of a deployment's name says nothing of Foundry", () => {
    const ctx = contextOf();
    Object.assign(ctx.target, { platform: "foundry" });
    const none = seen({ status: 404, author: "azure", errorCode: "DeploymentNotFound" });
    expect(codes(count(none, false), ctx).filter((code) => code.startsWith("ACCOUNT_MODEL"))).toEqual([]);
    expect(codes(count(none, true), ctx)).toContain("ACCOUNT_MODEL_NOT_FOUND:error");
  });

  test("seconds before every answer are told, seconds before one are not", () => {
    const slow = (ms: number) => seen({ status: 401, author: "gateway", errorType: "authentication_error", ms });
    const twice = (first: number, second: number): Facts => ({
      "http.hello": { exchanges: [slow(first), slow(second)], speaksApi: true },
    });
    expect(codes(twice(4_010, 4_020), contextOf(false))).toEqual(["HTTP_SLOW:warning"]);
    expect(codes(twice(40, 4_020), contextOf(false))).toEqual([]);
  });

  test("nobody looks into the log of a gateway that is a cloud's own host", () => {
    const ctx = contextOf();
    Object.assign(ctx.target, { platform: "bedrock", host: "bedrock-runtime.us-east-1.amazonaws.com" });
    const { findings } = conclude(RULES, hello(seen({ status: 404, author: "gateway" })), ctx, []);
    const notes = findings.flatMap(({ fix }) => fix.map(({ note }) => note.en)).join(" ");
    expect(findings[0]?.rule.code).toBe("HTTP_NOT_THE_API");
    expect(notes).toMatch(/provider's own/);
    expect(notes).not.toMatch(/gateway/);
  });

  test.each([
    ["This API key belongs to an archived workspace.", /settings\/keys/],
    ["Workspace wrkspc_01 has been archived", /settings\/keys/],
    ["Requests from IP address 198.51.100.7 are not allowed for this organization", /198\.51\.100\.7/],
    ["Your IP is not in the allowlist", /IP allow list/],
    ["Your API key does not have permission to use the specified resource.", /give this key the right/],
    ["The shipment of tips is not allowed", /give this key the right/],
  ])("%s", (errorMessage, fix) => {
    const refused = seen({ status: 403, errorType: "permission_error", errorMessage, ...api });
    const { findings } = conclude(RULES, credential(refused, "accepted"), contextOf(), []);
    const found = findings.find(({ rule }) => rule.code === "AUTH_PERMISSION");
    expect(found?.fix.map(({ note }) => note.en).join(" ")).toMatch(fix);
  });
});
