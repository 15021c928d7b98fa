// Callers that use a real SDK: what they got whole, what broke under them, what failed.

import { installed } from "../clients/installed.ts";
import { OPEN } from "./outage-world.ts";

const { Anthropic } = await installed(() => import("../clients/node_modules/@anthropic-ai/sdk/index.mjs"));

/** What callers saw. */
export interface Counts {
  whole: number;
  /** Streams that broke after content had come, and were told so. */
  cut: number;
  failed: string[];
  /** Streams that ended without a last event and without an error: a lie. */
  lies: number;
}

/** Callers of the real SDK that ask all the time, every second one for a stream, until told to stop. */
export function sdkCallers(url: string, count: number): () => Promise<Counts> {
  const client = new Anthropic({ baseURL: url, authToken: OPEN, apiKey: null, maxRetries: 2 });
  const counts: Counts = { whole: 0, cut: 0, failed: [], lies: 0 };
  let on = true;
  const one = async (caller: number) => {
    for (let i = 0; on; i++) {
      const ask = {
        model: "claude-haiku-5-5",
        max_tokens: 60,
        messages: [{ role: "user" as const, content: `caller ${caller}, question ${i}` }],
      };
      let content = false;
      try {
        if ((caller + i) % 2 === 0) await client.messages.create(ask);
        else {
          let last = "";
          for await (const event of await client.messages.create({ ...ask, stream: true })) {
            last = event.type;
            content ||= event.type === "content_block_delta";
          }
          if (last !== "message_stop") {
            counts.lies += 1;
            continue;
          }
        }
        counts.whole += 1;
      } catch (e) {
        if (content) counts.cut += 1;
        else counts.failed.push(String(e));
      }
    }
  };
  const all = Promise.all(Array.from({ length: count }, (_, i) => one(i)));
  return async () => {
    on = false;
    await all;
    return counts;
  };
}
