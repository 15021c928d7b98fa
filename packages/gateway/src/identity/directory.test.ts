// The directory over time: a cold start with every store dead, lost notices, a store put back from a backup, the file's rights.

import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualRuntime } from "@fairlead/runtime";
import { memoryStores, StoreError, type Stores } from "@fairlead/stores";
import { beforeEach, describe, expect, it } from "vitest";
import { asked, identityConfig, identityWorld, ME } from "../../testing/identity-world.ts";
import { Directory } from "./directory.ts";
import { Identity } from "./identity.ts";
import { digestOf } from "./secret-text.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-directory-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** An instance with a data folder of its own. */
async function instance(rt: ReturnType<typeof virtualRuntime>, stores: Stores) {
  const config = { ...identityConfig(), store: "sqlite:/nowhere", data_dir: folder };
  const identity = new Identity(config, rt, stores);
  await rt.clock.runUntil(identity.start());
  identity.listening("http://127.0.0.1:4100");
  const gate = identity.gate(config);
  const ask = (apiKey: string) => {
    const found = gate.identify({ apiKey, authorization: undefined }, ["messages"], asked());
    return "code" in found ? found.code : found.principal.project;
  };
  return { identity, gate, ask };
}

function dead(rt: ReturnType<typeof virtualRuntime>): Stores {
  const stores = memoryStores(rt.clock);
  const down = () => Promise.reject(new StoreError("unavailable", "nobody answers"));
  return {
    ...stores,
    records: { get: down, list: down, write: down, changes: down },
    audit: { append: down, entries: down },
    marks: { claim: down },
    notices: { publish: down, subscribe: () => () => {} },
  };
}

describe("a cold start with every store dead", () => {
  it("knows the keys of yesterday, the revoked ones too, and issues and takes tokens", async () => {
    const rt = virtualRuntime("cold");
    const stores = memoryStores(rt.clock);
    const one = await instance(rt, stores);
    const good = await one.identity.keys.create({ project: "web", name: "good" }, ME);
    const lost = await one.identity.keys.create({ project: "web", name: "lost" }, ME);
    const { service, secret = "" } = await one.identity.services.create({ project: "web", name: "ci" }, ME);
    await one.identity.keys.revoke(lost.key.id, ME);
    await rt.clock.advance(2_000);
    const form = new Map(
      Object.entries({ grant_type: "client_credentials", client_id: service.id, client_secret: secret }),
    );
    const token = async (at: typeof one) => {
      const reply = await at.identity.oauth.endpoint(at.gate)?.token({ form, authorization: undefined, ip: undefined });
      return (reply?.body as { access_token: string } | undefined)?.access_token ?? "";
    };
    const before = await token(one);
    await one.identity.close();

    const two = await instance(rt, dead(rt));
    expect([two.ask(good.secret), two.ask(lost.secret), two.ask("fl-web-key-0123456789")]).toEqual([
      "web",
      "key_revoked",
      "web",
    ]);
    expect([two.ask(before), two.ask(await token(two))]).toEqual(["web", "web"]);
    await two.identity.close();
  });

  it("keeps digests alone on disk, for its owner alone", async () => {
    const rt = virtualRuntime("disk");
    const one = await instance(rt, memoryStores(rt.clock));
    const { secret } = await one.identity.keys.create({ project: "web", name: "good", signing: true }, ME);
    await rt.clock.advance(2_000);
    await one.identity.close();
    const file = join(folder, "directory.json");
    const text = readFileSync(file, "utf8");
    expect(text).toContain(digestOf(secret));
    expect(text).not.toContain(secret.slice(11));
    for (const name of ["directory.json", "gateway.secret"]) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  it("believes no file that others may write to, and none that is torn", async () => {
    const rt = virtualRuntime("planted");
    const one = await instance(rt, memoryStores(rt.clock));
    const { secret } = await one.identity.keys.create({ project: "web", name: "good" }, ME);
    await rt.clock.advance(2_000);
    await one.identity.close();
    const file = join(folder, "directory.json");
    const text = readFileSync(file, "utf8");
    chmodSync(file, 0o622);
    expect((await instance(rt, dead(rt))).ask(secret)).toBe("key_unknown");
    chmodSync(file, 0o600);
    expect((await instance(rt, dead(rt))).ask(secret)).toBe("web");
    writeFileSync(file, text.slice(0, -40));
    expect((await instance(rt, dead(rt))).ask(secret)).toBe("key_unknown");
    writeFileSync(file, text.replace(/"digest":"[0-9a-f]{64}"/, '"digest":"short"'));
    expect((await instance(rt, dead(rt))).ask(secret)).toBe("key_unknown");
  });

  it("does not start with a secret of its own that others can read, or that is empty", async () => {
    const rt = virtualRuntime("secret");
    (await instance(rt, memoryStores(rt.clock))).identity.close();
    const file = join(folder, "gateway.secret");
    chmodSync(file, 0o644);
    await expect(instance(rt, memoryStores(rt.clock))).rejects.toThrow("chmod 600");
    chmodSync(file, 0o600);
    writeFileSync(file, "\n");
    await expect(instance(rt, memoryStores(rt.clock))).rejects.toThrow("is empty");
    writeFileSync(file, "changeme\n");
    await expect(instance(rt, memoryStores(rt.clock))).rejects.toThrow("everybody tries first");
  });
});

describe("the feed", () => {
  it("is asked again when the store hung", async () => {
    const rt = virtualRuntime("hung");
    const stores = memoryStores(rt.clock);
    const { changes } = stores.records;
    const directory = new Directory(stores.records, stores.notices, rt);
    await rt.clock.runUntil(directory.start());
    Object.assign(stores.records, { changes: () => new Promise(() => {}) });
    await rt.clock.advance(30_000);
    expect(directory.staleMs).toBeGreaterThan(25_000);
    Object.assign(stores.records, { changes });
    await rt.clock.advance(11_000);
    expect(directory.staleMs).toBeLessThan(1_000);
    await directory.close();
  });

  it("is looked at by itself when a notice is lost", async () => {
    const rt = virtualRuntime("lost");
    const stores = memoryStores(rt.clock);
    const deaf = { ...stores.notices, subscribe: () => () => {} };
    const directory = new Directory(stores.records, deaf, rt);
    await rt.clock.runUntil(directory.start());
    const one = await instance(rt, stores);
    const { key, secret } = await one.identity.keys.create({ project: "web", name: "a" }, ME);
    await rt.clock.advance(1_000);
    expect(directory.keyOf(digestOf(secret))?.id).toBe(key.id);
    await directory.close();
  });

  it("is read anew from time to time, so that a store from a backup is believed", async () => {
    const rt = virtualRuntime("backup");
    const stores = memoryStores(rt.clock);
    const old = memoryStores(rt.clock);
    let current: Stores = stores;
    const records = {
      get: (...args: Parameters<Stores["records"]["get"]>) => current.records.get(...args),
      list: (...args: Parameters<Stores["records"]["list"]>) => current.records.list(...args),
      write: (...args: Parameters<Stores["records"]["write"]>) => current.records.write(...args),
      changes: (...args: Parameters<Stores["records"]["changes"]>) => current.records.changes(...args),
    };
    const one = await instance(rt, { ...stores, records });
    const { secret } = await one.identity.keys.create({ project: "web", name: "a" }, ME);
    await rt.clock.advance(1_000);
    expect(one.ask(secret)).toBe("web");
    current = old;
    await rt.clock.advance(601_000);
    expect(one.ask(secret)).toBe("key_unknown");
    await one.identity.close();
  });

  it("of many records is read page by page", async () => {
    const rt = virtualRuntime("pages");
    const stores = memoryStores(rt.clock);
    const one = await instance(rt, stores);
    const secrets: string[] = [];
    for (let i = 0; i < 2_300; i++) {
      secrets.push((await one.identity.keys.create({ project: "web", name: `k${i}` }, ME)).secret);
    }
    const directory = new Directory(stores.records, stores.notices, rt);
    await rt.clock.runUntil(directory.start());
    expect(secrets.filter((secret) => directory.keyOf(digestOf(secret)) === undefined)).toEqual([]);
    await directory.close();
    await one.identity.close();
  });
});

describe("changes made through this instance", () => {
  it("hold here when the change is answered, whether or not a notice ever comes", async () => {
    const rt = virtualRuntime("directory");
    const silent = { publish: async () => {}, subscribe: () => () => {} };
    const { ask, identity } = await identityWorld("", "", {
      rt,
      stores: { ...memoryStores(rt.clock), notices: silent },
    });
    const made = await identity.keys.create({ project: "web", name: "ci" }, ME);
    expect(ask(made.secret)).toBe("web");
    const next = await identity.keys.rotate(made.key.id, ME, 0);
    expect([ask(made.secret), ask(next.secret)]).toEqual(["key_expired", "web"]);
    await identity.keys.revoke(next.key.id, ME);
    expect(ask(next.secret)).toBe("key_revoked");
    await identity.projects.create({ name: "app" }, ME);
    const app = await identity.keys.create({ project: "app", name: "x" }, ME);
    expect(ask(app.secret)).toBe("app");
    await identity.projects.update("app", { disabled: true }, ME);
    expect(ask(app.secret)).toBe("project_disabled");
  });
});
