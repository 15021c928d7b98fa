// Every route of the contract, walked as everybody who should not be there, and as those who should.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pathOf, SAMPLES } from "../../testing/admin-samples.ts";
import { type AdminStand, adminStand, CREDENTIALS, WEB_MARK } from "../../testing/admin-stand.ts";
import { ask, type Said } from "../../testing/plain-request.ts";
import { type RouteName, routes } from "./contract/contract.ts";
import type { Access, RouteSpec } from "./contract/route.ts";

const ALL = routes();
const WITH_ACCESS = (...wanted: Access[]) => ALL.filter(([, spec]) => wanted.includes(spec.access));
const SHUT = ALL.filter(([, spec]) => spec.access !== "open" && spec.access !== "metrics");

let stand: AdminStand;
beforeAll(async () => {
  stand = await adminStand();
});
afterAll(() => stand.close());

async function go(
  [name, spec]: readonly [RouteName, RouteSpec],
  headers: { readonly [name: string]: string | readonly string[] } = {},
  on = stand,
): Promise<Said> {
  const sample = SAMPLES[name];
  const body = sample.body === undefined ? undefined : JSON.stringify(sample.body);
  const type: { [name: string]: string } = body === undefined ? {} : { "content-type": "application/json" };
  const said = await ask(on.url, spec.method, pathOf(spec.path, sample), { ...type, ...headers }, body);
  expect(said.headers["cache-control"]).toBe("no-store");
  expect(said.headers["x-content-type-options"]).toBe("nosniff");
  expect(Object.keys(said.headers).filter((one) => one.startsWith("access-control-"))).toEqual([]);
  return said;
}

const as = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** A stand of its own for those who are slowed down after a few tries. */
async function alone(run: (own: AdminStand) => Promise<void>): Promise<void> {
  const own = await adminStand();
  try {
    await run(own);
  } finally {
    await own.close();
  }
}

describe("nobody", () => {
  it.each(SHUT)("%s is shut", async (...route) => {
    const said = await go(route);
    expect(said).toMatchObject({ status: 401, code: "fairlead_admin_credential_missing" });
    expect(said.headers["www-authenticate"]).toMatch(/^Bearer/);
  });

  it("an empty credential is none", async () => {
    for (const [header, value] of [
      ["authorization", "Bearer "],
      ["authorization", ""],
      ["x-api-key", ""],
      ["cookie", "fairlead="],
    ] as const) {
      expect((await ask(stand.url, "GET", "/api/state", { [header]: value })).status).toBe(401);
    }
  });
});

describe.each(["data", "expired"] as const)("with the credential: %s", (who) => {
  const code = { data: "admin_key_needed", expired: "admin_credential_expired" }[who];
  it.each(SHUT)("%s is shut", async (...route) => {
    await alone(async (own) => {
      const said = await go(route, as(CREDENTIALS[who]), own);
      expect(said).toMatchObject({ status: who === "data" ? 403 : 401, code: `fairlead_${code}` });
      expect(own.changes).toEqual([]);
    });
  });
});

it.each(SHUT)("%s is shut for what nobody gave out", async (...route) => {
  await alone(async (own) => {
    expect(await go(route, as("fl-key-guess"), own)).toMatchObject({ code: "fairlead_admin_credential_unknown" });
    expect(await go(route, { "x-api-key": "fl-key-guess" }, own)).toMatchObject({ status: 401 });
    expect(await go(route, { authorization: `Basic ${CREDENTIALS.admin}` }, own)).toMatchObject({ status: 401 });
    expect(await go(route, { cookie: `fairlead=${CREDENTIALS.admin}` }, own)).toMatchObject({ status: 401 });
  });
});

describe("a reader", () => {
  it.each(WITH_ACCESS("signed-in", "project:read", "admin:read"))("%s is open", async (...route) => {
    expect((await go(route, as(CREDENTIALS.reader))).status).toBe(200);
  });
  it.each(WITH_ACCESS("admin:write"))("%s is shut", async (...route) => {
    const said = await go(route, as(CREDENTIALS.reader));
    expect(said).toMatchObject({ status: 403, code: "fairlead_admin_forbidden" });
    expect(said.text).toContain("admin:write");
  });
});

describe.each(["appReader", "appWriter"] as const)("another tenant: %s", (who) => {
  it.each(WITH_ACCESS("admin:read", "admin:write"))("%s is shut", async (...route) => {
    expect(await go(route, as(CREDENTIALS[who]))).toMatchObject({ status: 403, code: "fairlead_admin_forbidden" });
  });
  it.each(WITH_ACCESS("project:read"))("%s shows nothing of web", async (...route) => {
    const [name, spec] = route;
    const said = await go(route, as(CREDENTIALS[who]));
    expect(said.text).not.toContain(WEB_MARK);
    // Asked for by name it is refused, or not found.
    if (spec.params !== undefined) expect([403, 404]).toContain(said.status);
    else expect(said.status).toBe(200);
    if (spec.query === undefined || !("project" in spec.query.shape)) return;
    const asked = await ask(stand.url, "GET", `${spec.path}?project=web`, as(CREDENTIALS[who]));
    expect(asked, name).toMatchObject({ status: 403, code: "fairlead_admin_other_project" });
  });
});

describe("a tenant", () => {
  it.each(WITH_ACCESS("project:read"))("%s shows its own", async (...route) => {
    const said = await go(route, as(CREDENTIALS.webReader));
    expect(said.status).toBe(200);
    expect(said.text).toContain(WEB_MARK);
    expect(said.text).not.toContain("k_app");
    expect(said.text).not.toContain("req_fl_app");
  });
});

describe("an admin", () => {
  it.each(SHUT)("%s is open, and the answer holds no secret", async (...route) => {
    const said = await go(route, as(CREDENTIALS.admin));
    expect(said.status, said.text).toBe(route[1].status ?? 200);
    expect(said.text).not.toContain("d1ge57");
    for (const secret of Object.values(CREDENTIALS)) expect(said.text).not.toContain(secret);
  });
});

describe("by another name, or from another site", () => {
  it.each(ALL)("%s is shut", async (...route) => {
    const own = as(CREDENTIALS.admin);
    const before = stand.changes.length;
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4101", "10.0.0.1"]) {
      expect(await go(route, { ...own, host })).toMatchObject({ status: 421, code: "fairlead_admin_host" });
    }
    for (const origin of [
      "https://evil.example",
      "null",
      stand.url.replace("http:", "ftp:"),
      `${stand.url}.evil.example`,
    ]) {
      expect(await go(route, { ...own, origin })).toMatchObject({ status: 403, code: "fairlead_admin_origin" });
    }
    expect(await go(route, { ...own, "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403 });
    expect(await go(route, { ...own, "sec-fetch-site": "same-site" })).toMatchObject({ status: 403 });
    expect(stand.changes.length).toBe(before);
  });
});

describe("methods", () => {
  const paths = [...new Set(ALL.map(([name, spec]) => pathOf(spec.path, SAMPLES[name])))];
  it.each(paths)("%s answers its own only", async (path) => {
    const bare = path.split("?")[0] as string;
    const known = new Set(
      ALL.filter(([n, s]) => pathOf(s.path, SAMPLES[n]).split("?")[0] === bare).map(([, s]) => s.method as string),
    );
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]) {
      if (known.has(method)) continue;
      const said = await ask(stand.url, method, bare, { ...as(CREDENTIALS.admin), "content-length": "0" });
      expect(said, method).toMatchObject({ status: 405, code: "fairlead_admin_method" });
      for (const one of known) expect(said.headers.allow).toContain(one);
    }
    if (known.has("GET")) expect((await ask(stand.url, "HEAD", path, as(CREDENTIALS.admin))).text).toBe("");
  });
});

describe("what is misspelt", () => {
  it.each(SHUT)("%s refuses unknown fields", async (name, spec) => {
    const path = pathOf(spec.path, SAMPLES[name]);
    const headers = { ...as(CREDENTIALS.admin), "content-type": "application/json" };
    const body = JSON.stringify(SAMPLES[name].body ?? {});
    const before = stand.changes.length;
    const query = await ask(
      stand.url,
      spec.method,
      `${path}${path.includes("?") ? "&" : "?"}limt=1`,
      headers,
      spec.method === "GET" ? undefined : body,
    );
    expect(query, query.text).toMatchObject({ status: 400, code: "fairlead_admin_bad_field" });
    if (spec.method === "GET") return;
    const wrong = JSON.stringify({ ...SAMPLES[name].body, limt: 1 });
    const said = await ask(stand.url, spec.method, path, headers, wrong);
    expect(said, said.text).toMatchObject({ status: 400, code: "fairlead_admin_bad_field" });
    expect(stand.changes.length).toBe(before);
  });
});

describe("without an audit log", () => {
  const broken = [
    ["throws", async () => Promise.reject(new Error("no space left on device"))],
    ["is full", async () => false],
  ] as const;
  it.each(WITH_ACCESS("admin:write"))("%s changes nothing", async (...route) => {
    for (const [, note] of broken) {
      const own = await adminStand({ trail: { note } });
      const said = await go(route, as(CREDENTIALS.admin), own);
      expect(said).toMatchObject({ status: 503, code: "fairlead_admin_audit_down" });
      expect(own.changes).toEqual([]);
      await own.close();
    }
  });
  it.each(WITH_ACCESS("admin:write"))("%s is on record, with who and from where", async (...route) => {
    await alone(async (own) => {
      const said = await go(route, as(CREDENTIALS.admin), own);
      const entries = await own.services.audit.entries();
      // A check changes nothing, and asks secret managers and files all the same.
      if (route[0] !== "validateConfig") expect(own.changes.length).toBeGreaterThan(0);
      expect(entries[0]).toMatchObject({ actor: "key:ak_admin", from: "127.0.0.1" });
      expect(JSON.stringify(entries)).not.toContain("secret-of-the-new-key");
      expect(said.status).toBeLessThan(300);
    });
  });
});
