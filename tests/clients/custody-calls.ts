// What the tests of custody ask of a gateway, with the newest SDK and without.

import type { Anthropic as Client } from "@anthropic-ai/sdk";
import type { Gateway } from "@fairlead/gateway";
import { installed } from "./installed.ts";

const { Anthropic, toFile } = await installed(() => import("@anthropic-ai/sdk"));

/** A model that the simulator knows. */
export const MODEL = "claude-sonnet-4-6";

/** An SDK at a gateway, without retries of its own. */
export const clientOf = (gateway: Gateway, apiKey: string) =>
  new Anthropic({ baseURL: gateway.url, apiKey, maxRetries: 0 });
/** Uploads a small file. */
export const upload = async (client: Client, name: string) =>
  client.files.upload({ file: await toFile(Buffer.from(`content of ${name}`), name, { type: "text/plain" }) });
/** Creates a batch of one request. */
export const batchOf = (client: Client, content: unknown = "say: hi") =>
  client.messages.batches.create({
    requests: [
      { custom_id: "one", params: { model: MODEL, max_tokens: 10, messages: [{ role: "user", content }] } },
    ] as never,
  });
/** All ids of a list, over all of its pages. */
export const idsOf = async (list: AsyncIterable<{ readonly id: string }>) => {
  const ids: string[] = [];
  for await (const { id } of list) ids.push(id);
  return ids;
};
/** A request without the SDK: GET, or POST with a body. */
export const ask = (
  gateway: Gateway,
  key: string,
  path: string,
  body?: unknown,
  method = body === undefined ? "GET" : "POST",
) =>
  fetch(`${gateway.url}${path}`, {
    method,
    headers: { "x-api-key": key, "anthropic-version": "2023-06-01", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
/** The JSON of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: the body of an answer, as the test expects it
export const bodyOf = async (answer: Response): Promise<any> => answer.json();
/** A message with these blocks before its text. */
export const messageWith = (...content: unknown[]) => ({
  model: MODEL,
  max_tokens: 10,
  messages: [{ role: "user", content: [...content, { type: "text", text: "say: hi" }] }],
});
/** A block that makes the API read a file. */
export const documentOf = (file_id: string) => ({ type: "document", source: { type: "file", file_id } });
