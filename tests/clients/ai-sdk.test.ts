// The Vercel AI SDK through the gateway: generateText, streamText, tools with their loop, reasoning.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, expectUntouched, headerOf, jsonOf, startWorld, type World } from "./world.ts";

const { generateText, streamText, stepCountIs, tool } = await installed(() => import("ai"));
const { createAnthropic } = await installed(() => import("@ai-sdk/anthropic"));
const { z } = await installed(() => import("zod"));

const MODEL = "claude-sonnet-4-6";
const SAID = 'Grüße "quoted" \\ 你好 🚀 end';
const THINKING = { anthropic: { thinking: { type: "enabled" as const, budgetTokens: 2_000 } } };

describe("the AI SDK through the gateway", () => {
  let world: World;
  let anthropic: ReturnType<typeof createAnthropic>;
  beforeAll(async () => {
    world = await startWorld({ config: "retry: { max_delay: 100ms }" });
    anthropic = createAnthropic({ baseURL: `${world.url}/v1`, apiKey: CLIENT_KEY });
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const weather = () =>
    tool({
      description: "The weather of a city.",
      inputSchema: z.object({ city: z.string() }),
      execute: async ({ city }) => `fog in ${city}`,
    });

  test("generateText", async () => {
    const result = await generateText({ model: anthropic(MODEL), prompt: `say: ${SAID}` });
    expect(result.text).toBe(SAID);
    expect(result.finishReason).toBe("stop");
    expect(result.usage.outputTokens).toBe(world.simulator.bills().total.outputTokens);
    expect(result.response.headers?.["request-id"]).toBe(world.only().requestId);
    expect(headerOf(world.only(), "anthropic-version")).toBe("2023-06-01");
    expectUntouched(world);
  });

  test("streamText", async () => {
    const result = streamText({ model: anthropic(MODEL), prompt: `say: ${SAID}` });
    let text = "";
    for await (const delta of result.textStream) text += delta;
    expect(text).toBe(SAID);
    expect(await result.finishReason).toBe("stop");
    expect((await result.usage).outputTokens).toBe(world.simulator.bills().total.outputTokens);
    expectUntouched(world);
  });

  test("a tool loop in one piece: two requests, the result in the second", async () => {
    const result = await generateText({
      model: anthropic(MODEL),
      prompt: 'use tool weather {"city":"Zürich"}',
      tools: { weather: weather() },
      stopWhen: stepCountIs(3),
    });
    expect(result.steps).toHaveLength(2);
    expect(result.text).toBe("The tool answered: fog in Zürich");
    expect(world.received()).toHaveLength(2);
    expectUntouched(world);
  });

  test("a tool loop streamed, with thinking carried into the second request", async () => {
    const result = streamText({
      model: anthropic(MODEL),
      prompt: 'think 25 words, then use tool weather {"city":"Zürich"}',
      tools: { weather: weather() },
      stopWhen: stepCountIs(3),
      providerOptions: THINKING,
    });
    const kinds = new Set<string>();
    for await (const part of result.fullStream) kinds.add(part.type);
    expect([...kinds]).toEqual(
      expect.arrayContaining(["reasoning-delta", "tool-call", "tool-result", "text-delta", "finish"]),
    );
    expect(kinds).not.toContain("error");
    expect(await result.text).toContain("The tool answered: fog in Zürich");
    const second = world.received()[1];
    expect(JSON.stringify(second && jsonOf(second).messages)).toContain('"signature"');
    expectUntouched(world);
  });

  test("reasoning in one piece", async () => {
    const result = await generateText({
      model: anthropic(MODEL),
      prompt: "think 25 words, then answer",
      providerOptions: THINKING,
    });
    expect(result.reasoningText?.split(" ")).toHaveLength(25);
    expect(result.text).toContain("Simulated answer");
    expectUntouched(world);
  });

  test("a fault before the first content is not seen, one after it is told as an error", async () => {
    world.fault({ kind: "overloaded", pattern: { once: true } });
    const fine = await generateText({ model: anthropic(MODEL), prompt: "say: survived", maxRetries: 0 });
    expect(fine.text).toBe("survived");
    world.fault({ kind: "truncate", phase: "mid-text" });
    const errors: unknown[] = [];
    const result = streamText({
      model: anthropic(MODEL),
      prompt: "say 60 words",
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    for await (const _ of result.fullStream);
    expect(errors).toHaveLength(1);
    expect(world.received().map(({ status }) => status)).toEqual([529, 200, 200]);
  });
});
