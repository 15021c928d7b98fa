// The list of requests under way: in, out, in any order, without losing one.

import { describe, expect, it } from "vitest";
import type { ClientStream } from "./client-stream.ts";
import type { HttpResponse } from "./http-surface.ts";
import { Running } from "./running.ts";

const response = () => ({}) as HttpResponse;

describe("Running", () => {
  it("holds what came and has not left, whatever the order", () => {
    const running = new Running();
    const all = Array.from({ length: 50 }, response);
    for (const res of all) running.set(res, undefined);
    expect(running.size).toBe(50);
    const leaving = all.filter((_, i) => i % 3 === 0 || i > 44);
    for (const res of leaving) expect(running.delete(res)).toBe(true);
    for (const res of leaving) expect(running.delete(res)).toBe(false);
    const left = all.filter((res) => !leaving.includes(res));
    expect(running.size).toBe(left.length);
    expect(new Set(running.all().map((one) => one.res))).toEqual(new Set(left));
    for (const res of all) expect(running.has(res)).toBe(left.includes(res));
    for (const res of left) running.delete(res);
    expect(running.size).toBe(0);
  });

  it("gives held bytes back once", () => {
    const running = new Running();
    const held = { bytes: 100 };
    const res = response();
    running.set(res, undefined);
    running.hold(res, 60);
    running.release(res, held);
    running.release(res, held);
    expect(held.bytes).toBe(40);
    running.delete(res);
    running.release(res, held);
    expect(held.bytes).toBe(40);
  });

  it("learns of a stream later, without counting twice", () => {
    const running = new Running();
    const res = response();
    const stream = {} as ClientStream;
    running.set(res, undefined);
    expect(running.get(res)).toBeUndefined();
    running.set(res, stream);
    expect(running.size).toBe(1);
    expect(running.get(res)).toBe(stream);
  });
});
