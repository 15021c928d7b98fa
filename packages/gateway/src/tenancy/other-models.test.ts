// Limits of models that take part in a request besides its own: an advisor's, one to fall back to, one that answered instead.

import { type AttemptCost, type Exchange, newTally, type Outcome } from "@fairlead/engine";
import { NO_USAGE, type Usage } from "@fairlead/protocol";
import { describe, expect, test } from "vitest";
import { handFlow, target } from "../../testing/exchange.ts";
import { refusal, scene } from "../../testing/tenancy-scene.ts";
import { OtherModels } from "./other-models.ts";

const HAIKU = "claude-haiku-4-5";
const OPUS = "claude-opus-5";
const ADVISED = Buffer.from(JSON.stringify({ tools: [{ type: "advisor_20260301", name: "advisor", model: OPUS }] }));
const OPUS_ONLY = { models: [{ match: "claude-opus-*", limits: { otpm: 1_000 }, budget: { usd_per_day: 1 } }] };

function world(allowance: Parameters<typeof scene>[0] = OPUS_ONLY) {
  const made = scene(allowance);
  const seen: Exchange[] = [];
  made.give(async (x) => {
    seen.push(x);
    const { flow } = handFlow();
    flow.pipe({ write: () => true, end() {}, fail() {} });
    const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
    return answer;
  });
  /** A request whose one attempt came to this. */
  const send = async (body: Buffer, usage: Usage, served: string | undefined = HAIKU) => {
    const outcome = await made.send({ model: HAIKU, body, tally: newTally() });
    if (!outcome.ok) return refusal(outcome);
    const came: AttemptCost = { at: made.rt.clock.wall(), picoUsd: 7, usage, model: served };
    seen.at(-1)?.tally.spent?.(came);
    outcome.flow.complete();
    return undefined;
  };
  const used = (what: string) => made.figures()[`project ${what}`]?.used ?? 0;
  return { ...made, send, used, seen };
}

const part = (type: string, more: Partial<Usage> & { model?: string }) => ({ ...NO_USAGE, type, ...more });
const advised = (outputTokens: number): Usage => ({
  ...NO_USAGE,
  inputTokens: 40,
  outputTokens: 20,
  iterations: [
    part("message", { inputTokens: 40, outputTokens: 20 }),
    part("advisor_message", { model: OPUS, inputTokens: 1_000, outputTokens }),
  ],
});

describe("an entry of an advisor's model", () => {
  test("has what the advisor took, and no more", async () => {
    const { send, used } = world();
    await send(ADVISED, advised(300));
    expect(used("claude-opus-* output_tokens")).toBe(300);
    // 1,000 x 5 + 300 x 25 dollars a million: 0.0125 dollars.
    expect(used("claude-opus-* usd_per_day")).toBe(12_500_000_000);
  });

  test("refuses when it is used up, whichever model is asked for; others go on", async () => {
    const { send, used } = world();
    expect(await send(ADVISED, advised(1_400))).toBeUndefined();
    expect(used("claude-opus-* output_tokens")).toBe(1_400);
    const no = await send(ADVISED, advised(1));
    expect(no?.code).toBe("limit_output_tokens");
    expect(no?.message).toContain("project web for claude-opus-*");
    expect(await send(Buffer.from("{}"), { ...NO_USAGE, outputTokens: 5 })).toBeUndefined();
  });

  test("a spent budget holds too", async () => {
    const { send } = world({ models: [{ match: "claude-opus-*", budget: { usd_per_day: 1 } }] });
    await send(ADVISED, advised(50_000));
    expect((await send(ADVISED, advised(1)))?.code).toBe("budget_spent");
  });
});

test("a model to fall back to is charged when it has answered, and not for being named", async () => {
  const { send, used } = world();
  const body = Buffer.from(JSON.stringify({ model: HAIKU, fallbacks: [{ model: OPUS }] }));
  await send(body, { ...NO_USAGE, inputTokens: 10, outputTokens: 20 });
  expect(used("claude-opus-* output_tokens")).toBe(0);
  await send(body, { ...NO_USAGE, inputTokens: 10, outputTokens: 30 }, `${OPUS}-20260101`);
  expect(used("claude-opus-* output_tokens")).toBe(30);
});

test("a used up model is refused however many others are named before it", async () => {
  const { send } = world();
  await send(ADVISED, advised(1_400));
  const models = [...Array.from({ length: 40 }, (_, i) => `model-${i}`), OPUS];
  const members = models.map((model) => `"model":"${model}"`).join(",");
  const body = Buffer.from(`{"tools":[{"type":"advisor_20260301","name":"advisor",${members}}]}`);
  expect((await send(body, advised(1)))?.code).toBe("limit_output_tokens");
});

test("a body that names a hundred thousand models is not looked through for each", () => {
  const asked: string[] = [];
  const nothing = { of: () => expect.fail("no limit holds"), settle() {} };
  const others = new OtherModels(
    nothing,
    [],
    (model) => {
      asked.push(model);
      return [];
    },
    () => [],
  );
  others.gates(Array.from({ length: 100_000 }, (_, i) => `claude-opus-${i >> 1}`));
  expect(asked).toEqual([]);
  others.gates(["claude-opus-1", "claude-opus-1"]);
  expect(asked).toEqual(["claude-opus-1"]);
});

test("what the request draws on itself is not drawn twice", async () => {
  const models = [{ match: "claude-*", limits: { otpm: 10_000 }, budget: { usd_per_day: 1 } }];
  const { send, used } = world({ models });
  await send(ADVISED, advised(300));
  expect(used("claude-* usd_per_day")).toBe(7);
});

test("where no limit is one of a model nothing is looked for", async () => {
  const { send, seen } = world({ limits: { rpm: 10 } });
  await send(ADVISED, advised(300));
  expect(seen[0]?.tally.spent).toBeUndefined();
  const { send: free, seen: without } = world();
  await free(Buffer.from("{}"), NO_USAGE);
  expect(without[0]?.tally.limits).toBeUndefined();
});
