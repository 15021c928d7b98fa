// The way into the audit log: in order, through a store that fails, through a death of the process, within bounds.

import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualRuntime } from "@fairlead/runtime";
import { auditBreak, memoryAudit, StoreError } from "@fairlead/stores";
import { beforeEach, describe, expect, it } from "vitest";
import { AuditTrail } from "./audit-trail.ts";

const ME = { actor: "user:ada", from: "10.0.0.1" };
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-trail-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

function world() {
  const rt = virtualRuntime("trail");
  const real = memoryAudit();
  const state = { up: true };
  const audit: typeof real = {
    ...real,
    append: (event) =>
      state.up ? real.append(event) : Promise.reject(new StoreError("unavailable", "nobody answers")),
  };
  return { rt, real, audit, state, file: join(folder, "deep", "audit-waiting.jsonl") };
}

describe("AuditTrail", () => {
  it("hands events in, in their order, and the chain holds", async () => {
    const { rt, real, audit, file } = world();
    const trail = new AuditTrail(audit, rt, file);
    for (let i = 0; i < 20; i++) expect(trail.note(ME, { action: "key.create", subject: `key:${i}` })).toBe(true);
    await trail.settle();
    const entries = await real.entries();
    expect(entries.map(({ subject }) => subject)).toEqual(Array.from({ length: 20 }, (_, i) => `key:${i}`));
    expect(auditBreak(entries)).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe("");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("loses nothing while the store is down, nor when the process dies meanwhile", async () => {
    const { rt, real, audit, state, file } = world();
    const trail = new AuditTrail(audit, rt, file);
    state.up = false;
    for (let i = 0; i < 5; i++) trail.note(ME, { action: "key.revoke", subject: `key:${i}` });
    await rt.clock.advance(60_000);
    expect(trail.state).toEqual({ waiting: 5, refused: 0 });
    // The process dies: nothing is closed. Its last line was torn.
    appendFileSync(file, '{"at":1,"actor":"user:a');
    state.up = true;
    const next = new AuditTrail(audit, rt, file);
    await next.settle();
    expect((await real.entries()).map(({ subject }) => subject)).toEqual(["key:0", "key:1", "key:2", "key:3", "key:4"]);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  it("loses no event behind a line that was torn by the last process", async () => {
    const { rt, real, audit, state, file } = world();
    state.up = false;
    const first = new AuditTrail(audit, rt, file);
    first.note(ME, { action: "key.revoke", subject: "key:0" });
    appendFileSync(file, '{"at":1,"actor":"user:a');
    const second = new AuditTrail(audit, rt, file);
    second.note(ME, { action: "key.revoke", subject: "key:1" });
    state.up = true;
    const third = new AuditTrail(audit, rt, file);
    await third.settle();
    expect((await real.entries()).map(({ subject }) => subject)).toEqual(["key:0", "key:1"]);
  });

  it("goes on by itself when the store is back", async () => {
    const { rt, real, audit, state } = world();
    const trail = new AuditTrail(audit, rt);
    state.up = false;
    trail.note(ME, { action: "a", subject: "s" });
    await rt.clock.advance(3_000);
    state.up = true;
    await rt.clock.advance(10_000);
    expect(await real.entries()).toHaveLength(1);
    expect(existsSync(join(folder, "deep"))).toBe(false);
  });

  it("holds bounded memory, and says when there is no room", async () => {
    const { rt, audit, state } = world();
    const trail = new AuditTrail(audit, rt);
    state.up = false;
    for (let i = 0; i < 10_000; i++) trail.note(ME, { action: "a", subject: "s" });
    expect(trail.hasRoom).toBe(false);
    expect(trail.note(ME, { action: "a", subject: "s" })).toBe(false);
    expect(trail.state).toEqual({ waiting: 10_000, refused: 1 });
  });

  it("does with the store alone while the disk is full, and says so when both are gone", async () => {
    const { rt, real, audit, state, file } = world();
    const trail = new AuditTrail(audit, rt, file);
    // A folder in the place of the file: nothing can be appended to it.
    mkdirSync(file);
    expect(trail.note(ME, { action: "a", subject: "s" })).toBe(true);
    await rt.clock.advance(10);
    expect(await real.entries()).toHaveLength(1);
    state.up = false;
    trail.note(ME, { action: "a", subject: "s" });
    expect(() => trail.note(ME, { action: "a", subject: "s" })).toThrow();
  });

  it("is not blocked by an event that the store can never take", async () => {
    const { rt, real } = world();
    const audit: typeof real = {
      ...real,
      append: (event) =>
        event.action === "bad" ? Promise.reject(new StoreError("invalid", "no")) : real.append(event),
    };
    const trail = new AuditTrail(audit, rt);
    trail.note(ME, { action: "bad", subject: "s" });
    trail.note(ME, { action: "good", subject: "s" });
    await trail.settle();
    expect((await real.entries()).map(({ action }) => action)).toEqual(["good"]);
    expect(trail.state).toEqual({ waiting: 0, refused: 1 });
  });
});
