// Turns that a configuration takes between people, trials and stores that come and go, in virtual time.

import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
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
  it("is on no trial when it is the one in force: what comes after is applied", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    await scene.run(a.fleet.apply({ text: textOf(3, SHARED), by: "ci", canary: 10 }));
    await scene.pass(40_000);
    expect(a.fleet.state()).toMatchObject({ revision: 2, trial: null });
    await scene.run(a.fleet.apply({ text: textOf(7), by: "ci" }));
    expect(a.attempts()).toBe(7);
  });

  it("is rolled back by an instance that has no part in the trial", async () => {
    const half = "fleet: { config: shared, canary_instances: 50 }\n";
    const both = [await scene.member("a", textOf(3, half)), await scene.member("b", textOf(3, half))] as const;
    await scene.pass(25_000);
    await scene.run(both[0].fleet.apply({ text: textOf(7, half), by: "x", canary: 50 }));
    await scene.pass(2_000);
    const aside = both.find(({ fleet }) => fleet.control.trial === undefined);
    expect(await scene.run(aside?.fleet.rollBack({ by: "user:bob" }) as Promise<unknown>)).toMatchObject({ number: 1 });
    await scene.pass(2_000);
    expect(both.map(({ fleet }) => fleet.control.trial)).toEqual([undefined, undefined]);
    expect(both.map((one) => one.attempts())).toEqual([3, 3]);
  });

  it("is rolled back in the store too, when that was away while the trial failed", async () => {
    const a = await scene.member("a", textOf(3, SHARED));
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x", canary: 50 }));
    scene.trouble = "dead";
    for (let i = 0; i < 200; i++) {
      const chosen = a.generations.chosen(`session ${i}`);
      chosen.watch.hear?.(chosen === a.generations.candidate, 300);
    }
    await scene.pass(3_000);
    expect(a.fleet.state()).toMatchObject({ trial: null, refused: { revision: 2, tried: true } });
    scene.trouble = "none";
    await scene.pass(25_000);
    expect((await a.fleet.revisions())[0]).toMatchObject({ number: 2, state: "rolled-back" });
    // Who starts or comes back does not try it.
    const b = await scene.member("b", textOf(3, SHARED));
    await scene.pass(2_000);
    expect(b.fleet.control.trial).toBeUndefined();
    await scene.run(a.fleet.apply({ text: textOf(8), by: "x" }));
    expect(a.attempts()).toBe(8);
  });

  it("begins with what the first instance started with, when its store comes later", async () => {
    scene.trouble = "dead";
    const a = await scene.member("a", textOf(3, SHARED));
    expect(a.fleet.state().revision).toBeNull();
    scene.trouble = "none";
    await scene.pass(25_000);
    expect(a.fleet.state()).toMatchObject({ revision: 1, staleSeconds: 0 });
    await scene.run(a.fleet.apply({ text: textOf(7), by: "x", canary: 10 }));
    expect([a.attempts(), a.fleet.state().trial?.percent]).toEqual([3, 10]);
  });
});

describe("a configuration by file", () => {
  it("goes back to the one that was in force before, not to one that was taken back already", async () => {
    const a = await scene.member("a", textOf(3));
    await scene.run(a.fleet.apply({ text: textOf(5), by: "x" }));
    await scene.run(a.fleet.rollBack({ by: "x" }));
    await scene.run(a.fleet.apply({ text: textOf(6), by: "x" }));
    expect(a.fleet.state().revision).toBe(3);
    await scene.run(a.fleet.rollBack({ by: "x" }));
    expect([a.attempts(), readFileSync(a.file, "utf8")]).toEqual([3, textOf(3)]);
  });

  it("keeps what somebody wrote into the file while a trial that apply began ends", async () => {
    const a = await scene.member("a", textOf(3));
    await scene.run(a.fleet.apply({ text: textOf(8), by: "x", canary: 10 }));
    const edited = `${textOf(9)}models: [\n`;
    writeFileSync(a.file, edited);
    await scene.run(a.fleet.abort("x"));
    expect(a.attempts()).toBe(3);
    expect(readFileSync(a.file, "utf8")).toBe(edited);
  });

  it("says so, once, when the store's form is newer than this version knows", async () => {
    scene.trouble = "newer";
    const a = await scene.member("a", textOf(3));
    await scene.pass(60_000);
    expect(a.told.filter(({ detail }) => detail.includes("has form 99"))).toHaveLength(1);
  });

  it("says what of it stays as it was until a restart", async () => {
    const a = await scene.member("a", textOf(3));
    const more = "admin_api: { metrics_open: none }\nadmin_hosts: [gw.example.com]\ntenancy: { money_grace: 5s }\n";
    writeFileSync(a.file, textOf(5, more));
    expect(await scene.run(a.fleet.reload("SIGHUP"))).toBe("applied");
    const told = a.told.filter(({ detail }) => detail.includes("restart"));
    expect(told.map(({ detail }) => detail)).toEqual([
      "admin_hosts, admin_api, tenancy.money_grace: what this instance's own file said at its start stays until a restart",
    ]);
  });
});

it("the last known good configuration is written as soon as the disk takes it again", async () => {
  const a = await scene.member("a", textOf(3));
  const kept = join(dirname(a.file), "fairlead-data", "last-known-good.json");
  mkdirSync(`${kept}.new`);
  await scene.run(a.fleet.apply({ text: textOf(7), by: "x" }));
  expect(readFileSync(kept, "utf8")).toContain("attempts: 3");
  rmdirSync(`${kept}.new`);
  await scene.pass(25_000);
  expect(readFileSync(kept, "utf8")).toContain("attempts: 7");
});
