// The contract and what is derived from it: whole, without loose ends, and clear when it refuses.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { row } from "../../testing/admin-rows.ts";
import { type AdminStand, adminStand, CREDENTIALS } from "../../testing/admin-stand.ts";
import { ask } from "../../testing/plain-request.ts";
import type { ServiceView } from "../identity/service-book.ts";
import type { FamilyRecord } from "../identity/token-records.ts";
import { ADMIN_CODES } from "./admin-codes.ts";
import { routes } from "./contract/contract.ts";
import { csv } from "./handlers/csv.ts";
import { openApi } from "./openapi.ts";
import type { Accounts, Families } from "./services.ts";

let stand: AdminStand;
beforeAll(async () => {
  stand = await adminStand();
});
afterAll(() => stand.close());

const KEYED = { authorization: `Bearer ${CREDENTIALS.admin}`, "content-type": "application/json" };
const get = (path: string) => ask(stand.url, "GET", path, { authorization: KEYED.authorization });
const send = (method: string, path: string, body: string, headers: { readonly [name: string]: string } = {}) =>
  ask(stand.url, method, path, { ...KEYED, ...headers }, body);
const wordsOf = (text: string) => (JSON.parse(text) as { error: { message: string } }).error.message;

describe("the contract", () => {
  it.each(routes())("%s names its parameters", (_, spec) => {
    const inPath = [...spec.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(spec.params?.shape ?? {})).toEqual(inPath);
    expect(spec.says).toMatch(/^[A-Z].*\.$/);
    // What changes something is not a GET, and what is not a GET needs a scope or a page's own checks.
    if (spec.access === "admin:write") expect(spec.method).not.toBe("GET");
    if (spec.method !== "GET")
      expect(spec.access === "admin:write" || spec.path.endsWith("/validate") || spec.page).toBe(true);
  });

  it("every code has a sentence and a status of an error", () => {
    for (const { status, message } of Object.values(ADMIN_CODES)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(message).toMatch(/\.$|\}$/);
    }
  });
});

describe("the OpenAPI document", () => {
  const document = openApi();

  it("holds every route once, and every reference in it leads somewhere", () => {
    const operations = Object.values(
      document.paths as { [path: string]: { [method: string]: { operationId: string } } },
    )
      .flatMap((path) => Object.values(path))
      .map(({ operationId }) => operationId);
    expect(operations.toSorted()).toEqual(
      routes()
        .map(([name]) => name)
        .toSorted(),
    );
    const { schemas } = document.components as { schemas: { [id: string]: unknown } };
    const text = JSON.stringify(document);
    for (const [, id = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) expect(schemas).toHaveProperty(id);
    expect(text).not.toContain("#/$defs/");
    expect(text).not.toContain('"$schema"');
  });

  it("tells pages as pages, redirects as redirects, and which bodies may be left out", () => {
    type Operation = {
      requestBody?: { required: boolean };
      responses: { [status: string]: { content?: { [type: string]: unknown }; headers?: object } };
    };
    const paths = document.paths as { [path: string]: { [method: string]: Operation } };
    const responses = paths["/device"]?.get?.responses;
    expect(responses?.[303]).toHaveProperty("headers.location");
    expect(Object.keys(responses?.default?.content ?? {})).toEqual(["text/html", "application/json"]);
    expect(paths["/readyz"]?.get?.responses[503]).toHaveProperty(["content", "text/plain"]);
    expect(paths["/api/keys/{key}/rotate"]?.post?.requestBody?.required).toBe(false);
    expect(paths["/api/keys"]?.post?.requestBody?.required).toBe(true);
  });

  it("is served as it is printed", async () => {
    expect(JSON.parse((await get("/api/openapi.json")).text)).toEqual(JSON.parse(JSON.stringify(document)));
  });
});

describe("refusals name what is wrong and the fix", () => {
  it.each([
    ["/api/usage?by=week", "by.0: must be names from hour, day, project, key, model, upstream, actor"],
    ["/api/usage?from=yesterday", "from: must be a date such as 2026-11-21 (UTC)"],
    ["/api/usage?from=2026-02-30", "from: must be a date"],
    ["/api/ledger?limit=0", "limit: must be a whole number from 1 to 1000"],
    ["/api/ledger?limit=1e3", "limit: must be a whole number"],
    ["/api/usage?form=csv", '"form" is not known here; known: from, to, project'],
    ["/api/projects/a%2Fb", "project: must be 1 to 64 letters"],
    ["/api/state?x=1", "this route takes none"],
  ])("GET %s", async (path, says) => {
    const said = await get(path);
    expect(said).toMatchObject({ status: 400, code: "fairlead_admin_bad_field" });
    expect(wordsOf(said.text)).toContain(says);
  });

  it.each([
    ["{", "fairlead_admin_bad_json", 400, "not a JSON object"],
    ['{"limits":{"__proto__":{"rpm":1}}}', "fairlead_admin_bad_json", 400, "__proto__"],
    [`{"limits":${'{"a":'.repeat(100_000)}1${"}".repeat(100_001)}`, "fairlead_admin_bad_json", 400, "50 levels"],
    ["[]", "fairlead_admin_bad_field", 400, "must be a JSON object with name, title"],
    ['{"name":"x","name2":1,"models":["a b"]}', "fairlead_admin_bad_field", 400, "models.0: must be a model name"],
    ["{}", "fairlead_admin_bad_field", 400, "name: is missing"],
    ['{"__proto__":{"admin":true},"name":"x"}', "fairlead_admin_bad_field", 400, '"__proto__" is not known here'],
    ['{"name":"web"}', "fairlead_admin_conflict", 409, "There is a project web already"],
  ])("POST /api/projects %s", async (body, code, status, says) => {
    const said = await send("POST", "/api/projects", body);
    expect(said).toMatchObject({ status, code });
    expect(wordsOf(said.text)).toContain(says);
  });

  it("of a body of another type, or too large", async () => {
    const xml = await send("POST", "/api/projects", "<x/>", { "content-type": "application/xml" });
    expect(xml).toMatchObject({ status: 415, code: "fairlead_admin_content_type" });
    const form = await send("POST", "/api/projects", "name=x", { "content-type": "application/x-www-form-urlencoded" });
    expect(form).toMatchObject({ status: 415 });
    const large = await send("POST", "/api/projects", `{"name":"${"x".repeat(1_100_000)}"}`);
    expect(large).toMatchObject({ status: 413, code: "fairlead_admin_body_too_large" });
  });

  it("of a method that no route has, whether it would take a body or not", async () => {
    for (const method of ["PUT", "OPTIONS", "QUERY", "PROPFIND"]) {
      const said = await ask(stand.url, method, "/api/projects", { authorization: KEYED.authorization });
      expect(said).toMatchObject({ status: 405, code: "fairlead_admin_method" });
      expect(said.headers.allow).toBe("GET, HEAD, POST");
    }
    const nowhere = await ask(stand.url, "QUERY", "/api/nothing", { authorization: KEYED.authorization });
    expect(nowhere).toMatchObject({ status: 404, code: "fairlead_admin_not_found" });
  });

  it("of what stands in the file", async () => {
    expect(wordsOf((await send("PATCH", "/api/projects/filed", '{"title":"x"}')).text)).toContain("fairlead.yaml");
  });

  it("of keys that would open more than they should", async () => {
    for (const body of ['{"name":"x"}', '{"name":"x","scopes":["messages","admin:read"]}']) {
      expect(await send("POST", "/api/keys", body)).toMatchObject({ status: 400 });
    }
  });

  it("of two credentials at once", async () => {
    const both = { authorization: KEYED.authorization, "x-api-key": CREDENTIALS.reader };
    expect(await ask(stand.url, "GET", "/api/me", both)).toMatchObject({
      status: 401,
      code: "fairlead_admin_credentials_many",
    });
  });
});

describe("usage", () => {
  it("as CSV has a header, exact money, and nothing that a spreadsheet would run", async () => {
    const said = await get("/api/usage?by=project,day&format=csv");
    expect(said.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(said.headers["content-disposition"]).toContain("attachment");
    const [header, first] = said.text.split("\r\n");
    expect(header).toMatch(/^project,at,attempts,.*,usd,pico_usd$/);
    expect(first).toBe("app,1970-01-01T00:00:00.000Z,1,0,0,0,10,1,2,0,5,0,0,0,0.000001,1000000");
    expect(csv(["a"], [{ a: '=HYPERLINK("x")' }, { a: "b,c" }])).toBe(`a\r\n"'=HYPERLINK(""x"")"\r\n"b,c"\r\n`);
  });

  it("of an hour that holds a correction alone is below nothing, and a number in CSV", async () => {
    const own = await adminStand();
    const correction = { ended: "correction", inputTokens: -7, picoUsd: -123 } as const;
    await own.services.ledger.append([{ ...row("fixed", "k_fixed", "cor_1"), ...correction }]);
    const path = "/api/usage?by=hour&project=fixed";
    const said = await ask(own.url, "GET", path, KEYED);
    expect(JSON.parse(said.text)).toMatchObject({ lines: [{ input_tokens: -7, pico_usd: "-123" }] });
    const text = (await ask(own.url, "GET", `${path}&format=csv`, KEYED)).text;
    expect(text.split("\r\n")[1]).toMatch(/,-1\.23e-10,-123$/);
    await own.close();
  });

  it("rows have the names of the rest of the API", async () => {
    const { rows } = JSON.parse((await get("/api/ledger?project=app")).text) as { rows: object[] };
    expect(rows[0]).toMatchObject({
      attempt_id: "att_app",
      key_id: "k_app",
      cache_write_5m_tokens: 1,
      cache_write_1h_tokens: 2,
      pico_usd: "1000000",
      usd: 0.000001,
    });
  });
});

it("lists are told to their end, however long they are", async () => {
  const ids = Array.from({ length: 10_001 }, (_, i) => `s${String(i).padStart(5, "0")}`);
  const base = await stand.services.families?.list({ project: "app" });
  const services = await stand.services.accounts?.list({ project: "app" });
  const own = await adminStand({
    families: {
      ...(stand.services.families as Families),
      list: async (_, limit = 100) => ids.slice(0, limit).map((id) => ({ ...(base?.[0] as FamilyRecord), id })),
    },
    accounts: {
      ...(stand.services.accounts as Accounts),
      list: async (_, __, limit = 100) => ids.slice(0, limit).map((id) => ({ ...(services?.[0] as ServiceView), id })),
    },
  });
  for (const [path, list] of [
    ["sign-ins", "sign_ins"],
    ["services", "services"],
  ] as const) {
    const page = async (query: string) =>
      JSON.parse((await ask(own.url, "GET", `/api/${path}?${query}`, KEYED)).text) as never as {
        readonly [name in typeof list]: ReadonlyArray<{ readonly id: string }>;
      } & { readonly next: string | null };
    const first = await page("limit=10000");
    expect([path, first.next]).toEqual([path, "s09999"]);
    const last = await page(`after=${first.next}`);
    expect([last[list].map(({ id }) => id), last.next]).toEqual([["s10000"], null]);
  }
  await own.close();
});

describe("guessing", () => {
  it("costs time after five wrong credentials, and a good one has to wait too", async () => {
    const own = await adminStand();
    const seen: number[] = [];
    for (let i = 0; i < 7; i++) {
      seen.push((await ask(own.url, "GET", "/api/me", { "x-api-key": `guess-${i}` })).status);
    }
    expect(seen).toEqual([401, 401, 401, 401, 401, 401, 429]);
    const waits = await ask(own.url, "GET", "/api/me", { "x-api-key": CREDENTIALS.admin });
    expect(waits.status).toBe(429);
    expect(Number(waits.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect((await ask(own.url, "GET", "/healthz")).status).toBe(200);
    await own.close();
  });
});

describe("metrics", () => {
  it.each([
    ["loopback", 200],
    ["all", 200],
    ["none", 401],
  ] as const)("metrics_open %s", async (metricsOpen, status) => {
    const own = await adminStand({}, { metricsOpen });
    expect((await ask(own.url, "GET", "/metrics")).status).toBe(status);
    expect((await ask(own.url, "GET", "/metrics", { "x-api-key": CREDENTIALS.reader })).status).toBe(200);
    expect((await ask(own.url, "GET", "/readyz")).status).toBe(200);
    await own.close();
  });
});

it("what a service lets slip beside the contract does not leave", async () => {
  const said = await send("POST", "/api/config/validate", '{"yaml":"bad: 1"}');
  expect(JSON.parse(said.text)).toMatchObject({ ok: false, problems: [{ code: "unknown_key" }] });
  expect(said.text).not.toContain("d1ge57");
});
