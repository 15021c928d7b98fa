// The openai client on /v1/chat/completions: text and tools, streamed or not, faults and its own error classes.
import type { OpenAI as Client } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, expectUntouched, headerOf, startWorld, type World } from "./world.ts";

const { OpenAI } = await installed(() => import("openai"));

const MODEL = "claude-sonnet-4-6";
const SAID = 'Grüße "quoted" \\ 你好 🚀 end';
const WEATHER = {
  type: "function" as const,
  function: {
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

describe("the openai client through the gateway", () => {
  let world: World;
  let client: Client;
  beforeAll(async () => {
    world = await startWorld({ config: "retry: { max_delay: 100ms }" });
    client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: CLIENT_KEY, maxRetries: 0 });
  });
  afterEach(() => world.clear());
  afterAll(() => world.close());

  const say = (text: string) => ({ model: MODEL, messages: [{ role: "user" as const, content: text }] });

  test("text in one piece", async () => {
    const answer = await client.chat.completions.create(say(`say: ${SAID}`));
    expect(answer.choices[0]).toMatchObject({ message: { role: "assistant", content: SAID }, finish_reason: "stop" });
    expect(answer.usage?.completion_tokens).toBe(world.simulator.bills().total.outputTokens);
    expect(headerOf(world.only("/v1/chat/completions"), "authorization")).toBeUndefined();
    expectUntouched(world);
  });

  test("text streamed, with the usage at the end", async () => {
    const stream = await client.chat.completions.create({
      ...say(`say: ${SAID}`),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let tokens = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      tokens = chunk.usage?.completion_tokens ?? tokens;
    }
    expect(text).toBe(SAID);
    expect(tokens).toBe(world.simulator.bills().total.outputTokens);
    expectUntouched(world);
  });

  test.each([false, true])("a tool is called, answered, and its result used (streamed: %s)", async (streamed) => {
    const ask = (messages: Client.ChatCompletionMessageParam[]) => {
      const body = { model: MODEL, tools: [WEATHER], messages };
      return streamed
        ? client.chat.completions.stream(body).finalChatCompletion()
        : client.chat.completions.create(body);
    };
    const question = { role: "user" as const, content: 'use tool weather {"city":"Zürich"}' };
    const first = (await ask([question])).choices[0];
    expect(first?.finish_reason).toBe("tool_calls");
    const call = first?.message.tool_calls?.[0];
    if (first === undefined || call?.type !== "function") throw new Error("no function was called");
    expect(JSON.parse(call.function.arguments)).toEqual({ city: "Zürich" });
    const { role, content, tool_calls } = first.message;
    const second = await ask([
      question,
      { role, content, tool_calls: tool_calls ?? [] },
      { role: "tool", tool_call_id: call.id, content: "fog" },
    ]);
    expect(second.choices[0]?.message.content).toBe("The tool answered: fog");
    expectUntouched(world);
  });

  test("an error of the upstream has its class and its text", async () => {
    const error = await client.chat.completions.create({ ...say("x"), model: "gpt-nothing" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(String(error)).toContain("model: gpt-nothing");
    expectUntouched(world);
  });

  test.each([false, true])("one 529 is not seen (streamed: %s)", async (streamed) => {
    world.fault({ kind: "overloaded", pattern: { once: true } });
    const body = say("say: survived");
    const answer = streamed
      ? await client.chat.completions.stream(body).finalChatCompletion()
      : await client.chat.completions.create(body);
    expect(answer.choices[0]?.message.content).toBe("survived");
    expect(world.received().map(({ status }) => status)).toEqual([529, 200]);
  });

  // The client itself takes a stream without [DONE] for a whole answer, so the gateway must say that it was cut.
  test("a stream that is cut raises, although the client would not notice", async () => {
    world.fault({ kind: "truncate", phase: "mid-text" });
    const read = async (from: Client) => {
      for await (const _ of await from.chat.completions.create({ ...say("say 60 words"), stream: true }));
    };
    await read(
      new OpenAI({
        baseURL: `${world.upstreamUrl}/v1`,
        apiKey: "sk-ant-upstream-0123456789",
        maxRetries: 0,
        defaultHeaders: { "anthropic-version": "2023-06-01" },
      }),
    );
    await expect(read(client)).rejects.toThrow(OpenAI.APIError);
    expect(world.received()).toHaveLength(2);
  });
});
