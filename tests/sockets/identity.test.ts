// Who may come in, over real sockets: keys, tokens, scopes on every route, signed requests, the answers' headers.

import { execFile } from "node:child_process";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { form, type IdentityWorld, identityWorld, KEY, ME, messageBody } from "./identity-world.ts";

const run = promisify(execFile);

let world: IdentityWorld;
let url = "";
beforeAll(async () => {
  world = await identityWorld("identity: { failures: 10000 }");
  url = world.gateway.url;
});
afterAll(() => world.close());

/** A key of the store that this gateway knows by now. */
async function key(more: object = {}) {
  const made = await world.gateway.identity.keys.create({ project: "web", name: "test", ...more }, ME);
  await world.gateway.identity.directory.refresh();
  return made;
}

async function serviceToken(more: object = {}, scope = "") {
  const { service, secret = "" } = await world.gateway.identity.services.create(
    { project: "web", name: "ci", ...more },
    ME,
  );
  await world.gateway.identity.directory.refresh();
  const fields = { grant_type: "client_credentials", client_id: service.id, client_secret: secret };
  return (await form(url, "/oauth/token", scope === "" ? fields : { ...fields, scope })).body.access_token ?? "";
}

/** The pieces of a signed request, to be changed one by one. */
function signature(id: string, secret: string, change: Partial<Record<string, string>> = {}) {
  const signingKey = createHmac("sha256", secret).update("fairlead-signing-v1").digest();
  const piece = {
    method: "POST",
    path: "/v1/messages",
    body: messageBody(),
    time: String(Math.floor(Date.now() / 1_000)),
    nonce: randomBytes(16).toString("hex"),
    key: id,
    ...change,
  };
  const digest = createHash("sha256").update(piece.body).digest("hex");
  const canonical = ["fairlead-hmac-v1", piece.method, piece.path, digest, piece.time, piece.nonce, piece.key].join(
    "\n",
  );
  const signed = createHmac("sha256", signingKey).update(canonical).digest("hex");
  return { ...piece, digest, signed };
}

function authorization(one: ReturnType<typeof signature>): string {
  return `FL-HMAC-SHA256 key=${one.key}, time=${one.time}, nonce=${one.nonce}, body=${one.digest}, signature=${one.signed}`;
}

describe("keys and tokens", () => {
  it("come in by either header, and none of them reaches the upstream or the log", async () => {
    const { secret } = await key();
    const token = await serviceToken();
    for (const credential of [KEY, secret, token]) {
      expect((await world.ask({ "x-api-key": credential })).status).toBe(200);
      expect((await world.ask({ authorization: `Bearer ${credential}` })).status).toBe(200);
    }
    // Lines are written in batches.
    const upstream = await (await fetch(`${world.simulator.controlUrl}/_simulator/log`)).text();
    for (const credential of [KEY, secret, token]) {
      expect(upstream).not.toContain(credential);
    }
    await expect.poll(() => world.log.join(""), { timeout: 5_000 }).toContain('"key":"svc_');
    for (const credential of [KEY, secret, token]) expect(world.log.join("")).not.toContain(credential);
  });

  it("are refused in Anthropic's shape, for good, and nothing of a refusal is kept", async () => {
    const { secret } = await key({ scopes: ["files"] });
    const cases = [
      [{}, 401, "fairlead_key_missing", 'Bearer realm="fairlead", FL-HMAC-SHA256 realm="fairlead"'],
      [{ "x-api-key": "", authorization: "Bearer" }, 401, "fairlead_key_missing", "Bearer"],
      [{ "x-api-key": "nope" }, 401, "fairlead_key_unknown", 'error="invalid_token"'],
      [{ "x-api-key": `${secret.slice(0, -1)}!` }, 401, "fairlead_key_mistyped", 'error="invalid_token"'],
      [{ authorization: "Bearer eyJ.eyJ.x" }, 401, "fairlead_token_invalid", 'error="invalid_token"'],
      [{ "x-api-key": secret }, 403, "fairlead_scope_missing", 'error="insufficient_scope", scope="messages"'],
    ] as const;
    for (const [headers, status, code, challenge] of cases) {
      const told = await world.ask(headers);
      expect([told.status, told.code]).toEqual([status, code]);
      expect(told.headers.get("www-authenticate")).toContain(challenge);
      expect(told.headers.get("x-should-retry")).toBe("false");
      expect(told.headers.get("cache-control")).toBe("no-store");
      expect(told.body).toMatchObject({ type: "error", error: { message: expect.stringMatching(/.{20}/) } });
    }
  });

  it("holds a key to its models, whatever the body tries", async () => {
    const { secret } = await key({ allowed_models: ["claude-haiku-*"] });
    const ask = (model: string) => world.ask({ "x-api-key": secret }, { model });
    expect((await ask("claude-haiku-5-5")).status).toBe(200);
    const refused = await ask("claude-opus-5-5");
    expect([refused.status, refused.code]).toEqual([403, "fairlead_model_not_allowed"]);
    const raw = (body: string, path = "/v1/messages") =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "x-api-key": secret, "content-type": "application/json", "anthropic-version": "2023-06-01" },
        body,
      }).then(
        async (answer) =>
          ((await answer.json()) as { error?: { details: { error_code: string } } }).error?.details.error_code,
      );
    const tail = '"max_tokens":8,"messages":[{"role":"user","content":"hi"}]}';
    expect(await raw(`{"model":"claude-haiku-5-5","model":"claude-opus-5-5",${tail}`)).toBe("fairlead_bad_field");
    expect(await raw(`{"model":"claude-opus-5-5","model":"claude-haiku-5-5",${tail}`)).toBe("fairlead_bad_field");
    expect(await raw(`{"model":"claude-\\u006fpus-5-5",${tail}`)).toBe("fairlead_model_not_allowed");
    expect(await raw(`{"model":"claude-opus-5-5",${tail}`, "/v1/messages/count_tokens")).toBe(
      "fairlead_model_not_allowed",
    );
    const other = (more: string) => raw(`{"model":"claude-haiku-5-5",${more},${tail}`);
    expect(await other('"fallbacks":[{"model":"claude-opus-5-5"}]')).toBe("fairlead_model_not_allowed");
    expect(await other('"fallbacks":"default"')).toBe("fairlead_model_not_allowed");
    expect(await other('"fallbacks":[{"model":"claude-haiku-5-5"}]')).toBeUndefined();
    expect(await other('"tools":[{"type":"advisor_20260301","name":"advisor","model":"claude-opus-5-5"}]')).toBe(
      "fairlead_model_not_allowed",
    );
    // What cannot be listed must not take the process down either.
    const many = ',"model":"claude-haiku-5-5"'.repeat(200_000);
    expect(await other(`"tools":[{"type":"advisor_20260301"${many}}]`)).toBeUndefined();
    expect(await raw('{"requests":[]}', "/v1/messages/batches")).toBe("fairlead_batch_models");
  });

  it("asks for the right scope on every route", async () => {
    const routes = [
      ["POST", "/v1/messages", "messages"],
      ["POST", "/v1/messages/count_tokens", "messages"],
      ["POST", "/v1/complete", "messages"],
      ["POST", "/v1/chat/completions", "messages"],
      ["GET", "/v1/messages/batches", "batches"],
      ["POST", "/v1/messages/batches", "batches"],
      ["GET", "/v1/messages/batches/b_1", "batches"],
      ["DELETE", "/v1/messages/batches/b_1", "batches"],
      ["POST", "/v1/messages/batches/b_1/cancel", "batches"],
      ["GET", "/v1/messages/batches/b_1/results", "batches"],
      ["GET", "/v1/files", "files"],
      ["POST", "/v1/files", "files"],
      ["GET", "/v1/files/f_1", "files"],
      ["DELETE", "/v1/files/f_1", "files"],
      ["GET", "/v1/files/f_1/content", "files"],
      ["GET", "/v1/models", "messages batches files"],
      ["GET", "/v1/models/claude-haiku-5-5", "messages batches files"],
    ] as const;
    const scopes = ["messages", "batches", "files", "admin:read", "admin:write"];
    const tokens = new Map<string, string>();
    for (const scope of scopes) tokens.set(scope, await serviceToken({ scopes: [scope] }));
    for (const [method, path, wanted] of routes) {
      const nobody = await fetch(`${url}${path}`, { method });
      await nobody.arrayBuffer();
      expect([method, path, nobody.status]).toEqual([method, path, 401]);
      for (const scope of scopes) {
        const answer = await fetch(`${url}${path}`, { method, headers: { "x-api-key": tokens.get(scope) ?? "" } });
        const text = await answer.text();
        const told = [method, path, scope, text.includes("fairlead_scope_missing")];
        expect(told).toEqual([method, path, scope, !wanted.split(" ").includes(scope)]);
      }
    }
    const source = readFileSync(
      fileURLToPath(new URL("../../packages/gateway/src/edge/routes.ts", import.meta.url)),
      "utf8",
    );
    const entries = [...source.matchAll(/\b(GET|POST|DELETE|PUT|PATCH): (?:read|write|ask)\(/g)];
    // /v1/messages stands beside the table.
    expect(entries.length + 1).toBe(routes.length);
  });
});

describe("signed requests", () => {
  it("come in without the key on the wire, once each", async () => {
    const { key: made, secret } = await key({ signing: true });
    const one = signature(made.id, secret);
    expect((await world.ask({ authorization: authorization(one) })).status).toBe(200);
    const again = await world.ask({ authorization: authorization(one) });
    expect([again.status, again.code]).toEqual([401, "fairlead_signature_replayed"]);
  });

  it("with a key of the file too", async () => {
    const id = `k_${createHash("sha256").update(KEY).digest("hex").slice(0, 8)}`;
    expect((await world.ask({ authorization: authorization(signature(id, KEY)) })).status).toBe(200);
  });

  it("fail when any part of them was changed on the way", async () => {
    const { key: made, secret } = await key({ signing: true });
    const other = await key({ signing: true });
    const plainOnly = await key();
    const told = async (one: Parameters<typeof authorization>[0], path = "/v1/messages") =>
      (await world.ask({ authorization: authorization(one) }, { path })).code;
    const good = () => signature(made.id, secret);
    expect(await told({ ...good(), time: String(Math.floor(Date.now() / 1_000) - 1) })).toBe(
      "fairlead_signature_invalid",
    );
    expect(await told({ ...good(), nonce: "0".repeat(32) })).toBe("fairlead_signature_invalid");
    expect(await told({ ...good(), key: other.key.id })).toBe("fairlead_signature_invalid");
    expect(await told({ ...good(), key: plainOnly.key.id })).toBe("fairlead_signature_invalid");
    expect(await told({ ...good(), key: "k_000000000000" })).toBe("fairlead_signature_invalid");
    expect(await told({ ...good(), digest: "0".repeat(64) })).toBe("fairlead_signature_invalid");
    expect(await told({ ...good(), signed: "0".repeat(64) })).toBe("fairlead_signature_invalid");
    expect(await told(good(), "/v1/messages?beta=true")).toBe("fairlead_signature_invalid");
    expect(await told(signature(made.id, secret, { method: "PUT" }))).toBe("fairlead_signature_invalid");
    expect(await told(signature(made.id, secret, { body: "{}" }))).toBe("fairlead_signature_body");
    // A key's digest, or the sealed signing key, signs nothing.
    expect(await told(signature(made.id, createHash("sha256").update(secret).digest("hex")))).toBe(
      "fairlead_signature_invalid",
    );
  });

  it("fail outside the time window, in either direction, and tell by how much", async () => {
    const { key: made, secret } = await key({ signing: true });
    const now = Math.floor(Date.now() / 1_000);
    for (const [off, wanted] of [
      [-290, undefined],
      [290, undefined],
      [-310, "fairlead_signature_time"],
      [310, "fairlead_signature_time"],
    ] as const) {
      const told = await world.ask({
        authorization: authorization(signature(made.id, secret, { time: String(now + off) })),
      });
      expect(told.code).toBe(wanted);
    }
  });

  it("tell what is wrong with their form", async () => {
    const { key: made, secret } = await key({ signing: true });
    const good = authorization(signature(made.id, secret));
    for (const bad of [
      "FL-HMAC-SHA256",
      good.replace(/, nonce=\w+/, ""),
      `${good}, nonce=${"a".repeat(32)}`,
      `${good}, extra=1`,
      good.replace("time=", "time=x"),
      good.replace(/signature=\w/, "signature="),
      good.replace("key=k_", "key=../k_"),
      `${good}${" ".repeat(600)}x`,
    ]) {
      expect((await world.ask({ authorization: bad })).code).toBe("fairlead_signature_malformed");
    }
    // A valid key beside it does not make a bad signature good.
    expect((await world.ask({ "x-api-key": KEY, authorization: `${good}, extra=1` })).status).toBe(401);
  });

  it.each([
    ["node", ["docs/snippets/sign-request.mjs"]],
    ["python3", ["docs/snippets/sign_request.py"]],
  ])("are made by the snippet for %s", async (program, args) => {
    const { key: made, secret } = await key({ signing: true });
    const cwd = fileURLToPath(new URL("../../", import.meta.url));
    const target = `${url}/v1/messages?beta=true`;
    const binary = program === "node" ? process.execPath : program;
    const { stdout } = await run(binary, [...args, target, made.id, secret, messageBody()], { cwd });
    expect(stdout).toMatch(/^200 \{/);
  });
});

describe("the OAuth endpoints", () => {
  it("give every answer the id of its request, which its line in the log has too", async () => {
    const { gateway, log } = world;
    const send = (path: string, init: RequestInit = {}) => fetch(`${gateway.url}${path}`, init);
    const post = (path: string, fields: Record<string, string>, headers = {}) =>
      send(path, { method: "POST", body: new URLSearchParams(fields), headers });
    const { service, secret = "" } = await gateway.identity.services.create({ project: "web", name: "ci" }, ME);
    await gateway.identity.directory.refresh();
    const client = { grant_type: "client_credentials", client_id: service.id };
    const good = [
      await post("/oauth/token", { ...client, client_secret: secret }),
      await post("/oauth/device_authorization", { client_id: "cli" }),
      await post("/oauth/revoke", { token: "x" }),
      await send("/.well-known/jwks.json"),
      await send("/.well-known/jwks.json", { method: "HEAD" }),
      await send("/.well-known/oauth-authorization-server"),
    ];
    const bad = [
      await post("/oauth/token", { ...client, client_secret: "guess" }),
      await post("/oauth/token", { ...client, scope: "root" }),
      await post("/oauth/token", {}),
      await post("/oauth/revoke", {}),
      await post("/oauth/device_authorization", {}),
      await send("/oauth/token"),
      await send("/oauth/token", {
        method: "POST",
        body: "x".repeat(40_000),
        headers: { "content-type": "text/plain" },
      }),
      await post("/oauth/token", { grant_type: "x".repeat(40_000) }),
    ];
    expect(good.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(bad.every(({ status }) => status >= 400)).toBe(true);
    const ids = [...good, ...bad].map(({ headers }) => headers.get("fairlead-request-id"));
    for (const id of ids) expect(id).toMatch(/^req_fl_\w{20}$/);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of bad) {
      const id = one.headers.get("fairlead-request-id");
      await expect
        .poll(() => log.join(""))
        .toMatch(new RegExp(`"event":"refusal","id":"${id}"[^\n]*"status":${one.status}`));
    }
  });

  it("describe themselves, and publish keys that verify their tokens", async () => {
    const metadata = (await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()) as {
      [name: string]: string;
    };
    expect(metadata.issuer).toBe(url);
    expect(metadata.token_endpoint).toBe(`${url}/oauth/token`);
    const { createRemoteJWKSet, jwtVerify } = await import("jose");
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri ?? ""));
    const { payload, protectedHeader } = await jwtVerify(await serviceToken({}, "messages"), keys, {
      issuer: url,
      audience: url,
      typ: "at+jwt",
      algorithms: ["EdDSA"],
    });
    expect(protectedHeader.kid).toBeDefined();
    expect(payload).toMatchObject({ scope: "messages", project: "web" });
  });

  it("take forms only, each name once, of a bounded size, by POST only, and are never stored", async () => {
    const post = async (
      body: string,
      headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" },
    ) => {
      const answer = await fetch(`${url}/oauth/token`, { method: "POST", headers, body });
      expect(answer.headers.get("cache-control")).toBe("no-store");
      return [answer.status, ((await answer.json()) as { error: string }).error];
    };
    expect(await post("")).toEqual([400, "invalid_request"]);
    expect(await post("grant_type=password&username=a&password=b")).toEqual([400, "unsupported_grant_type"]);
    expect(await post("grant_type=client_credentials&grant_type=refresh_token")).toEqual([400, "invalid_request"]);
    expect(await post('{"grant_type":"client_credentials"}', { "content-type": "application/json" })).toEqual([
      400,
      "invalid_request",
    ]);
    expect(await post(`grant_type=x&a=${"a".repeat(40_000)}`)).toEqual([400, "invalid_request"]);
    expect(await post("grant_type=refresh_token&client_id=a&refresh_token=x")).toEqual([400, "invalid_grant"]);
    const got = await fetch(`${url}/oauth/token`);
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    await got.arrayBuffer();
    expect(got.headers.get("access-control-allow-origin")).toBeNull();
  });
});
