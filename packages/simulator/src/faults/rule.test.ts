// Rules, patterns and filters: what is accepted, what is refused and in which words, and how often a fault hits.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { FaultBook } from "./book.ts";
import { readFaultHeader, readRule } from "./rule.ts";

const CANDIDATE = { region: "east", path: "/v1/messages", model: "claude-opus-5", stream: true };

function hitsOf(spec: Record<string, unknown>, count: number, candidate = CANDIDATE): string {
  const book = new FaultBook(virtualRuntime(1), "seed", ["east", "west"]);
  const added = book.add({ kind: "overloaded", ...spec });
  if ("error" in added) throw new Error(added.error);
  return Array.from({ length: count }, () => book.hits("request", candidate, candidate.stream, () => true).length).join(
    "",
  );
}

test.each([
  [{}, "11111"],
  [{ pattern: "once" }, "10000"],
  [{ pattern: { once: true } }, "10000"],
  [{ pattern: { times: 3 } }, "11100"],
  [{ filter: { nth: [2, 4] } }, "01010"],
  [{ filter: { nth: 3 }, pattern: { times: 1 } }, "00100"],
  [{ filter: { region: "west" } }, "00000"],
  [{ filter: { region: ["west", "east"] } }, "11111"],
  [{ filter: { model: "claude-opus-*" } }, "11111"],
  [{ filter: { model: "claude-haiku-*" } }, "00000"],
  [{ filter: { stream: false } }, "00000"],
  [{ filter: { path: "/v1/models*" } }, "00000"],
  [{ filter: { path: "*" } }, "11111"],
])("%j hits %s", (spec, expected) => {
  expect(hitsOf(spec, 5)).toBe(expected);
});

test("a share hits that share, the same ones for the same seed", () => {
  const first = hitsOf({ pattern: { share: 0.2 } }, 2_000);
  expect(first).toBe(hitsOf({ pattern: { share: 0.2 } }, 2_000));
  const count = first.replaceAll("0", "").length;
  expect(count).toBeGreaterThan(340);
  expect(count).toBeLessThan(460);
  expect(hitsOf({ pattern: { share: 0 } }, 100)).not.toContain("1");
});

test("periods and flapping follow the clock", async () => {
  const runtime = virtualRuntime(1);
  const book = new FaultBook(runtime, "seed", ["east"]);
  book.add({ kind: "overloaded", id: "period", pattern: { forMs: 100 } });
  const hit = () => book.hits("request", CANDIDATE, true, () => true).length;
  expect(hit()).toBe(1);
  await runtime.clock.advance(100);
  expect([hit(), book.list()[0]?.spent]).toEqual([0, true]);
  book.add({ kind: "overloaded", id: "flap", pattern: { flap: { upMs: 30, downMs: 20 } } });
  const seen: number[] = [];
  for (let i = 0; i < 10; i++) {
    seen.push(hit());
    await runtime.clock.advance(10);
  }
  expect(seen).toEqual([1, 1, 0, 0, 0, 1, 1, 0, 0, 0]);
});

test("the first matching fault hits, shapes of the bytes beside it; an id in use is replaced", () => {
  const book = new FaultBook(virtualRuntime(1), "seed", ["east"]);
  book.add({ kind: "stall", id: "a", phase: "mid-text" });
  book.add({ kind: "truncate", id: "b", phase: "mid-text" });
  book.add({ kind: "fragment", id: "c" });
  const names = () => book.hits("answer", CANDIDATE, true, () => true).map(({ rule }) => rule.kind.name);
  expect(names()).toEqual(["stall", "fragment"]);
  book.add({ kind: "reset", id: "a", phase: "mid-tool" });
  expect(names()).toEqual(["truncate", "fragment"]);
  expect(book.remove("none")).toBe(false);
});

test.each([
  [{ kind: "overloded" }, 'did you mean "overloaded"?'],
  [
    { kind: "captive-portal", phase: "mid-text" },
    "captive-portal has no meaning at mid-text; it has one at: before-headers",
  ],
  [{ kind: "stall", phase: "midtext" }, 'no phase "midtext"; the phases are connect, before-headers'],
  [{ kind: "stall", params: { sec: 1 } }, 'stall: knows no parameter "sec"; it takes ms'],
  [{ kind: "stall", params: { ms: -1 } }, "stall: ms must be a number of at least 0, not -1"],
  [{ kind: "server-error", params: { status: 200 } }, "status must be one of 500, 502"],
  [{ kind: "stall", pattern: { share: 2 } }, "pattern.share must be a number from 0 to 1"],
  [{ kind: "stall", pattern: { flap: { upMs: 1 } } }, "pattern.flap needs upMs"],
  [{ kind: "stall", patern: {} }, 'a fault knows no "patern"'],
  [{ kind: "stall", filter: { region: "nowhere" } }, 'there is no region "nowhere"; the regions are east'],
  [{ kind: "in-stream-error", filter: { stream: false } }, "in-stream-error has no meaning for JSON answers"],
  [{ kind: "refuse", filter: { model: "x" } }, "a connection has no model, path or stream yet"],
  [{ kind: "early-413", filter: { stream: true } }, "strikes before the body is read"],
])("%j is refused with the reason", (spec, reason) => {
  expect(readRule(spec, ["east"])).toContain(reason);
});

test("the header takes several faults, as text or JSON, and no more than one request can have", () => {
  const rules = readFaultHeader(["stall;phase=mid-tool;ms=5, fragment;bytes=3", '{"kind":"overloaded"}']);
  if (typeof rules === "string") throw new Error(rules);
  expect(rules.map(({ kind, phase, params }) => [kind.name, phase, params.toJSON()])).toEqual([
    ["stall", "mid-tool", { ms: 5 }],
    ["fragment", "after-headers", { bytes: 3 }],
    ["overloaded", "before-headers", {}],
  ]);
  expect(readFaultHeader(["refuse"])).toContain("cannot come by header");
  expect(readFaultHeader(['{"kind":"stall","pattern":{"times":2}}'])).toContain("no pattern but a share");
  expect(readFaultHeader(["{nonsense"])).toContain("is not JSON");
});
