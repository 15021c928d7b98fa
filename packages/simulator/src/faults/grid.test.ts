// The whole grid, fault by phase by streamed or not, as a raw client sees it.

import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BASH, eventsOf, type TestStand, testStand, turn } from "../test-stand.ts";
import type { Sighting } from "../wire-probe.ts";
import { describeFaults, FAULT_GRID, type GridCell } from "./grid.ts";

let stand: TestStand;
beforeAll(async () => {
  stand = await testStand();
});
afterAll(() => stand.simulator.close());

/** Parameters that keep a cell short, and how long its silence is watched. */
const PARAMS: Record<string, string> = {
  "slow-first-byte": ";ms=60",
  "keep-alive-race": ";fresh=true",
  "ping-only": ";everyMs=20",
  "slow-drip": ";everyMs=1;bytes=64",
};

const STATUS: Record<string, number> = {
  "early-413": 413,
  overloaded: 529,
  "rate-limit": 429,
  "spend-cap-429": 429,
  "spend-limit-400": 400,
  "credit-too-low": 400,
  "billing-402": 402,
  "server-error": 500,
  "error-status": 409,
  "edge-forbidden-403": 403,
  "waf-403": 403,
  "captive-portal": 200,
  unauthorized: 401,
  "unauthorized-once": 401,
  permission: 403,
  "model-not-found": 404,
  "prompt-too-long": 400,
  "thread-lost": 404,
  "should-retry": 400,
  "odd-retry-after": 429,
  "unknown-error-type": 503,
};

async function strike(cell: GridCell): Promise<Sighting> {
  const body = turn("run: echo hi there you", { stream: cell.streamed, thinking: { type: "adaptive" }, tools: [BASH] });
  const fault = `${cell.fault};phase=${cell.phase}${PARAMS[cell.fault] ?? ""}`;
  const headers: Record<string, string> = { "x-simulator-fault": fault };
  return stand.ask(body, { patienceMs: 300, mostMs: 1_200, headers });
}

/** What was sent of the right answer, by the phase: a stream's events, or the keys of the JSON begun. */
function expectProgress(cell: GridCell, seen: Sighting): void {
  const text = seen.body.toString("utf8");
  const has = cell.streamed
    ? {
        start: "event: message_start",
        think: "thinking_delta",
        text: '"text_delta"',
        tool: '"input_json_delta"',
        end: "event: message_delta",
      }
    : {
        start: '"role":"assistant"',
        think: '"thinking":"',
        text: '"text":"',
        tool: '"input":{',
        end: '"stop_reason":',
      };
  const order = ["start", "think", "text", "tool", "end"] as const;
  const last = {
    "before-headers": 0,
    "after-headers": 0,
    connect: 0,
    "after-message-start": 1,
    "mid-thinking": 2,
    "mid-text": 3,
    "mid-tool": 4,
    "after-message-delta": 5,
  }[cell.phase];
  const sent = order.filter((name) => text.includes(has[name]));
  expect(sent.filter((name) => name !== "start")).toEqual(order.slice(1, Math.max(1, last)));
}

const CHECKS: Record<string, (cell: GridCell, seen: Sighting) => void | Promise<void>> = {
  "accept-then-reset": (_, seen) => expect([seen.ended, seen.raw.length]).toEqual(["reset", 0]),
  "accept-then-close": (_, seen) => expect([seen.ended, seen.raw.length]).toEqual(["fin", 0]),
  "half-open": (_, seen) => expect([seen.ended, seen.raw.length]).toEqual(["open", 0]),
  "keep-alive-race": (_, seen) => expect([seen.ended, seen.raw.length]).toEqual(["reset", 0]),
  "garbage-head": (_, seen) => expect([seen.ended, seen.raw.toString()]).toEqual(["fin", "SSH-2.0-OpenSSH_9.2\r\n"]),
  "headers-never": (_, seen) => expect([seen.ended, seen.raw.length]).toEqual(["open", 0]),
  "slow-first-byte": (cell, seen) => {
    expect([seen.whole, seen.totalMs >= 59]).toEqual([true, true]);
    expect(seen.firstByteMs < 50).toBe(cell.phase === "after-headers");
  },
  "in-stream-error": (_, seen) => expectError(seen, "overloaded_error"),
  truncate: (cell, seen) => {
    expect([seen.ended, seen.whole]).toEqual(["fin", true]);
    expect(seen.body.toString()).not.toContain("message_stop");
    expectProgress(cell, seen);
  },
  reset: (cell, seen) => {
    expect([seen.ended, seen.whole]).toEqual(["reset", false]);
    if (cell.phase !== "before-headers") expectProgress(cell, seen);
  },
  "cut-mid-frame": (cell, seen) => {
    expect([seen.ended, seen.whole]).toEqual(["fin", false]);
    if (cell.streamed) expect(seen.body.toString()).not.toMatch(/\n\n$/);
    else expect(() => JSON.parse(seen.body.toString())).toThrow();
  },
  "cut-mid-utf8": (_, seen) => {
    expect([seen.ended, seen.whole]).toEqual(["fin", false]);
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(seen.body)).toThrow();
  },
  "short-body": (_, seen) => expect([seen.ended, seen.whole, seen.status]).toEqual(["fin", false, 200]),
  "lost-response": async (_, seen) => {
    expect([seen.ended, seen.whole]).toEqual(["reset", false]);
    const billed = () => stand.simulator.bills().bills.at(-1);
    await expect.poll(billed).toMatchObject({ state: "aborted", usage: { output_tokens: fullTokens } });
  },
  stall: (cell, seen) => {
    expect([seen.ended, seen.whole]).toEqual(["open", false]);
    expectProgress(cell, seen);
  },
  "ping-only": (cell, seen) => {
    expect(seen.ended).toBe("open");
    expect(
      eventsOf(seen.body)
        .slice(-5)
        .map(({ event }) => event),
    ).toEqual(Array(5).fill("ping"));
    expectProgress(cell, seen);
  },
  gzip: (cell, seen) => {
    expect(seen.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(seen.body).toString()).toContain(
      cell.streamed ? "event: message_stop" : '"stop_reason":"tool_use"',
    );
  },
  "line-endings": (cell, seen) => {
    expect(seen.body.toString()).toMatch(/message_stop"}\r\n\r\n$/);
    if (cell.phase === "after-headers") expect(seen.body.toString()).not.toMatch(/[^\r]\n/);
  },
  "no-last-blank-line": (_, seen) => expect(seen.body.toString()).toMatch(/[^\n]\n$/),
  "unknown-event": (_, seen) => expectWithin(seen, "event: future_event\n"),
  "unknown-delta": (_, seen) => expectWithin(seen, '"type":"future_delta"'),
  "unknown-block": (cell, seen) => (cell.streamed ? expectWithin : expectJson)(seen, '"type":"future_block"'),
  "unknown-stop-reason": (cell, seen) =>
    (cell.streamed ? expectWithin : expectJson)(seen, '"stop_reason":"future_reason"'),
  "many-message-delta": (_, seen) =>
    expect(eventsOf(seen.body).filter(({ event }) => event === "message_delta")).toHaveLength(3),
  "null-usage": (cell, seen) => (cell.streamed ? expectWithin : expectJson)(seen, '"cache_creation":null'),
  "malformed-event": (cell, seen) => {
    const frames = seen.body
      .toString()
      .split("\n\n")
      .filter((frame) => frame !== "" && !frame.includes("event: ping"));
    const broken = frames.findIndex((frame) => frame.endsWith('"text_de'));
    if (cell.phase === "after-headers") expect(broken).toBe(9);
    else expect(broken).toBeGreaterThan(0);
    expect(frames.at(-1)).toContain("message_stop");
  },
  "no-message-stop": (_, seen) => {
    expect(eventsOf(seen.body).at(-1)?.event).toBe("message_delta");
    expect(seen.whole).toBe(true);
  },
  refusal: (cell, seen) => (cell.streamed ? expectWithin : expectJson)(seen, '"stop_reason":"refusal"'),
  "pause-turn": (cell, seen) => (cell.streamed ? expectWithin : expectJson)(seen, '"stop_reason":"pause_turn"'),
  "window-exceeded": (cell, seen) =>
    (cell.streamed ? expectWithin : expectJson)(seen, '"stop_reason":"model_context_window_exceeded"'),
};
for (const name of ["slow-drip", "buffer", "fragment", "coalesce"]) {
  CHECKS[name] = (cell, seen) => (cell.streamed ? expectWithin : expectJson)(seen, '"stop_reason":"tool_use"');
}

function expectError(seen: Sighting, type?: string): void {
  expect([seen.status, seen.ended, seen.whole]).toEqual([200, "fin", true]);
  const last = eventsOf(seen.body).at(-1);
  expect(last?.event).toBe("error");
  if (type !== undefined) expect(last?.data.error).toMatchObject({ type, details: null });
}

/** The stream is right to its end and has this in it. */
function expectWithin(seen: Sighting, text: string): void {
  expect(seen.whole).toBe(true);
  expect(seen.body.toString()).toContain(text);
  expect(eventsOf(seen.body).at(-1)?.event).toBe("message_stop");
}

function expectJson(seen: Sighting, text: string): void {
  expect(seen.whole).toBe(true);
  expect(JSON.stringify(JSON.parse(seen.body.toString()))).toContain(text);
}

let fullTokens = 0;
test("without a fault the same request is answered whole", async () => {
  const seen = await stand.ask(turn("run: echo hi there you", { thinking: { type: "adaptive" }, tools: [BASH] }));
  fullTokens = JSON.parse(seen.body.toString()).usage.output_tokens;
  expect(fullTokens).toBeGreaterThan(20);
});

describe.each(FAULT_GRID.filter(({ fault }) => fault !== "refuse"))("$fault at $phase, streamed $streamed", (cell) => {
  test("shows as it says", async () => {
    const seen = await strike(cell);
    const entry = stand.simulator.log.entries.at(-1);
    expect(entry?.faults).toEqual([{ id: "header", kind: cell.fault, phase: cell.phase, fired: true }]);
    const status = STATUS[cell.fault];
    if (status === undefined) {
      expect(Object.keys(CHECKS)).toContain(cell.fault);
      return CHECKS[cell.fault]?.(cell, seen);
    }
    if (cell.phase !== "before-headers") {
      expectError(seen);
      return expectProgress(cell, seen);
    }
    expect([seen.status, seen.whole]).toEqual([status, true]);
    expect(entry?.ended).toBe("fault");
  });
});

test("every kind is described, every cell of the grid belongs to one, and no row of the catalogue is forgotten", () => {
  const described = describeFaults();
  expect(new Set(FAULT_GRID.map(({ fault }) => fault))).toEqual(new Set(described.map(({ name }) => name)));
  expect(new Set(described.map(({ name }) => name)).size).toBe(described.length);
  const rows = new Set(described.flatMap(({ catalogue }) => catalogue));
  for (let row = 1; row <= 30; row++) if (row !== 23 && row !== 24) expect(rows).toContain(`F${row}`);
});
