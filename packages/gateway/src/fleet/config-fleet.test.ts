// A fleet in virtual time: instances agree, keep what is good, try what is new, and start without stores.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what a configuration holds.

import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FleetScene, textOf } from "../../testing/fleet-scene.ts";

const SHARED = "fleet: { config: shared }\n";
let scene: FleetScene;
beforeEach(() => {
  scene = new FleetScene();
});
afterEach(() => scene.close());

describe("a shared configuration", () => {
  it("begins with the first instance's file, and the others take it over whatever theirs say", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    const b = await scene.member("b", textOf(5, SHARED));
    expect([a.attempts(), b.attempts()]).toEqual([3, 3]);
    expect(b.fleet.state()).toMatchObject({ revision: 1, source: "shared", staleSeconds: 0 });
    // What is an instance's own stays its own.
    expect(b.generations.current.config.data_dir).toBe(join(dirname(b.file), "fairlead-data"));
  });

  it("is the same everywhere within a second of an apply, and known by number, time and person", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    const made = await scene.run(a.fleet.apply({ text: textOf(7), by: "user:ada", note: "more tries", expect: 1 }));
    expect(made).toMatchObject({ number: 2, state: "active", by: "user:ada", note: "more tries" });
    await scene.pass(1_000);
    expect([a.attempts(), b.attempts()]).toEqual([7, 7]);
    const list = await b.fleet.revisions();
    expect(list.map(({ number, state }) => `${number} ${state}`)).toEqual(["2 active", "1 superseded"]);
    expect(await b.fleet.changes(2, 1)).toEqual([{ path: "retry.attempts", before: 3, after: 7 }]);
    expect((await b.fleet.revision(2)).text).not.toContain("fl-dev-0123456789abcdef0123");
  });

  it("is found without notices, within the longest poll", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    scene.trouble = "deaf";
    await scene.run(a.fleet.apply({ text: textOf(7), by: "user:ada" }));
    expect(b.attempts()).toBe(3);
    await scene.pass(19_600);
    expect(b.attempts()).toBe(7);
  });

  it("is written once when two are quick: the second is told that somebody was quicker", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    const both = await Promise.allSettled([
      scene.run(a.fleet.apply({ text: textOf(7), by: "user:ada", expect: 1 })),
      scene.run(b.fleet.apply({ text: textOf(8), by: "user:bob", expect: 1 })),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find((one) => one.status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
    await scene.pass(1_000);
    expect(a.attempts()).toBe(b.attempts());
    await expect(a.fleet.apply({ text: textOf(9), by: "user:ada", expect: 1 })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("refuses a bad text before anybody sees it, with every problem", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    await expect(
      scene.run(a.fleet.apply({ text: `${textOf(3)}retries: 3\nstrem: {}\n`, by: "x" })),
    ).rejects.toMatchObject({
      code: "invalid",
      problems: [{ code: "unknown_key" }, { code: "unknown_key" }],
    });
    expect(await a.fleet.revisions()).toHaveLength(1);
    expect((await scene.run(a.fleet.control.validate(textOf(2)))).ok).toBe(true);
    expect((await scene.run(a.fleet.control.validate("listen: ["))).problems[0]?.code).toBe("syntax");
  });

  it("refuses by name what the reader of YAML stumbles over, and says so once", async () => {
    const a = await scene.member("a", textOf(3));
    writeFileSync(a.file, `${textOf(4)}models: [{ match: *-haiku, upstreams: [main] }]\n`);
    await expect(scene.run(a.fleet.reload("SIGHUP"))).rejects.toMatchObject({ code: "invalid" });
    await scene.pass(2_000);
    expect(a.attempts()).toBe(3);
    expect(a.fleet.state().refused?.why).toContain('write "*-haiku"');
    expect(a.told.filter(({ event }) => event === "config-refused")).toHaveLength(1);
  });

  it("says why while its file is away, and is content when the same file is back", async () => {
    const a = await scene.member("a", textOf(3));
    renameSync(a.file, `${a.file}.away`);
    for (let n = 0; n < 2; n++) {
      await expect(scene.run(a.fleet.reload("SIGHUP"))).rejects.toMatchObject({ code: "invalid" });
    }
    expect(a.fleet.state().refused?.why).toContain("cannot be read, nothing was applied: ENOENT");
    expect(a.told.filter(({ event }) => event === "config-refused")).toHaveLength(1);
    renameSync(`${a.file}.away`, a.file);
    expect(await scene.run(a.fleet.reload("SIGHUP"))).toBe("unchanged");
    expect(a.fleet.state()).toMatchObject({ refused: null, staleSeconds: 0 });
  });

  it("keeps the last good one where a revision cannot be applied, and all see who and why", async () => {
    const a = await scene.member("a", textOf(3, SHARED), { "up.key": "sk-ant-a-0123456789" });
    const b = await scene.member("b", textOf(3, SHARED));
    const text = textOf(7).replace('"${KEY}"', "file:./up.key");
    await scene.run(a.fleet.apply({ text, by: "user:ada" }));
    await scene.pass(1_000);
    expect([a.attempts(), b.attempts()]).toEqual([7, 3]);
    await scene.pass(25_000);
    const seen = a.fleet.state().instances.find(({ id }) => id === "b");
    expect(seen).toMatchObject({
      revision: 1,
      refused: { revision: 2, why: expect.stringContaining("up.key is not there") },
    });
    expect(seen?.staleSeconds).toBeGreaterThan(5);
    expect(b.told.filter(({ event }) => event === "config-refused")).toHaveLength(1);
    // The file comes: the watch finds it, and the revision is taken.
    writeFileSync(join(dirname(b.file), "up.key"), "sk-ant-b-0123456789");
    await scene.until(() => b.attempts() === 7);
    await scene.run(b.fleet.reload("SIGHUP"));
    expect(b.fleet.state()).toMatchObject({ refused: null, staleSeconds: 0 });
  });

  it("goes on while the store is away, says for how long, and catches up", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    scene.trouble = "dead";
    await expect(scene.run(a.fleet.apply({ text: textOf(7), by: "x" }))).rejects.toMatchObject({ code: "store" });
    await scene.pass(60_000);
    expect([a.attempts(), b.attempts()]).toEqual([3, 3]);
    expect(b.fleet.staleMs()).toBeGreaterThan(35_000);
    expect(b.fleet.instances.count()).toBe(2);
    scene.trouble = "none";
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x" }));
    await scene.pass(1_000);
    expect([a.attempts(), b.attempts(), b.fleet.staleMs()]).toEqual([7, 7, 0]);
  });

  it("rolls back to the revision before, as a revision of its own", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    await scene.run(a.fleet.apply({ text: textOf(7), by: "user:ada" }));
    await scene.pass(500);
    const back = await scene.run(b.fleet.rollBack({ by: "user:bob" }));
    expect(back).toMatchObject({ number: 3, rollbackOf: 1, by: "user:bob" });
    await scene.pass(500);
    expect([a.attempts(), b.attempts()]).toEqual([3, 3]);
    await expect(scene.run(b.fleet.rollBack({ by: "x", to: 99 }))).rejects.toMatchObject({ code: "unknown" });
  });
});

describe("a trial", () => {
  const answer = (member: Awaited<ReturnType<FleetScene["member"]>>, session: string, failed = false, ms = 300) => {
    const chosen =
      member.generations.candidate === undefined ? member.generations.current : member.generations.chosen(session);
    chosen.watch.hear?.(failed && chosen === member.generations.candidate, ms);
    return chosen.config.retry.attempts;
  };

  it("serves its share by session, the same on every instance, and is promoted by itself", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    await scene.pass(25_000);
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x", canary: 20 }));
    await scene.pass(500);
    const sessions = Array.from({ length: 1_000 }, (_, i) => `session ${i}`);
    const on = (member: typeof a) => sessions.map((one) => answer(member, one));
    const [first, second] = [on(a), on(b)];
    expect(first).toEqual(second);
    const tried = first.filter((attempts) => attempts === 7).length;
    expect(tried).toBeGreaterThan(150);
    expect(tried).toBeLessThan(250);
    expect(a.fleet.state().trial).toMatchObject({ revision: 2, percent: 20 });
    expect((await a.fleet.revisions())[0]).toMatchObject({ state: "canary", canaryPercent: 20 });
    await scene.pass(55_000);
    expect(a.fleet.control.trial).toBeDefined();
    await scene.pass(12_000);
    expect([a.attempts(), b.attempts()]).toEqual([7, 7]);
    expect(b.fleet.state()).toMatchObject({ revision: 2, trial: null, refused: null });
  });

  it("is rolled back everywhere by what one instance sees, with the figures as the reason", async () => {
    const [a, b] = [await scene.member("a", textOf(3, SHARED)), await scene.member("b", textOf(3, SHARED))];
    await scene.pass(25_000);
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x", canary: 20 }));
    await scene.pass(500);
    for (let i = 0; i < 100; i++) answer(b, `session ${i}`, true);
    await scene.pass(2_000);
    expect([a.attempts(), b.attempts()]).toEqual([3, 3]);
    expect([a.fleet.control.trial, b.fleet.control.trial]).toEqual([undefined, undefined]);
    const [newest] = await a.fleet.revisions();
    expect(newest).toMatchObject({ number: 2, state: "rolled-back", why: expect.stringContaining("100 % of") });
    expect(b.told.map(({ event }) => event)).toContain("config-rolled-back");
    // It is not taken up again by itself.
    await scene.pass(40_000);
    expect(a.fleet.control.trial).toBeUndefined();
  });

  it("waits for requests, and is promoted or aborted by hand", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x", canary: 10 }));
    await scene.pass(300_000);
    expect(a.attempts()).toBe(3);
    expect(a.fleet.state().trial?.verdict).toContain("100 requests to go");
    await expect(scene.run(a.fleet.apply({ text: textOf(8), by: "x" }))).rejects.toMatchObject({
      code: "trial_running",
    });
    await scene.run(a.fleet.promote("user:ada"));
    expect(a.attempts()).toBe(7);
    await scene.run(a.fleet.apply({ text: textOf(9), by: "x", canary: 10 }));
    await scene.run(a.fleet.abort("user:ada"));
    expect(a.attempts()).toBe(7);
    await expect(scene.run(a.fleet.promote("x"))).rejects.toMatchObject({ code: "no_trial" });
  });

  it("runs on a share of the instances, at least one", async () => {
    const half = "fleet: { config: shared, canary_instances: 50 }\n";
    const all = [];
    for (const name of ["a", "b", "c", "d"]) all.push(await scene.member(name, textOf(3, half)));
    await scene.pass(25_000);
    const [first] = all;
    await scene.run((first as (typeof all)[number]).fleet.apply({ text: textOf(7, half), by: "x", canary: 50 }));
    await scene.pass(20_000);
    expect(all.filter(({ fleet }) => fleet.control.trial !== undefined)).toHaveLength(2);
  });

  it("comes from a file that says so, and goes when the file is taken back", async () => {
    const canary = "fleet: { canary: 25 }\n";
    const a = await scene.member("a", textOf(3, canary));
    writeFileSync(a.file, textOf(7, canary));
    expect(await scene.run(a.fleet.reload("SIGHUP"))).toBe("trial");
    expect(a.attempts()).toBe(3);
    writeFileSync(a.file, textOf(3, canary));
    await scene.run(a.fleet.reload("SIGHUP"));
    expect(a.fleet.control.trial).toBeUndefined();
    writeFileSync(a.file, textOf(7, canary));
    await scene.run(a.fleet.reload("SIGHUP"));
    for (let i = 0; i < 200; i++) answer(a, `session ${i}`, true);
    await scene.until(() => a.fleet.state().refused?.why.includes("rolled back") === true);
    expect(a.attempts()).toBe(3);
    await scene.pass(500);
    expect(a.fleet.staleMs()).toBeGreaterThanOrEqual(500);
  });
});

describe("a start", () => {
  it("uses the last known good configuration when the store is dead or silent, within two seconds", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x" }));
    await a.stop();
    for (const trouble of ["dead", "silent"] as const) {
      scene.trouble = trouble;
      const before = scene.rt.clock.now();
      const again = await scene.member("a", textOf(3, SHARED));
      expect(scene.rt.clock.now() - before).toBeLessThan(2_000);
      expect(again.attempts()).toBe(7);
      expect(again.fleet.state()).toMatchObject({ source: "last-known-good", revision: 2 });
      expect(again.told.map(({ detail }) => detail).join("\n")).toContain(
        "started with the last configuration that was good here",
      );
      if (trouble === "silent") continue;
      scene.trouble = "none";
      await scene.pass(20_000);
      expect(again.fleet.state()).toMatchObject({ staleSeconds: 0 });
      await again.stop();
    }
  });

  it("says what is wrong with a corrupt one and uses the file", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x" }));
    await a.stop();
    const kept = join(dirname(a.file), "fairlead-data", "last-known-good.json");
    expect(readFileSync(kept, "utf8")).not.toContain("sk-ant-0123456789");
    writeFileSync(kept, readFileSync(kept, "utf8").replace("attempts: 7", "attempts: 9"));
    scene.trouble = "dead";
    const again = await scene.member("a", textOf(4, SHARED));
    expect(again.attempts()).toBe(4);
    expect(again.told.map(({ detail }) => detail).join("\n")).toContain("its checksum is wrong; remove it");
    // When the store is back its revision counts, and not the file that the start had to do with.
    scene.trouble = "none";
    await scene.until(() => again.attempts() === 7);
    expect(await again.fleet.revisions()).toHaveLength(2);
  });
});

describe("a configuration by file", () => {
  it("has the same number on instances whose files are alike, also when the store comes later", async () => {
    scene.trouble = "dead";
    const a = await scene.member("a", textOf(3));
    const b = await scene.member("b", textOf(3));
    expect(a.fleet.state().revision).toBeNull();
    scene.trouble = "none";
    await scene.pass(20_000);
    expect([a.fleet.state().revision, b.fleet.state().revision]).toEqual([1, 1]);
    writeFileSync(a.file, textOf(5));
    await scene.run(a.fleet.reload("SIGHUP"));
    expect([a.fleet.state().revision, b.fleet.state().revision]).toEqual([2, 1]);
    writeFileSync(b.file, textOf(5));
    await scene.run(b.fleet.reload("SIGHUP"));
    expect(b.fleet.state().revision).toBe(2);
    await scene.pass(12_000);
    expect(a.fleet.state().instances.map(({ id, revision }) => `${id} ${revision}`)).toEqual(["a 2", "b 2"]);
  });

  it("is taken when it changed while the gateway started", async () => {
    const a = await scene.member("a", textOf(3), {}, textOf(5));
    await scene.until(() => a.attempts() === 5);
  });

  it("is written by apply and roll back, unless it is a link or not ours", async () => {
    const a = await scene.member("a", textOf(3));
    await scene.run(a.fleet.apply({ text: textOf(5), by: "user:ada" }));
    expect(readFileSync(a.file, "utf8")).toBe(textOf(5));
    expect(a.attempts()).toBe(5);
    expect(await a.fleet.revisions()).toMatchObject([{ number: 2, state: "active", by: "user:ada" }, { number: 1 }]);
    await scene.run(a.fleet.rollBack({ by: "user:ada" }));
    expect([readFileSync(a.file, "utf8"), a.attempts()]).toEqual([textOf(3), 3]);
    // What was written for a trial is taken out of the file with it.
    await scene.run(a.fleet.apply({ text: textOf(8), by: "user:ada", canary: 10 }));
    expect([readFileSync(a.file, "utf8"), a.attempts()]).toEqual([textOf(8), 3]);
    await scene.run(a.fleet.abort("user:ada"));
    expect([readFileSync(a.file, "utf8"), a.attempts()]).toEqual([textOf(3), 3]);
    expect(a.fleet.staleMs()).toBe(0);
    renameSync(a.file, `${a.file}.real`);
    symlinkSync(`${a.file}.real`, a.file);
    await expect(scene.run(a.fleet.apply({ text: textOf(6), by: "x" }))).rejects.toMatchObject({ code: "file_rules" });
    expect(a.attempts()).toBe(3);
  });
});

describe("instances", () => {
  it("are counted while they live: a clean leave at once, a crash after three missing beats", async () => {
    const [a, b, c] = [
      await scene.member("a", textOf(3)),
      await scene.member("b", textOf(3)),
      await scene.member("c", textOf(3)),
    ];
    await scene.pass(12_000);
    expect([a, b, c].map(({ fleet }) => fleet.instances.count())).toEqual([3, 3, 3]);
    await c.stop();
    await scene.pass(12_000);
    expect(a.fleet.instances.count()).toBe(2);
    // b stops beating without a word.
    await b.fleet.instances.leave();
    await scene.stores.records.write([
      {
        kind: "instance",
        id: "b",
        value: { id: "b", trial: null },
        expect: "any",
        expiresAt: scene.rt.clock.wall() + 30_000,
      },
    ]);
    await scene.pass(12_000);
    expect(a.fleet.instances.count()).toBe(2);
    await scene.pass(32_000);
    expect(a.fleet.instances.count()).toBe(1);
  });
});
