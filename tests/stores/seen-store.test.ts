// Requests seen lately, in memory and in a real Redis: the same calls have the same answers.

import { memorySeenStore, type SeenStore } from "@fairlead/stores";
import { redisSeenStore } from "@fairlead/stores/redis";
import { describe, expect, test } from "vitest";
import { redisStand } from "./redis-stand.ts";

const stand = redisStand();
const { clock } = stand;

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each<[string, () => SeenStore]>([
  ["memory", () => memorySeenStore(clock)],
  ["redis", () => redisSeenStore(stand.line, stand.prefix())],
])("in %s", (_, make) => {
  test("one of many has it; it is answered for its window, and then free", async () => {
    const store = make();
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => store.begin("k", `d_${i}`, 5_000)));
    expect(all.filter((one) => one === undefined)).toHaveLength(1);
    expect(all.filter((one) => one === "under way")).toHaveLength(19);
    expect(await store.begin("other", "d_x", 5_000)).toBeUndefined();
    await store.end("k", `d_${all.indexOf(undefined)}`, 300);
    expect(await store.begin("k", "d_y", 5_000)).toBe("answered");
    await wait(350);
    expect(await store.begin("k", "d_y", 5_000)).toBeUndefined();
  });

  test("one that failed is free at once", async () => {
    const store = make();
    await store.begin("k", "d_1", 5_000);
    await store.end("k", "d_1", undefined);
    expect(await store.begin("k", "d_2", 5_000)).toBeUndefined();
  });

  test("nobody ends or keeps what another has", async () => {
    const store = make();
    await store.begin("k", "d_1", 5_000);
    await store.end("k", "d_2", undefined);
    await store.end("k", "d_2", 60_000);
    await store.keep([["k", "d_2"]], 60_000);
    expect(await store.begin("k", "d_3", 5_000)).toBe("under way");
    await store.end("k", "d_1", 60_000);
    await store.keep([["k", "d_1"]], 60_000);
    await store.end("k", "d_2", undefined);
    expect(await store.begin("k", "d_3", 5_000)).toBe("answered");
  });

  test("who is not heard of loses it, who renews it does not, and who lost it to nobody has it again", async () => {
    const store = make();
    await store.begin("dead", "d_1", 200);
    await store.begin("alive", "d_2", 200);
    await wait(120);
    await store.keep([["alive", "d_2"]], 5_000);
    await wait(120);
    expect(await store.begin("dead", "d_3", 5_000)).toBeUndefined();
    expect(await store.begin("alive", "d_3", 5_000)).toBe("under way");
    await store.keep([["lost", "d_4"]], 5_000);
    expect(await store.begin("lost", "d_5", 5_000)).toBe("under way");
    const many = Array.from({ length: 1_200 }, (_, i) => [`m${i}`, `d_${i}`] as const);
    await store.keep(many, 5_000);
    for (const key of ["m0", "m499", "m500", "m1199"]) expect(await store.begin(key, "d_x", 5_000)).toBe("under way");
  });

  test("what ends while many are kept stays free", async () => {
    const store = make();
    const many = Array.from({ length: 1_200 }, (_, i) => [`m${i}`, `d_${i}`] as const);
    await store.keep(many, 5_000);
    const kept = store.keep(many, 5_000);
    await store.end("m1199", "d_1199", undefined);
    await kept;
    expect(await store.begin("m1199", "d_x", 5_000)).toBeUndefined();
  });
});
