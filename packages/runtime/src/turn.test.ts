// Work at the end of a turn: in order, all of it, and not too much at once.

import { describe, expect, it } from "vitest";
import { Turn } from "./turn.ts";

const turnOver = () => new Promise((resolve) => setImmediate(resolve));

describe("Turn", () => {
  it("waits for the end of the turn, then calls in order", async () => {
    const turn = new Turn();
    const done: number[] = [];
    for (let i = 0; i < 5; i++) turn.last({ endOfTurn: () => done.push(i) });
    await Promise.resolve();
    expect(done).toEqual([]);
    await turnOver();
    expect(done).toEqual([0, 1, 2, 3, 4]);
    turn.last({ endOfTurn: () => done.push(5) });
    await turnOver();
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("calls at once when many wait, and loses none", async () => {
    const turn = new Turn();
    const done: number[] = [];
    for (let i = 0; i < 40; i++) turn.last({ endOfTurn: () => done.push(i) });
    expect(done).toHaveLength(32);
    await turnOver();
    expect(done).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it("takes work that comes while it works", async () => {
    const turn = new Turn();
    const done: string[] = [];
    turn.last({
      endOfTurn: () => {
        done.push("first");
        turn.last({ endOfTurn: () => done.push("second") });
      },
    });
    await turnOver();
    await turnOver();
    expect(done).toEqual(["first", "second"]);
  });
});
