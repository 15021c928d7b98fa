// LangChain's ChatAnthropic (with an Anthropic SDK of its own) through the gateway: invoke, stream, bound tools.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, expectUntouched, headerOf, jsonOf, startWorld, type World } from "./world.ts";

const { ChatAnthropic } = await installed(() => import("@langchain/anthropic"));
const { HumanMessage, ToolMessage } = await installed(() => import("@langchain/core/messages"));
const { tool } = await installed(() => import("@langchain/core/tools"));
const { z } = await installed(() => import("zod"));

const MODEL = "claude-sonnet-4-6";
const SAID = 'Grüße "quoted" \\ 你好 🚀 end';

describe("LangChain through the gateway", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ config: "retry: { max_delay: 100ms }" });
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const chat = (more: object = {}) =>
    new ChatAnthropic({ model: MODEL, apiKey: CLIENT_KEY, anthropicApiUrl: world.url, maxTokens: 4_000, ...more });
  const weather = tool(async ({ city }: { city: string }) => `fog in ${city}`, {
    name: "weather",
    description: "The weather of a city.",
    schema: z.object({ city: z.string() }),
  });

  test("invoke", async () => {
    const message = await chat().invoke(`say: ${SAID}`);
    expect(message.text).toBe(SAID);
    expect(message.usage_metadata?.output_tokens).toBe(world.simulator.bills().total.outputTokens);
    expect(jsonOf(world.only()).stream).toBe(false);
    expect(headerOf(world.only(), "anthropic-dangerous-direct-browser-access")).toBe("true");
    expectUntouched(world);
  });

  test("stream", async () => {
    let text = "";
    for await (const chunk of await chat().stream(`say: ${SAID}`)) text += chunk.text;
    expect(text).toBe(SAID);
    expect(jsonOf(world.only()).stream).toBe(true);
    expectUntouched(world);
  });

  test.each([false, true])("a bound tool is called and answered (streamed: %s)", async (streamed) => {
    const bound = chat().bindTools([weather]);
    const ask = async (messages: Parameters<typeof bound.invoke>[0]) => {
      if (!streamed) return bound.invoke(messages);
      const chunks = [];
      for await (const chunk of await bound.stream(messages)) chunks.push(chunk);
      const [first, ...rest] = chunks;
      if (first === undefined) throw new Error("no chunk came");
      return rest.reduce((all, one) => all.concat(one), first);
    };
    const question = new HumanMessage('use tool weather {"city":"Zürich"}');
    const called = await ask([question]);
    expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: "Zürich" } }]);
    const call = called.tool_calls?.[0];
    const answered = await ask([question, called, new ToolMessage({ content: "fog", tool_call_id: call?.id ?? "" })]);
    expect(answered.text).toBe("The tool answered: fog");
    expect(world.received()).toHaveLength(2);
    expectUntouched(world);
  });

  test.each([false, true])("thinking (streamed: %s)", async (streaming) => {
    const model = chat({ streaming, thinking: { type: "enabled", budget_tokens: 2_000 } });
    const message = await model.invoke("think 25 words, then answer");
    const blocks = message.content as Array<{ type: string; thinking?: string; signature?: string; text?: string }>;
    const thinking = blocks.filter(({ type }) => type === "thinking");
    expect(
      thinking
        .map((block) => block.thinking)
        .join("")
        .split(" "),
    ).toHaveLength(25);
    expect(thinking.map((block) => block.signature ?? "").join("")).toMatch(/.{20}/);
    expect(message.text).toContain("Simulated answer");
    expectUntouched(world);
  });

  test("a fault before the first content is not seen, one after it is an error and no short answer", async () => {
    world.fault({ kind: "overloaded", pattern: { once: true } });
    expect((await chat({ maxRetries: 0 }).invoke("say: survived")).text).toBe("survived");
    world.fault({ kind: "truncate", phase: "mid-text" });
    const read = (async () => {
      for await (const _ of await chat({ maxRetries: 0 }).stream("say 60 words"));
    })();
    await expect(read).rejects.toThrow(/upstream|connection|ended/i);
    expect(world.received().map(({ status }) => status)).toEqual([529, 200, 200]);
  });
});
