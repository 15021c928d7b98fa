// A request that waits in the gateway's queue, as the newest SDK sees it: comments and pings are skipped, the answer is whole.
import { afterEach, expect, test } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, startWorld, type World } from "./world.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

const PROMPT = {
  model: "claude-sonnet-4-6",
  max_tokens: 50,
  messages: [{ role: "user" as const, content: "say: well done" }],
};

let world: World;
afterEach(() => world.close());

test("a stream that waited for room reads as one that did not", async () => {
  world = await startWorld({ config: "stream: { ping: 1s }\nadmission: { concurrency: 1, wait: 20s }\n" });
  world.fault({ kind: "slow-first-byte", params: { ms: 2_500 }, pattern: { once: true } });
  const bodies: Promise<string>[] = [];
  const tee: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    bodies.push(response.clone().text());
    return response;
  };
  const client = new Anthropic({ baseURL: world.url, apiKey: CLIENT_KEY, fetch: tee, maxRetries: 0 });
  const ask = async () => {
    const events: string[] = [];
    const stream = client.messages.stream(PROMPT).on("streamEvent", ({ type }) => void events.push(type));
    const message = await stream.finalMessage();
    return { events, content: message.content, stop: message.stop_reason };
  };
  const first = ask();
  while (world.received().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const [before, after] = await Promise.all([first, ask()]);
  expect(after.content).toEqual(before.content);
  expect(after.stop).toBe("end_turn");
  expect(after.events.filter((type) => type !== "content_block_delta")).toEqual([
    "message_start",
    "content_block_start",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  const texts = await Promise.all(bodies);
  expect(texts.filter((text) => /^: fairlead queued place=0\n\n/.test(text)).length).toBe(1);
}, 30_000);
