// Incidents of other gateways that were about who may come in, each played against this one.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { form, type IdentityWorld, identityWorld, KEY, ME } from "./identity-world.ts";

let world: IdentityWorld;
beforeAll(async () => {
  world = await identityWorld("identity: { failures: 10000 }");
});
afterAll(() => world.close());

async function service(project: string) {
  const { identity, url } = world.gateway;
  if (project !== "web") await identity.projects.create({ name: project }, ME);
  const { service: made, secret = "" } = await identity.services.create({ project, name: "ci" }, ME);
  await identity.directory.refresh();
  const fields = { grant_type: "client_credentials", client_id: made.id, client_secret: secret };
  const { body } = await form(url, "/oauth/token", fields);
  return { id: made.id, secret, token: body.access_token ?? "" };
}

describe("incidents", () => {
  it("CVE-2026-42208 (SQL in the key check): what is no key changes nothing and tells nothing", async () => {
    for (const key of ["' OR '1'='1", "x'; DROP TABLE records; --", "%27%20OR%201=1", '{"$ne":null}', "*", "\\x00"]) {
      const both: Record<string, string>[] = [{ "x-api-key": key }, { authorization: `Bearer ${key}` }];
      for (const headers of both) {
        expect((await world.ask(headers)).code).toBe("fairlead_key_unknown");
      }
    }
    expect((await world.ask({ "x-api-key": KEY })).status).toBe(200);
  });

  it("CVE-2026-35030 (identity cached by the beginning of a token): tokens that begin alike are different callers", async () => {
    const web = await service("web");
    const lab = await service("lab");
    expect(web.token.slice(0, 60)).toBe(lab.token.slice(0, 60));
    for (let i = 0; i < 3; i++) {
      for (const { token } of [web, lab]) expect((await world.ask({ "x-api-key": token })).status).toBe(200);
    }
    const parts = (token: string) => token.split(".");
    const mixed = [parts(web.token)[0], parts(lab.token)[1], parts(web.token)[2]].join(".");
    expect((await world.ask({ "x-api-key": mixed })).code).toBe("fairlead_token_invalid");
    await expect.poll(() => world.log.join(""), { timeout: 5_000 }).toMatch(/"project":"lab","key":"svc_/);
    expect(world.log.join("")).toContain(`"project":"web","key":"${web.id}"`);
    expect(world.log.join("")).not.toContain(`"project":"web","key":"${lab.id}"`);
  });

  it("GHSA-69x8 (a stolen hash used as a password): no digest opens anything", async () => {
    const { secret, id } = await service("web2");
    for (const text of [KEY, secret]) {
      for (const encoding of ["hex", "base64", "base64url"] as const) {
        const digest = createHash("sha256").update(text).digest(encoding);
        expect((await world.ask({ "x-api-key": digest })).status).toBe(401);
        const fields = { grant_type: "client_credentials", client_id: id, client_secret: digest };
        expect((await form(world.gateway.url, "/oauth/token", fields)).body.error).toBe("invalid_client");
      }
    }
  });

  it("an empty secret is no secret (payment webhooks of new-api): empty headers, forms and signatures", async () => {
    const { id } = await service("web3");
    const { url } = world.gateway;
    const empty: Record<string, string>[] = [
      { "x-api-key": "" },
      { "x-api-key": " " },
      { authorization: "Bearer " },
      { authorization: "Bearer" },
    ];
    for (const headers of empty) {
      expect((await world.ask(headers)).code).toBe("fairlead_key_missing");
    }
    for (const fields of [
      { client_id: id, client_secret: "" },
      { client_id: id },
      { client_id: "", client_secret: "" },
    ] as Record<string, string>[]) {
      const { status } = await form(url, "/oauth/token", { grant_type: "client_credentials", ...fields });
      expect(status).toBe(401);
    }
    const basic = { authorization: `Basic ${Buffer.from(`${id}:`).toString("base64")}` };
    expect((await form(url, "/oauth/token", { grant_type: "client_credentials" }, basic)).status).toBe(401);
  });

  it("default secrets are refused (claude-relay-service): the configuration does not load with them", () => {
    const load = (more: string, env: Record<string, string>) => () =>
      readConfig(
        `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]\nprojects: [{ name: web, keys: ["\${WEB}"] }]\n${more}`,
        "/nowhere/fairlead.yaml",
        { K: "sk-upstream-0123456789", WEB: "a-good-key-0123456789", ...env },
      );
    expect(load("", {})).not.toThrow();
    for (const weak of ["changeme", "password", "0000000000000000"])
      expect(load("", { WEB: weak })).toThrow("everybody tries first");
    for (const weak of ["", "   "]) expect(load("", { WEB: weak })).toThrow("is empty");
    const secret = `identity: { secret: "\${S}" }`;
    expect(load(secret, { S: "f".repeat(20) + "0123456789abcdef" })).not.toThrow();
    for (const weak of ["changeme", "x".repeat(64), "short-9f31"])
      expect(load(secret, { S: weak })).toThrow("openssl rand -hex 32");
    expect(load("identity: { secret: in-plain-text-0123456789abcdef }", {})).toThrow("plain text");
  });

  it("a restriction is not passed by another path to the same place (claude-relay-service, teamclaude)", async () => {
    const made = await world.gateway.identity.keys.create(
      { project: "web", name: "files only", scopes: ["files"] },
      ME,
    );
    await world.gateway.identity.directory.refresh();
    const { hostname, port } = new URL(world.gateway.url);
    const { request } = await import("node:http");
    const status = (path: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { "x-api-key": made.secret, "content-type": "application/json" };
        const req = request({ hostname, port, path, method: "POST", headers }, (res) => {
          res.resume();
          resolve(res.statusCode ?? 0);
        });
        req.on("error", reject);
        req.end('{"model":"claude-haiku-5-5","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}');
      });
    expect(await status("/v1/messages")).toBe(403);
    for (const path of [
      "//v1/messages",
      "/v1//messages",
      "/v1/messages/",
      "/v1/files/../messages",
      "/v1/files/%2e%2e/messages",
      "/v1/files/..%2fmessages",
      "/v1/files\\..\\messages",
      "/V1/messages",
      "/v1/messages;x",
      "/v1/messages%00",
      "/v1/%6dessages",
    ]) {
      expect([path, await status(path)]).toEqual([
        path,
        expect.toSatisfy((code: number) => [400, 403, 404].includes(code)),
      ]);
    }
  });

  it("no page of another origin gets in (claude-code-router GHSA-8hmm-4crw-vm2c): a key even on loopback, no CORS", async () => {
    const { url } = world.gateway;
    const origin = { origin: "https://evil.example", "access-control-request-method": "POST" };
    for (const path of ["/v1/messages", "/oauth/token", "/.well-known/jwks.json"]) {
      const answer = await fetch(`${url}${path}`, { method: "OPTIONS", headers: origin });
      await answer.arrayBuffer();
      expect(answer.status).toBe(405);
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    expect((await world.ask({ origin: "https://evil.example" })).status).toBe(401);
  });

  it("no answer about a credential may be stored on the way (any-llm #973)", async () => {
    expect((await world.ask({ "x-api-key": "nope" })).headers.get("cache-control")).toBe("no-store");
    const { id, secret } = await service("web4");
    const fields = { grant_type: "client_credentials", client_id: id, client_secret: secret };
    expect((await form(world.gateway.url, "/oauth/token", fields)).headers.get("cache-control")).toBe("no-store");
  });

  it("no log line holds a credential (guardrail logs before 1.82.3), of requests that were let in or refused", async () => {
    const { token, secret } = await service("web5");
    const wrong = "fl-key-planted0planted0planted0planted0pla";
    await world.ask({ "x-api-key": token, authorization: `Bearer ${KEY}` });
    await world.ask({ "x-api-key": wrong, authorization: `Bearer ${wrong}` });
    await world.ask({ authorization: `FL-HMAC-SHA256 key=${wrong}` });
    await expect.poll(() => world.log.join(""), { timeout: 5_000 }).toContain("signature_malformed");
    for (const each of [token, secret, wrong, KEY]) expect(world.log.join("")).not.toContain(each);
  });

  it("no stranger is told where the store is and what it says, while it is down", async () => {
    const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "postgres://somebody@127.0.0.1:1/ledgers"
data_dir: ${mkdtempSync(join(tmpdir(), "fairlead-stranger-"))}
upstreams: [{ name: east, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${K}", proxy: none }]
projects: [{ name: web, keys: [${KEY}] }]
`;
    const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: "sk-upstream-secret-0123456789" });
    const gateway = await startGateway(config, systemRuntime(), { log: () => {} });
    try {
      const said = [
        await fetch(`${gateway.url}/oauth/device_authorization`, {
          method: "POST",
          body: new URLSearchParams({ client_id: "laptop" }),
        }),
        await fetch(`${gateway.adminUrl}/api/keys`, { headers: { authorization: "Bearer anybody" } }),
        await fetch(`${gateway.adminUrl}/api/keys`, { headers: { cookie: `fairlead=${"a".repeat(43)}` } }),
      ];
      for (const answer of said) {
        expect(answer.status).toBe(503);
        expect(await answer.text()).not.toMatch(/postgres|127\.0\.0\.1|ECONN|somebody|ledgers/);
      }
    } finally {
      await gateway.close();
      rmSync(config.data_dir, { recursive: true });
    }
  });
});
