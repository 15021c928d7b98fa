// Which credential wins, what counts as absent, who may come in from where, and that a digest is no key.

import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { asked, CI_KEY, identityWorld, ME, WEB_KEY } from "../../testing/identity-world.ts";
import type { Refused } from "./refused.ts";
import { digestOf, newSecret } from "./secret-text.ts";

const HOUR = 3_600_000;

describe("Gate", () => {
  it.each([
    ["a known x-api-key", WEB_KEY, undefined, "web"],
    ["a known bearer", undefined, `Bearer ${CI_KEY}`, "ci"],
    ["bearer in any case, blanks around", undefined, `  bEaReR   ${CI_KEY}  `, "ci"],
    ["the same key in both", WEB_KEY, `Bearer ${WEB_KEY}`, "web"],
    ["x-api-key known, bearer unknown", WEB_KEY, "Bearer other", "web"],
    ["x-api-key unknown, bearer known", "sk-ant-other", `Bearer ${CI_KEY}`, "ci"],
    ["two projects", WEB_KEY, `Bearer ${CI_KEY}`, "key_conflict"],
    ["nothing", undefined, undefined, "key_missing"],
    ["empty headers", "", "", "key_missing"],
    ["an empty x-api-key and a known bearer", "", `Bearer ${CI_KEY}`, "ci"],
    ["a known x-api-key and an empty bearer", WEB_KEY, "Bearer", "web"],
    ["an empty bearer", undefined, "Bearer", "key_missing"],
    ["another scheme", undefined, `Basic ${WEB_KEY}`, "key_missing"],
    ["an unknown key", "nope", undefined, "key_unknown"],
    ["a key's prefix", WEB_KEY.slice(0, -1), undefined, "key_unknown"],
    ["a key with a blank behind it", `${WEB_KEY} `, undefined, "key_unknown"],
    ["something like a token", "eyJhbGciOiJub25lIn0.e30.", undefined, "token_invalid"],
    ["a bad token and a known key", "eyJhbGciOiJub25lIn0.e30.", `Bearer ${WEB_KEY}`, "web"],
    ["an unknown key and a bad token", "sk-ant-other", "Bearer eyJhbGciOiJub25lIn0.e30.", "token_invalid"],
    ["a name of an object's prototype", "__proto__", "Bearer constructor", "key_unknown"],
  ])("%s", async (_, apiKey, authorization, wanted) => {
    const { ask } = await identityWorld();
    expect(ask(apiKey, authorization)).toBe(wanted);
    // A second look comes from the memory of keys that were right.
    expect(ask(apiKey, authorization)).toBe(wanted);
  });

  it("two keys of one project are one caller", async () => {
    const { ask, identity } = await identityWorld();
    const { secret } = await identity.keys.create({ project: "web", name: "second" }, ME);
    await identity.directory.refresh();
    expect(ask(WEB_KEY, `Bearer ${secret}`)).toBe("web");
    expect(ask(CI_KEY, `Bearer ${secret}`)).toBe("key_conflict");
  });

  it("never takes a digest for a key, of the file or of the store (GHSA-69x8)", async () => {
    const { ask, identity, stores } = await identityWorld();
    const { secret } = await identity.keys.create({ project: "web", name: "stored" }, ME);
    await identity.directory.refresh();
    const kept = (await stores.records.list("key"))[0]?.value as { digest: string };
    for (const stolen of [hash("sha256", WEB_KEY), kept.digest, digestOf(secret), `fl-key-${kept.digest}`]) {
      expect(ask(stolen)).toMatch(/^key_(?:unknown|mistyped)$/);
      expect(ask(undefined, `Bearer ${stolen}`)).toMatch(/^key_(?:unknown|mistyped)$/);
    }
  });

  it("does not take the key of another that begins the same (CVE-2026-35030)", async () => {
    const { ask, identity } = await identityWorld();
    const { secret } = await identity.keys.create({ project: "web", name: "stored" }, ME);
    await identity.directory.refresh();
    expect(ask(secret)).toBe("web");
    const other = secret.slice(0, 30) + (secret[30] === "a" ? "b" : "a") + secret.slice(31);
    expect(ask(other)).toBe("key_mistyped");
    expect(ask(newSecret({ next: Math.random, bytes: (n) => new Uint8Array(n) }, "key"))).toBe("key_unknown");
  });

  it("names a key without showing any of it", async () => {
    const { gate } = await identityWorld();
    const found = gate.identify({ apiKey: WEB_KEY, authorization: undefined }, ["messages"], asked());
    expect("code" in found ? "" : found.principal.keyId).toMatch(/^k_[0-9a-f]{8}$/);
    expect(JSON.stringify(found)).not.toContain("fl-web");
  });

  it("ends a key at its time, and a revoked one within a second, on every instance", async () => {
    const one = await identityWorld();
    const two = await identityWorld("", "", one);
    const ends = one.rt.clock.wall() + HOUR;
    const short = await one.identity.keys.create({ project: "web", name: "short", expires_at: ends }, ME);
    const lost = await one.identity.keys.create({ project: "web", name: "lost" }, ME);
    await one.rt.clock.advance(1_000);
    for (const { ask } of [one, two]) expect([ask(short.secret), ask(lost.secret)]).toEqual(["web", "web"]);
    await one.identity.keys.revoke(lost.key.id, ME);
    await one.rt.clock.advance(1_000);
    for (const { ask } of [one, two]) expect(ask(lost.secret)).toBe("key_revoked");
    await one.rt.clock.advance(HOUR - 2_001);
    for (const { ask } of [one, two]) expect(ask(short.secret)).toBe("web");
    await one.rt.clock.advance(1);
    for (const { ask } of [one, two]) expect(ask(short.secret)).toBe("key_expired");
  });

  it("refuses the keys of a disabled project, and of one that is gone", async () => {
    const { ask, identity, rt } = await identityWorld();
    await identity.projects.create({ name: "lab" }, ME);
    const { secret } = await identity.keys.create({ project: "lab", name: "a" }, ME);
    await rt.clock.advance(1_000);
    expect(ask(secret)).toBe("lab");
    await identity.projects.update("lab", { disabled: true }, ME);
    await rt.clock.advance(1_000);
    expect(ask(secret)).toBe("project_disabled");
    await identity.projects.remove("lab", ME);
    await rt.clock.advance(1_000);
    expect(ask(secret)).toBe("key_revoked");
  });

  it("holds a key to its scopes", async () => {
    const { ask, identity, rt } = await identityWorld();
    const { secret } = await identity.keys.create({ project: "web", name: "a", scopes: ["files"] }, ME);
    await rt.clock.advance(1_000);
    expect(ask(secret, undefined, { scopes: ["files"] })).toBe("web");
    expect(ask(secret, undefined, { scopes: ["messages", "batches", "files"] })).toBe("web");
    expect(ask(secret)).toBe("scope_missing");
    expect(ask(WEB_KEY, undefined, { scopes: ["admin:read"] })).toBe("scope_missing");
  });

  it("holds a key, its project and the server to their addresses", async () => {
    const { ask, identity, rt } = await identityWorld(
      "identity: { ip: { deny: [203.0.113.0/24] } }",
      "ip: { allow: [192.0.2.0/24, 203.0.113.9] }",
    );
    const { secret } = await identity.keys.create({ project: "web", name: "a", ip: { deny: ["192.0.2.7"] } }, ME);
    await rt.clock.advance(1_000);
    const from = (address: string, key = secret) => ask(key, undefined, { from: address });
    expect(from("192.0.2.1")).toBe("web");
    expect(from("::ffff:192.0.2.1")).toBe("web");
    expect(from("192.0.2.7")).toBe("address_refused");
    expect(from("192.0.2.7", WEB_KEY)).toBe("web");
    expect(from("198.51.100.1", WEB_KEY)).toBe("address_refused");
    expect(from("198.51.100.1", CI_KEY)).toBe("ci");
    expect(from("203.0.113.9", WEB_KEY)).toBe("address_refused");
    expect(from("203.0.113.9", "nonsense")).toBe("address_refused");
    expect(ask(WEB_KEY, undefined, { socket: {} })).toBe("address_refused");
  });

  it("answers 401 and 403 with the challenges of the RFCs", async () => {
    const { gate, identity, rt } = await identityWorld();
    const { secret } = await identity.keys.create({ project: "web", name: "a", scopes: ["files"] }, ME);
    await rt.clock.advance(1_000);
    const headers = (apiKey: string | undefined, authorization?: string) =>
      (gate.identify({ apiKey, authorization }, ["messages"], asked()) as Refused).headers?.filter(
        (_, i) => i % 2 === 1,
      );
    expect(headers(undefined)).toEqual(['Bearer realm="fairlead"', 'FL-HMAC-SHA256 realm="fairlead"']);
    expect(headers("nope")).toEqual(['Bearer realm="fairlead", error="invalid_token"']);
    expect(headers(secret)).toEqual(['Bearer realm="fairlead", error="insufficient_scope", scope="messages"']);
    expect(headers(undefined, "FL-HMAC-SHA256 x")).toEqual(['FL-HMAC-SHA256 realm="fairlead"']);
  });
});

describe("the store dead", () => {
  it("goes on with what is known, however long; a new key is told to come back, not that it is wrong", async () => {
    const one = await identityWorld();
    const ends = one.rt.clock.wall() + 2 * HOUR;
    const known = await one.identity.keys.create({ project: "web", name: "known", expires_at: ends }, ME);
    const gone = await one.identity.keys.create({ project: "web", name: "gone" }, ME);
    await one.identity.keys.revoke(gone.key.id, ME);
    await one.rt.clock.advance(1_000);
    const { changes } = one.stores.records;
    Object.assign(one.stores.records, { changes: () => Promise.reject(new Error("dead")) });
    const late = await one.identity.keys.create({ project: "web", name: "late" }, ME);
    await one.rt.clock.advance(30_000);
    expect([one.ask(known.secret), one.ask(gone.secret), one.ask(late.secret)]).toEqual([
      "web",
      "key_revoked",
      "key_unknown",
    ]);
    await one.rt.clock.advance(HOUR);
    expect([one.ask(known.secret), one.ask(gone.secret), one.ask(late.secret)]).toEqual([
      "web",
      "key_revoked",
      "directory_stale",
    ]);
    expect(one.ask("sk-ant-nonsense")).toBe("key_unknown");
    await one.rt.clock.advance(HOUR);
    expect(one.ask(known.secret)).toBe("key_expired");
    Object.assign(one.stores.records, { changes });
    await one.rt.clock.advance(6_000);
    expect(one.ask(late.secret)).toBe("web");
  });

  it("asks no store on the way in (CVE-2026-42208)", async () => {
    const { ask, stores, rt } = await identityWorld();
    await rt.clock.advance(100);
    let calls = 0;
    const count = () => {
      calls += 1;
      return Promise.reject(new Error("asked"));
    };
    Object.assign(stores.records, { get: count, list: count, write: count, changes: count });
    Object.assign(stores.marks, { claim: count });
    for (const key of ["' OR 1=1 --", "fl-key-'; DROP TABLE keys; --", "eyJhbGciOiJub25lIn0.e30.", WEB_KEY, ""]) {
      ask(key);
      ask(undefined, `Bearer ${key}`);
      ask(undefined, `FL-HMAC-SHA256 key=${key}`);
    }
    expect(calls).toBe(0);
  });
});

describe("guessing", () => {
  it("costs ever longer waits, and never those who are right", async () => {
    const { gate, ask, rt } = await identityWorld("identity: { failures: 5 }");
    const guess = (text: string, from = "192.0.2.1") => {
      const found = gate.identify({ apiKey: text, authorization: undefined }, ["messages"], asked({ from })) as Refused;
      return found.retryAfterMs ?? 0;
    };
    const waits = Array.from({ length: 14 }, (_, i) => guess(`guess-${i}`));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 6e4, 6e4, 6e4]);
    expect(ask("guess-99")).toBe("too_many_failures");
    // Others in the same office, and guesses from elsewhere.
    expect(ask(WEB_KEY)).toBe("web");
    expect(guess("guess-1", "192.0.2.2")).toBe(0);
    await rt.clock.advance(20 * 60_000);
    expect(guess("guess-1")).toBe(0);
  });

  it("is not what somebody does who sends one wrong key again and again", async () => {
    const { ask } = await identityWorld("identity: { failures: 5 }");
    for (let i = 0; i < 100; i++) expect(ask("sk-ant-old-key-0123456789")).toBe("key_unknown");
  });

  it("counts a whole IPv6 network, and is told once in the audit log", async () => {
    const { ask, identity, stores } = await identityWorld("identity: { failures: 5 }");
    for (let i = 0; i < 40; i++) ask(`guess-${i}`, undefined, { from: `2001:db8:1:2::${i.toString(16)}` });
    expect(ask("guess-x", undefined, { from: "2001:db8:1:2:ffff::1" })).toBe("too_many_failures");
    expect(ask("guess-y", undefined, { from: "2001:db8:1:3::1" })).toBe("key_unknown");
    await identity.audit.settle();
    const told = await stores.audit.entries();
    expect(told.map(({ action, subject }) => [action, subject])).toEqual([
      ["address.slowed", "address:2001:db8:1:2::/64"],
    ]);
  });

  it("takes bounded memory", async () => {
    const { ask, identity } = await identityWorld();
    for (let i = 0; i < 12_000; i++) ask(`g${i}`, undefined, { from: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` });
    expect(identity.guard.size).toBe(10_000);
  });
});
