// Of several limits of a kind callers are told the one that keeps them longest.

import { expect, test } from "vitest";
import { exchange } from "../../testing/exchange.ts";
import { header, refusal, scene } from "../../testing/tenancy-scene.ts";
import { keyScope, projectScope, type Rule } from "./rules.ts";
import { refused } from "./told.ts";

const two = (project: Rule["allowance"], key: Rule["allowance"]): readonly Rule[] => [
  { scope: projectScope("web"), allowance: project },
  { scope: keyScope("web", "k_1", "ci"), allowance: key },
];

test("one that is full is not the tightest, however little it holds", async () => {
  const { rt, send, answers } = scene(
    {},
    { rules: two({ limits: { rpm: 600, burst: 1_000 } }, { limits: { rpm: 100 } }) },
  );
  answers();
  for (let i = 0; i < 9; i++) await send();
  await rt.clock.advance(1_000);
  const x = { tally: exchange().tally };
  await send(x);
  // Of the project's 10 there are 9 again, of the key's 100 the tenth was taken just now and one and two thirds are back.
  expect(x.tally.limits?.header()).toBe("requests;l=600;r=9;t=1");
  await rt.clock.advance(1_000);
  expect(x.tally.limits?.header()).toBe("requests;l=100;r=93;t=4");
});

test("of two that are empty the one that takes longer to fill", async () => {
  const { send, answers } = scene({}, { rules: two({ limits: { rpm: 60, burst: 1_000 } }, { limits: { rpm: 1 } }) });
  answers();
  const x = { tally: exchange().tally };
  await send(x);
  expect(x.tally.limits?.header()).toBe("requests;l=1;r=0;t=60");
});

test("a budget begins anew on a full minute, also where the shared clock is a little ahead", () => {
  const start = Date.UTC(2026, 10, 30, 23, 59, 46, 20);
  const spec = { key: "k", scope: projectScope("web"), match: undefined, limit: 1e12, burstMs: 60_000 };
  const account = { spec: { ...spec, dimension: "usd_per_day" }, unconfirmed: false } as never;
  const no = refused({ account, amount: 1, waitMs: 13_970 }, [], 0, start);
  expect(no.message).toContain("It begins anew at 2026-12-01 00:00 UTC.");
});

test("a refusal has the headers of the limit that refuses, although a smaller part of another is left", async () => {
  const rules = two({ limits: { otpm: 1_000 } }, { models: [{ match: "claude-opus-*", limits: { otpm: 100 } }] });
  const { send, answers } = scene({}, { rules });
  const made = answers();
  for (const [i, [model, outputTokens]] of [
    ["claude-sonnet-5", 700] as const,
    ["claude-opus-5", 50] as const,
  ].entries()) {
    await send({ model, maxTokens: 50 });
    made[i]?.tell({ outputTokens }, model);
    made[i]?.end();
  }
  const no = refusal(await send({ model: "claude-opus-5", maxTokens: 2_000 }));
  expect(no.message).toContain("of key ci of project web for claude-opus-*");
  expect(header(no, "anthropic-ratelimit-output-tokens-limit")).toBe("100");
  expect(header(no, "anthropic-ratelimit-output-tokens-remaining")).toBe("50");
  expect(header(no, "anthropic-ratelimit-tokens-limit")).toBe("100");
});
