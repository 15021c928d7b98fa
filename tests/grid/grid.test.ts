// The whole grid over real sockets: no cell may break a rule, and docs/grid.md must say what happens.

import { readFileSync } from "node:fs";
import { FAULT_GRID, type GridCell, type Sighting } from "@fairlead/simulator";
import { beforeAll, describe, expect, test } from "vitest";
import { rows } from "./document.ts";
import { FINAL, NO_FAILURE } from "./expectation.ts";
import { playGrid, type Verdict } from "./grid.ts";
import { outcomeOf } from "./outcome.ts";
import { faultless } from "./play.ts";
import { startStand } from "./stand.ts";

let verdicts: readonly Verdict[];
beforeAll(async () => {
  verdicts = await playGrid();
}, 240_000);

test("every cell of the simulator's grid was played", () => {
  expect(verdicts).toHaveLength(FAULT_GRID.length);
  expect(FAULT_GRID.length).toBeGreaterThan(200);
});

test("no cell breaks a rule", () => {
  const broken = verdicts
    .filter(({ violations }) => violations.length > 0)
    .map(({ cell, violations }) => ({ ...cell, violations }));
  expect(broken).toEqual([]);
});

test("docs/grid.md has the same outcomes; `npm run grid` writes it anew", () => {
  const text = readFileSync(new URL("../../docs/grid.md", import.meta.url), "utf8");
  const outcomes = (row: readonly string[]) => row.map((entry) => entry.replace(/ \(\d+\)$/, ""));
  const table = text.slice(text.indexOf("| fault | phase |"));
  const written = table
    .trim()
    .split("\n")
    .slice(2)
    .map((line) => outcomes(line.slice(2, -2).split(" | ")));
  expect(written).toEqual(rows(verdicts).map(outcomes));
});

test("every exemption names a fault that there is", () => {
  const faults = new Set(FAULT_GRID.map(({ fault }) => fault));
  for (const name of [...Object.keys(FINAL), ...Object.keys(NO_FAILURE)]) expect(faults).toContain(name);
});

describe("the eye of the grid", () => {
  const cell: GridCell = { fault: "reset", phase: "mid-text", streamed: true };
  let right: Sighting;
  beforeAll(async () => {
    right = await faultless(true);
  });
  const seen = (change: (body: string) => string, more: Partial<Sighting> = {}): Sighting => ({
    ...right,
    body: Buffer.from(change(right.body.toString())),
    ...more,
  });
  const cut = (body: string) => body.slice(0, body.indexOf("event: content_block_stop"));
  const error = (code: string) =>
    `event: error\ndata: {"type":"error","error":{"type":"api_error","message":"x","details":{"error_code":"${code}"}}}\n\n`;
  const see = (one: Sighting, direct = seen(cut, { whole: false })) => outcomeOf(cell, one, direct, right, []);

  test("sees a cut that looks clean", () => {
    expect(see(seen(cut))).toBe("clean but cut");
    expect(
      see(seen((body) => body.slice(0, -1 - 'event: message_stop\ndata: {"type":"message_stop"}\n'.length))),
    ).not.toBe("clean but cut");
  });
  test("sees broken framing", () => expect(see(seen(cut, { whole: false }))).toBe("broken"));
  test("sees an honest end, and one that hides a changed byte", () => {
    expect(see(seen((body) => cut(body) + error("fairlead_cut")))).toBe("honest error");
    expect(see(seen((body) => cut(body).replace("thinking_delta", "thinking_delto") + error("fairlead_cut")))).toBe(
      "altered",
    );
  });
  test("sees a whole answer with a word missing", () => {
    expect(see(seen((body) => body))).toBe("invisible");
    const text = /"text_delta","text":"([^"]+)"/.exec(right.body.toString())?.[1] ?? "";
    expect(text.length).toBeGreaterThan(3);
    expect(see(seen((body) => body.replace(text, text.slice(1))))).toBe("altered");
  });
});

test("a 404 for something that a path names is the request's own, and blames no upstream", async () => {
  const stand = await startStand({ regions: ["first"] });
  for (let i = 0; i < 3; i++) {
    const seen = await stand.ask("", { method: "GET", path: "/v1/models/claude-nobody" });
    expect([seen.status, seen.headers["fairlead-attempts"]]).toEqual([404, "1"]);
  }
  // Closing hands on the lines that wait.
  await stand.close();
  const verdicts = stand.log.map((line) => (JSON.parse(line) as { verdict?: string }).verdict);
  expect(verdicts.filter((verdict) => verdict !== undefined)).toEqual(Array(3).fill("caller-fault"));
});
