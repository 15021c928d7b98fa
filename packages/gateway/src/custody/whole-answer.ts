// An answer of which the gateway must read all: gathered, bounded, and passed on as the same bytes.

import { type Answer, bytesSource, type Flow, followingFlow } from "@fairlead/engine";
import { rawGet } from "@fairlead/protocol";
import { unpackerOf } from "@fairlead/providers/anthropic";

/** Answers about files and batches are some hundred bytes, lists of 1,000 of them some 500 KB. */
const LARGEST = 33_554_432;

/** Whether an answer is JSON in one piece, compressed or not: what is not passes as it comes. */
export function isJson({ flow, headers }: Answer): boolean {
  if (flow.reader !== undefined) return !flow.reader.streamed;
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(rawGet(headers, "content-type") ?? "");
}

/** The bytes of an answer; undefined when it broke, or is larger than 32 MB. Its flow is used up by this. */
export function wholeBody(flow: Flow): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    flow.pipe({
      write(chunk) {
        pieces.push(chunk);
        size += chunk.length;
        if (size > LARGEST)
          flow.abort({ verdict: "cut", code: "malformed_answer", type: "api_error", message: "it is too large" });
        return true;
      },
      end: () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)),
      fail: () => resolve(undefined),
    });
  });
}

/** The answer again, with these bytes. */
export function withBody(answer: Answer, body: Buffer): Answer {
  return { ...answer, flow: followingFlow(bytesSource(body), answer.flow) };
}

/** The JSON object of an answer's bytes, its compression taken off; undefined when they are none. */
export function jsonOf(answer: Answer, body: Buffer): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(unpacked(answer, body).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as { readonly [key: string]: unknown })
      : undefined;
  } catch {
    return undefined;
  }
}

/** Upstreams are asked for uncompressed answers; one that compresses all the same must not thereby hide what it made. */
function unpacked(answer: Answer, body: Buffer): Buffer {
  const encoding = rawGet(answer.headers, "content-encoding");
  if (encoding === undefined || encoding === "identity") return body;
  const unpack = unpackerOf(encoding);
  if (unpack === undefined) throw new Error("of an encoding that nothing here unpacks");
  return unpack(body);
}
