// The books of projects and keys over records in memory: what is kept, what is shown, what is refused, what is noted.

import { type VirtualClock, virtualRuntime } from "@fairlead/runtime";
import { type Json, memoryStores, StoreError } from "@fairlead/stores";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AuditTrail } from "./audit-trail.ts";
import type { BookParts } from "./book-parts.ts";
import { KeyBook } from "./key-book.ts";
import { ProjectBook } from "./project-book.ts";
import { Sealer } from "./sealer.ts";
import { digestOf, formOf } from "./secret-text.ts";

const ME = { actor: "user:ada", from: "10.0.0.1" };
const DAY = 86_400_000;

function world(fragments: BookParts["fragments"] = {}) {
  const rt = virtualRuntime("books");
  const stores = memoryStores(rt.clock);
  const audit = new AuditTrail(stores.audit, rt);
  const sealer = new Sealer("0123456789abcdef0123456789abcdef-x", rt.random);
  const parts: BookParts = { ...stores, audit, rt, sealer, configured: () => ["web"], fragments };
  return { rt, stores, audit, parts, keys: new KeyBook(parts), projects: new ProjectBook(parts) };
}

const move = (clock: VirtualClock, ms: number) => clock.advance(ms);

describe("KeyBook", () => {
  it("shows a secret once and keeps its digest alone", async () => {
    const { keys, stores, audit } = world();
    const { key, secret } = await keys.create({ project: "web", name: "laptop" }, ME);
    expect(formOf(secret)).toBe("key");
    expect(key).toMatchObject({
      project: "web",
      state: "active",
      scopes: ["messages", "batches", "files"],
      version: 1,
    });
    expect(secret.startsWith(key.prefix)).toBe(true);
    expect(key.prefix).toHaveLength(11);
    const kept = JSON.stringify(await stores.records.list("key"));
    expect(kept).toContain(digestOf(secret));
    expect(kept).not.toContain(secret.slice(11));
    expect(JSON.stringify([key, await keys.list()])).not.toContain(digestOf(secret));
    await audit.settle();
    const log = await stores.audit.entries();
    expect(log.map(({ action, subject, actor, from }) => [action, subject, actor, from])).toEqual([
      ["key.create", `key:${key.id}`, "user:ada", "10.0.0.1"],
    ]);
    expect(JSON.stringify(log)).not.toContain(secret.slice(11));
  });

  it("rotates with an overlap, and an end that was set stays", async () => {
    const { keys, rt } = world();
    const { key } = await keys.create({ project: "web", name: "ci", expires_at: rt.clock.wall() + 10 * DAY }, ME);
    await move(rt.clock, 2 * DAY);
    const { key: next, old } = await keys.rotate(key.id, ME, 3 * DAY);
    expect(old.expires_at).toBe(Math.floor(rt.clock.wall()) + 3 * DAY);
    expect(old.rotated_to).toBe(next.id);
    expect(next).toMatchObject({
      rotated_from: key.id,
      name: "ci",
      expires_at: Math.floor(rt.clock.wall()) + 10 * DAY,
    });
    await expect(keys.rotate(key.id, ME)).rejects.toThrow(next.id);
    await move(rt.clock, 3 * DAY);
    expect((await keys.get(key.id)).state).toBe("expired");
    expect((await keys.get(next.id)).state).toBe("active");
    const again = await keys.rotate(next.id, ME, 90 * DAY);
    expect(again.old.expires_at).toBe(next.expires_at);
  });

  it("revokes for good, once", async () => {
    const { keys, audit, stores } = world();
    const { key } = await keys.create({ project: "web", name: "lost" }, ME);
    expect((await keys.revoke(key.id, ME)).state).toBe("revoked");
    const again = await keys.revoke(key.id, { actor: "user:bob" });
    expect(again.revoked_by).toBe("user:ada");
    await expect(keys.update(key.id, { name: "back" }, ME)).rejects.toMatchObject({ code: "invalid" });
    await expect(keys.rotate(key.id, ME)).rejects.toMatchObject({ code: "invalid" });
    await audit.settle();
    expect((await stores.audit.entries()).map((one) => one.action)).toEqual(["key.create", "key.revoke"]);
  });

  it.each([
    ["a project that is not there", { project: "nope", name: "x" }, "not_found", "project"],
    ["no name", { project: "web", name: " " }, "invalid", "name"],
    ["an unknown scope", { project: "web", name: "x", scopes: ["root"] }, "invalid", "scopes.0"],
    ["no scope", { project: "web", name: "x", scopes: [] }, "invalid", "scopes"],
    ["an end in the past", { project: "web", name: "x", expires_at: 0 }, "invalid", "expires_at"],
    ["a range that is none", { project: "web", name: "x", ip: { allow: ["10.0.0.0/33"] } }, "invalid", "ip.allow.0"],
    ["a bad part of another room", { project: "web", name: "x", limits: { rpm: -1 } }, "invalid", "limits.rpm"],
    ["an unknown field", { project: "web", name: "x", admin: true }, "invalid", ""],
  ])("refuses %s", async (_, key, code, field) => {
    const { keys } = world({ limits: z.strictObject({ rpm: z.int().positive() }) });
    await expect(keys.create(key as never, ME)).rejects.toMatchObject({ code, field });
  });

  it("refuses a change of what somebody else changed meanwhile", async () => {
    const { keys } = world();
    const { key } = await keys.create({ project: "web", name: "one" }, ME);
    await keys.update(key.id, { allowed_models: ["claude-haiku-*"] }, ME, key.version);
    await expect(keys.update(key.id, { name: "two" }, ME, key.version)).rejects.toMatchObject({ code: "conflict" });
    const now = await keys.update(key.id, { allowed_models: null }, ME);
    expect(now).toMatchObject({ name: "one", version: 3 });
    expect(now.allowed_models).toBeUndefined();
    await expect(keys.update(key.id, { project: "other" } as never, ME)).rejects.toMatchObject({ code: "invalid" });
    await expect(keys.update(key.id, { digest: "0".repeat(64) } as never, ME)).rejects.toMatchObject({
      code: "invalid",
    });
  });

  it("reads keys and projects that were written when allowed_models was called models", async () => {
    const { keys, projects, parts } = world({ models: z.array(z.strictObject({ match: z.string() })) });
    const { key } = await keys.create({ project: "web", name: "old", allowed_models: ["claude-haiku-*"] }, ME);
    await projects.create({ name: "app", allowed_models: ["claude-opus-*"] }, ME);
    for (const [kind, id] of [
      ["key", key.id],
      ["project", "app"],
    ] as const) {
      const kept = await parts.records.get(kind, id);
      const value = (kept?.value ?? {}) as { readonly [name: string]: Json };
      const { allowed_models: models, ...rest } = value;
      await parts.records.write([{ kind, id, value: { ...rest, models: models ?? null }, expect: "any" }]);
    }
    expect((await keys.get(key.id)).allowed_models).toEqual(["claude-haiku-*"]);
    expect((await projects.get("app")).allowed_models).toEqual(["claude-opus-*"]);
    const changed = await projects.update("app", { models: [{ match: "claude-*" }] }, ME);
    expect([changed.allowed_models, changed.models]).toEqual([["claude-opus-*"], [{ match: "claude-*" }]]);
  });

  it("does not give a rotated key a longer life", async () => {
    const { keys, rt } = world();
    const { key } = await keys.create({ project: "web", name: "one" }, ME);
    const { old } = await keys.rotate(key.id, ME, 60_000);
    const later = rt.clock.wall() + 3_600_000;
    await expect(keys.update(old.id, { expires_at: later }, ME)).rejects.toMatchObject({ field: "expires_at" });
    await expect(keys.update(old.id, { expires_at: null }, ME)).rejects.toMatchObject({ field: "expires_at" });
    expect((await keys.update(old.id, { expires_at: rt.clock.wall() + 1_000 }, ME)).state).toBe("active");
  });

  it("lists by project, page by page", async () => {
    const { keys, projects } = world();
    await projects.create({ name: "ci" }, ME);
    for (let i = 0; i < 5; i++) await keys.create({ project: i % 2 === 0 ? "web" : "ci", name: `k${i}` }, ME);
    const first = await keys.list({ project: "web" }, undefined, 2);
    const second = await keys.list({ project: "web" }, first.next, 2);
    expect([first.keys.length, second.keys.length, second.next]).toEqual([2, 1, undefined]);
    expect(new Set([...first.keys, ...second.keys].map((one) => one.project))).toEqual(new Set(["web"]));
  });

  it("says so when the store is down, and changes nothing", async () => {
    const { parts } = world();
    const records = {
      ...parts.records,
      write: () => Promise.reject(new StoreError("unavailable", "nobody answers")),
    };
    const keys = new KeyBook({ ...parts, records });
    await expect(keys.create({ project: "web", name: "x" }, ME)).rejects.toMatchObject({ code: "unavailable" });
    expect(parts.audit.state.waiting).toBe(0);
  });
});

describe("ProjectBook", () => {
  it("keeps parts of other rooms as they are, and refuses what they call wrong", async () => {
    const { projects } = world({ limits: z.strictObject({ rpm: z.int().positive() }) });
    const made = await projects.create({ name: "ci", limits: { rpm: 10 }, budget: { usd_per_day: 5 } }, ME);
    expect(made).toMatchObject({ limits: { rpm: 10 }, budget: { usd_per_day: 5 }, version: 1 });
    await expect(projects.update("ci", { limits: { rpm: 0 } }, ME)).rejects.toMatchObject({ field: "limits.rpm" });
    const changed = await projects.update("ci", { limits: null, disabled: true }, ME);
    expect(changed).toMatchObject({ disabled: true, budget: { usd_per_day: 5 }, version: 2 });
    expect(changed.limits).toBeUndefined();
  });

  it("does not take the name of another, or of one in fairlead.yaml", async () => {
    const { projects } = world();
    await projects.create({ name: "ci" }, ME);
    await expect(projects.create({ name: "ci" }, ME)).rejects.toMatchObject({ code: "exists" });
    await expect(projects.create({ name: "web" }, ME)).rejects.toMatchObject({ code: "exists" });
    await expect(projects.update("web", { disabled: true }, ME)).rejects.toMatchObject({ code: "not_found" });
    await expect(projects.create({ name: "../x" }, ME)).rejects.toMatchObject({ code: "invalid", field: "name" });
  });

  it("revokes a project's keys as it removes it", async () => {
    const { projects, keys } = world();
    await projects.create({ name: "ci" }, ME);
    const { key } = await keys.create({ project: "ci", name: "a" }, ME);
    const other = await keys.create({ project: "web", name: "b" }, ME);
    expect(await projects.remove("ci", ME)).toBe(1);
    expect((await keys.get(key.id)).state).toBe("revoked");
    expect((await keys.get(other.key.id)).state).toBe("active");
    expect(await projects.has("ci")).toBe(false);
  });
});
