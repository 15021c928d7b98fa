// Clients that keep asking a gateway which may be killed at any moment.

import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { pick, type Random } from "@fairlead/runtime";

/** The key that they show. */
export const KEY = "fl-dev-0123456789abcdef0123";
/** Clients at once. */
export const CLIENTS = 24;
/** The share of answers that come at a model's pace, 600 tokens a second; the others come at once. */
export type SlowShare = number;

const AGENT = new Agent({ keepAlive: true, maxSockets: CLIENTS });
const AT_ONCE = { first_token_ms: 0, tokens_per_second: 100_000, delta_chars: 40 };

/** One request, read to its end or left in the middle. Never rejects: the gateway may be killed at any moment. */
export function ask(base: string, name: string, random: Random, slowShare: SlowShare): Promise<void> {
  const leaves = random.next() < 0.1;
  const stream = random.next() < 0.8;
  const slow = random.next() < slowShare;
  const words = 10 + pick(random, slow ? 60 : 20);
  const body = JSON.stringify({
    model: "claude-haiku-5-5",
    max_tokens: 400,
    stream,
    messages: [{ role: "user", content: `Write ${words} words. ${"context ".repeat(pick(random, 200))}` }],
  });
  const script = slow ? undefined : { blocks: [{ type: "text", words }], ...AT_ONCE };
  return new Promise((resolve) => {
    const done = () => resolve();
    const req: ClientRequest = httpRequest(
      `${base}/v1/messages`,
      {
        method: "POST",
        agent: AGENT,
        headers: {
          "x-api-key": KEY,
          "anthropic-version": "2023-06-01",
          "content-type": "application/json",
          "x-client-request-id": name,
          ...(script === undefined ? {} : { "x-simulator-answer": JSON.stringify(script) }),
        },
      },
      (res) => {
        res.on("data", () => {
          if (leaves) req.destroy();
        });
        res.on("close", done);
        res.on("error", done);
      },
    );
    req.on("error", done);
    req.end(body);
  });
}
