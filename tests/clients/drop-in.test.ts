// The drop-in fetch of @fairlead/client under every SDK, straight to the simulator, without a gateway: nobody sees a fault.
import { createFetch, type ResilientFetch } from "@fairlead/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";
import type { SdkClass } from "./sdk-journeys.ts";
import { type Received, startWorld, UPSTREAM_KEY, type World } from "./world.ts";

const newest = await installed(() => import("@anthropic-ai/sdk"));
const sdk0137 = await installed(() => import("sdk0137"));
const sdk039 = await installed(() => import("sdk039"));
const { generateText, streamText } = await installed(() => import("ai"));
const { createAnthropic } = await installed(() => import("@ai-sdk/anthropic"));
const { ChatAnthropic } = await installed(() => import("@langchain/anthropic"));
const { OpenAI } = await installed(() => import("openai"));

const MODEL = "claude-sonnet-4-6";

/** A client with this fetch and no retries of its own, asked once. Gives the text of the answer. */
type Ask = (fetch: typeof globalThis.fetch, url: string, prompt: string, stream: boolean) => Promise<string>;

function sdk(Sdk: SdkClass): Ask {
  return async (fetch, url, prompt, stream) => {
    const client = new Sdk({ baseURL: url, apiKey: UPSTREAM_KEY, fetch, maxRetries: 0 });
    const body = { model: MODEL, max_tokens: 1_000, messages: [{ role: "user" as const, content: prompt }] };
    const message = await (stream ? client.messages.stream(body).finalMessage() : client.messages.create(body));
    return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  };
}

const aiSdk: Ask = async (fetch, url, prompt, stream) => {
  const model = createAnthropic({ baseURL: `${url}/v1`, apiKey: UPSTREAM_KEY, fetch })(MODEL);
  if (!stream) return (await generateText({ model, prompt, maxRetries: 0 })).text;
  let text = "";
  for await (const part of streamText({ model, prompt, maxRetries: 0, onError: () => {} }).fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") text += part.text;
  }
  return text;
};

const langchain: Ask = async (fetch, url, prompt, stream) => {
  const model = new ChatAnthropic({
    model: MODEL,
    apiKey: UPSTREAM_KEY,
    anthropicApiUrl: url,
    maxRetries: 0,
    clientOptions: { fetch },
  });
  if (!stream) return (await model.invoke(prompt)).text;
  let text = "";
  for await (const chunk of await model.stream(prompt)) text += chunk.text;
  return text;
};

const openai: Ask = async (fetch, url, prompt, stream) => {
  const defaultHeaders = { "anthropic-version": "2023-06-01" };
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: UPSTREAM_KEY, fetch, maxRetries: 0, defaultHeaders });
  const body = { model: MODEL, messages: [{ role: "user" as const, content: prompt }] };
  if (!stream) return (await client.chat.completions.create(body)).choices[0]?.message.content ?? "";
  let text = "";
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return text;
};

const DOORS: ReadonlyArray<readonly [string, Ask]> = [
  ["@anthropic-ai/sdk 1.12", sdk(newest.Anthropic)],
  ["@anthropic-ai/sdk 0.137", sdk(sdk0137.Anthropic as unknown as SdkClass)],
  ["@anthropic-ai/sdk 0.39", sdk(sdk039.Anthropic as unknown as SdkClass)],
  ["the AI SDK", aiSdk],
  ["LangChain", langchain],
  ["openai", openai],
];

/** Faults that come before the first content, each once. */
const SURVIVED: ReadonlyArray<{ kind: string; phase?: string; streamed?: boolean }> = [
  { kind: "overloaded" },
  { kind: "server-error" },
  { kind: "reset", phase: "before-headers" },
  { kind: "accept-then-close" },
  { kind: "reset", phase: "after-headers" },
  { kind: "truncate", phase: "mid-text", streamed: false },
  { kind: "truncate", phase: "after-message-start", streamed: true },
  { kind: "in-stream-error", phase: "after-message-start", streamed: true },
];

describe.each(DOORS)("%s with the drop-in fetch", (_name, ask) => {
  let world: World;
  let fetch: ResilientFetch;
  beforeAll(async () => {
    world = await startWorld({ regions: ["near", "far"] });
  });
  // Each test with a budget of retries of its own.
  beforeEach(() => {
    fetch = createFetch({ retry: { max_delay: "50ms" } });
  });
  afterEach(async () => {
    await fetch.close();
    world.clear();
  });
  afterAll(() => world.close());

  test.each([false, true])("sends what the SDK sends, and gives back what came (streamed: %s)", async (stream) => {
    const sent: string[] = [];
    const watching: typeof globalThis.fetch = (input, init) => {
      sent.push(String(init?.body));
      return fetch(input, init);
    };
    expect(await ask(watching, world.upstreamUrl, "say: grüße 🚀 \\ end", stream)).toBe("grüße 🚀 \\ end");
    expect(world.received().map(({ body }) => body.toString())).toEqual(sent);
    // The same request by the platform's own fetch has the same headers, but for what belongs to the connection.
    await ask(globalThis.fetch, world.upstreamUrl, "say: grüße 🚀 \\ end", stream);
    const [ours, plain] = world.received();
    expect(sdkHeaders(ours)).toEqual(sdkHeaders(plain));
  });

  const cases = SURVIVED.flatMap((fault) =>
    [false, true].filter((stream) => (fault.streamed ?? stream) === stream).map((stream) => ({ ...fault, stream })),
  );
  test.each(cases)("survives $kind at $phase once (streamed: $stream)", async ({ kind, phase, stream }) => {
    world.fault({ kind, ...(phase === undefined ? {} : { phase }), pattern: { once: true } });
    expect(await ask(fetch, world.upstreamUrl, "say: survived", stream)).toBe("survived");
    const received = world.received();
    expect(received).toHaveLength(2);
    expect(received[0]?.faults).toMatchObject([{ kind, fired: true }]);
  });

  test("a stream that breaks in its text is an error, never a shorter answer", async () => {
    world.fault({ kind: "truncate", phase: "mid-text" });
    await expect(ask(fetch, world.upstreamUrl, "say 80 words", true)).rejects.toThrow();
    expect(world.received()).toHaveLength(1);
  });

  test.each([false, true])("an upstream that is out is left for another (streamed: %s)", async (stream) => {
    const [near, far] = world.simulator.regions;
    const endpoints = [near, far].map((region) => ({
      url: region?.url ?? "",
      name: region?.name ?? "",
      apiKey: UPSTREAM_KEY,
    }));
    const two = createFetch({ endpoints, retry: { max_delay: "50ms" } });
    world.fault({ kind: "overloaded", filter: { region: ["near"] } });
    for (let n = 0; n < 8; n++) expect(await ask(two, "http://nowhere.invalid", `say: ${n}`, stream)).toBe(`${n}`);
    const near529 = world.received().filter(({ region }) => region === "near").length;
    expect(near529).toBeGreaterThan(0);
    expect(near529).toBeLessThan(8);
    expect(two.snapshot().sinceStart).toMatchObject({ requests: 8, succeeded: 8 });
    await two.close();
  });
});

/** Headers that the SDK itself made, lower-case and sorted. */
function sdkHeaders(received: Received | undefined): string[] {
  return (received?.headers ?? [])
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => /^(anthropic|x-|authorization|content-type|accept:|user-agent)/.test(line))
    .sort();
}
