// What every version of the Anthropic SDK must be able to do through the gateway: text, thinking, tools, streamed or not.
import type { Anthropic, ClientOptions } from "@anthropic-ai/sdk";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_KEY, expectUntouched, headerOf, jsonOf, startWorld, type World } from "./world.ts";

/** A constructor of an SDK's client. Older versions are called through the newest one's types, which they grew into. */
export type SdkClass = new (options: ClientOptions) => Anthropic;

/** What differs between the versions. */
export interface SdkFacts {
  readonly name: string;
  /** The class `Anthropic` of this version. */
  readonly Sdk: SdkClass;
  /** `anthropic-version` that it sends. */
  readonly version: string;
  /** The header in which it sends an API key. */
  readonly keyHeader: "x-api-key" | "authorization";
}

/** A model that takes thinking with a budget, and one that always thinks. */
const MODEL = "claude-sonnet-4-6";
const THINKER = "claude-opus-5-5";

const SAID = 'Grüße "quoted" \\ 你好 🚀 e\u0301 end';
const WEATHER = {
  name: "get_weather",
  description: "The weather of a city.",
  input_schema: { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] },
};
const ASKED = 'Please use tool get_weather {"city":"Zürich 🏔"}';

/** Registers the journeys of one version. */
export function sdkJourneys({ name, Sdk, version, keyHeader }: SdkFacts): void {
  describe(`${name} through the gateway`, () => {
    let world: World;
    let client: Anthropic;
    beforeAll(async () => {
      world = await startWorld();
      client = new Sdk({ baseURL: world.url, apiKey: CLIENT_KEY });
    });
    afterEach(() => world.clear());
    afterAll(() => world.close());

    const say = (text: string) => ({
      model: MODEL,
      max_tokens: 500,
      messages: [{ role: "user" as const, content: `say: ${text}` }],
    });

    test("text in one piece", async () => {
      const { data: message, response, request_id } = await client.messages.create(say(SAID)).withResponse();
      expect(message.content).toMatchObject([{ type: "text", text: SAID }]);
      expect(message).toMatchObject({ role: "assistant", model: MODEL, stop_reason: "end_turn" });
      expect(message.usage.input_tokens).toBeGreaterThan(0);
      expect(message.usage.output_tokens).toBeGreaterThan(0);
      const received = world.only();
      expect(message).toHaveProperty("_request_id", received.requestId);
      expect(request_id).toBe(received.requestId);
      expect(headerOf(received, "anthropic-version")).toBe(version);
      expect(response.headers.get("fairlead-upstream")).toBe("near");
      expect(response.headers.get("fairlead-attempts")).toBe("1");
      expect(response.headers.get("fairlead-rewritten")).toBe("none");
      expect(headerOf(world.tap.requests[0] ?? { headers: [] }, keyHeader)).toContain(CLIENT_KEY);
      expectUntouched(world);
    });

    test("text as raw events, each in its place", async () => {
      const stream = await client.messages.create({ ...say(SAID), stream: true });
      const kinds: string[] = [];
      let text = "";
      for await (const event of stream) {
        if (event.type !== "content_block_delta" || kinds.at(-1) !== event.type) kinds.push(event.type);
        if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
      }
      expect(text).toBe(SAID);
      expect(kinds).toEqual([
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ]);
      expectUntouched(world);
    });

    test("text by .stream(): events, deltas and the final message", async () => {
      let text = "";
      const stream = client.messages.stream(say(SAID)).on("text", (delta) => {
        text += delta;
      });
      const message = await stream.finalMessage();
      expect(text).toBe(SAID);
      expect(message.content).toMatchObject([{ type: "text", text: SAID }]);
      expect(message.stop_reason).toBe("end_turn");
      expect(stream.request_id ?? world.only().requestId).toBe(world.only().requestId);
      expect(message.usage.output_tokens).toBe(world.simulator.bills().total.outputTokens);
      expectUntouched(world);
    });

    test.each([false, true])(
      "thinking comes with its signature and goes back in the next turn (streamed: %s)",
      async (streamed) => {
        const first = {
          model: MODEL,
          max_tokens: 4_000,
          thinking: { type: "enabled" as const, budget_tokens: 2_000 },
          messages: [{ role: "user" as const, content: "think 40 words, then say: thought through" }],
        };
        const ask = (body: Anthropic.MessageCreateParamsNonStreaming) =>
          streamed ? client.messages.stream(body).finalMessage() : client.messages.create(body);
        const message = await ask(first);
        const [thinking, text] = message.content;
        expect(message.content.map(({ type }) => type)).toEqual(["thinking", "text"]);
        expect(thinking?.type === "thinking" && thinking.thinking.split(" ").length).toBe(40);
        expect(thinking?.type === "thinking" && thinking.signature.length).toBeGreaterThan(20);
        expect(text?.type === "text" && text.text).toContain("Simulated answer");
        // The simulator refuses a signature that does not belong to its thinking, as the API does.
        const second = await ask({
          ...first,
          messages: [
            ...first.messages,
            { role: "assistant", content: message.content },
            { role: "user", content: "say: on" },
          ],
        });
        expect(second.content.at(-1)).toMatchObject({ type: "text", text: "on" });
        expectUntouched(world);
      },
    );

    test("adaptive thinking with its text omitted", async () => {
      const message = await client.messages
        .stream({ ...say("short"), model: THINKER, thinking: { type: "adaptive", display: "omitted" } })
        .finalMessage();
      expect(message.content[0]).toMatchObject({ type: "thinking", thinking: "" });
      expect(message.content[0]).toHaveProperty("signature", expect.stringMatching(/.{20}/));
      expect(message.content[1]).toMatchObject({ type: "text", text: "short" });
      expectUntouched(world);
    });

    test.each([false, true])("a tool is called, answered, and its result used (streamed: %s)", async (streamed) => {
      const ask = (body: Anthropic.MessageCreateParamsNonStreaming) =>
        streamed ? client.messages.stream(body).finalMessage() : client.messages.create(body);
      const first = {
        model: MODEL,
        max_tokens: 1_000,
        tools: [WEATHER],
        messages: [{ role: "user" as const, content: ASKED }],
      };
      const message = await ask(first);
      expect(message.stop_reason).toBe("tool_use");
      const call = message.content.find((block) => block.type === "tool_use");
      expect(call).toMatchObject({ name: "get_weather", input: { city: "Zürich 🏔" } });
      const second = await ask({
        ...first,
        messages: [
          ...first.messages,
          { role: "assistant", content: message.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: "12 °C, fog" }] },
        ],
      });
      expect(second.content).toMatchObject([{ type: "text", text: "The tool answered: 12 °C, fog" }]);
      expectUntouched(world);
    });

    test("betas, metadata and headers of the caller's own arrive as they were given", async () => {
      const body = { ...say("beta"), metadata: { user_id: "user-7" }, unheard_of: { deep: [1, 2.5e300, null] } };
      await client.messages.create(body, {
        headers: { "anthropic-beta": "context-1m-2025-08-07, files-api-2025-04-14", "X-Team": "red" },
      });
      const received = world.only();
      expect(headerOf(received, "anthropic-beta")).toBe("context-1m-2025-08-07, files-api-2025-04-14");
      expect(headerOf(received, "x-team")).toBe("red");
      expect(jsonOf(received)).toMatchObject({
        metadata: { user_id: "user-7" },
        unheard_of: { deep: [1, 2.5e300, null] },
      });
      expectUntouched(world);
    });

    test("a refusal of the upstream's own arrives as it is", async () => {
      const asked = client.messages.create({ ...say("x"), max_tokens: 10_000_000, stream: true });
      const error = await asked.then(
        () => undefined,
        (e: Error & Record<string, unknown>) => e,
      );
      const received = world.only();
      expect(error?.status).toBe(400);
      expect(error?.constructor.name).toBe("BadRequestError");
      expect(error?.requestID ?? error?.request_id).toBe(received.requestId);
      expect(error?.error).toEqual({
        type: "error",
        error: { type: "invalid_request_error", message: expect.stringContaining("max_tokens: 10000000 > 128000") },
        request_id: received.requestId,
      });
      expectUntouched(world);
    });

    // Tried again: a pause of the machine is late once, a fault each time.
    test("an abort in the middle of a stream reaches the upstream at once", { retry: 2 }, async () => {
      const stream = await client.messages.create(
        {
          model: MODEL,
          max_tokens: 100_000,
          stream: true,
          messages: [{ role: "user", content: "write 50000 tokens" }],
        },
        {
          headers: {
            "x-simulator-answer": JSON.stringify({
              blocks: [{ type: "text", tokens: 50_000 }],
              tokens_per_second: 400,
            }),
          },
        },
      );
      let deltas = 0;
      for await (const event of stream) {
        if (event.type === "content_block_delta") deltas += 1;
        if (deltas === 5) stream.controller.abort();
      }
      const abortedAt = Date.now();
      await expect.poll(() => world.only().ended, { interval: 5, timeout: 2_000 }).toBe("client-left");
      expect((world.only().disconnectedAt ?? Number.POSITIVE_INFINITY) - abortedAt).toBeLessThan(100);
      expect(deltas).toBeLessThan(50);
      expectUntouched(world);
    });
  });
}
