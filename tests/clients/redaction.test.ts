// Real SDKs through a gateway that masks: they see values, the upstream sees placeholders, in text and in tools.

import type { Anthropic as AnthropicClient } from "@anthropic-ai/sdk";
import type { OpenAI as OpenAIClient } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, startWorld, type World } from "./world.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));
const { OpenAI } = await installed(() => import("openai"));

const MODEL = "claude-sonnet-4-6";
const MAIL = "anna.berg@nordwind-handel.de";
const SAID = `Grüße an ${MAIL}, 手机13912345678, "quoted" [1] 🚀 end`;
const INPUT = { to: [MAIL], note: `call "13912345678"\nsoon` };

describe("SDKs through a gateway that masks", () => {
  let world: World;
  let anthropic: AnthropicClient;
  let openai: OpenAIClient;
  beforeAll(async () => {
    world = await startWorld({ project: "redaction: { mode: mask }" });
    anthropic = new Anthropic({ baseURL: world.url, apiKey: CLIENT_KEY, maxRetries: 0 });
    openai = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: CLIENT_KEY, maxRetries: 0 });
  });
  afterEach(() => {
    for (const { body } of world.received()) expect(String(body)).not.toMatch(/nordwind|13912345678/);
    world.clear();
  });
  afterAll(() => world.close());

  const ask = (content: string) => ({ model: MODEL, max_tokens: 500, messages: [{ role: "user" as const, content }] });
  const tools = [{ name: "send", input_schema: { type: "object" as const, properties: {} } }];

  test("a message, whole and streamed", async () => {
    const whole = await anthropic.messages.create(ask(`say: ${SAID}`));
    expect(whole.content[0]).toMatchObject({ type: "text", text: SAID });
    const stream = anthropic.messages.stream(ask(`say: ${SAID}`));
    let text = "";
    stream.on("text", (delta) => {
      text += delta;
    });
    expect((await stream.finalMessage()).content[0]).toMatchObject({ type: "text", text: SAID });
    expect(text).toBe(SAID);
    expect(world.received()).toHaveLength(2);
  });

  test("the input of a tool, streamed as pieces of JSON, and the result back", async () => {
    const question = ask(`use tool send ${JSON.stringify(INPUT)}`);
    const first = await anthropic.messages.stream({ ...question, tools }).finalMessage();
    const use = first.content.find((one) => one.type === "tool_use");
    expect(use?.input).toEqual(INPUT);
    const second = await anthropic.messages.create({
      ...question,
      tools,
      messages: [
        ...question.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: use?.id ?? "", content: `sent to ${MAIL}` }] },
      ],
    });
    expect(JSON.stringify(second.content)).toContain(`sent to ${MAIL}`);
    expect(world.received()).toHaveLength(2);
  });

  test("thinking comes back as it was, signature and all", async () => {
    const body = {
      ...ask(`think 25 words\nsay: ${SAID}`),
      max_tokens: 4_000,
      thinking: { type: "enabled" as const, budget_tokens: 2_000 },
    };
    const message = await anthropic.messages.stream(body).finalMessage();
    const again = await anthropic.messages.create({
      ...body,
      messages: [
        ...body.messages,
        { role: "assistant", content: message.content },
        { role: "user", content: "say: ok" },
      ],
    });
    expect(again.content.at(-1)).toMatchObject({ type: "text", text: "ok" });
    expect(message.content.at(-1)).toMatchObject({ type: "text", text: SAID });
  });

  test("chat completions, streamed, with the arguments of a function", async () => {
    const chat = (content: string) => ({ model: MODEL, messages: [{ role: "user" as const, content }] });
    const stream = await openai.chat.completions.create({ ...chat(`say: ${SAID}`), stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(SAID);
    const called = await openai.chat.completions.create({
      ...chat(`use tool send ${JSON.stringify(INPUT)}`),
      tools: [{ type: "function", function: { name: "send", parameters: { type: "object" } } }],
    });
    const call = called.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === "function" && JSON.parse(call.function.arguments)).toEqual(INPUT);
  });
});
