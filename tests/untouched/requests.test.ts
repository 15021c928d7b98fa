// Thousands of generated requests over real sockets: the simulator receives what was sent, byte for byte, header for header.

import type { LogEntry } from "@fairlead/simulator";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_KEY, MODEL, type Stand, startStand } from "../grid/stand.ts";
import { type Body, body } from "./bodies.ts";
import { requestHeaders } from "./header-lines.ts";
import { eachOf, firstDifference, headerLines, headerOf, type Lane, lane } from "./lane.ts";
import { holds } from "./property.ts";

/** Batches, requests in each, and connections that carry them. */
const BATCHES = 50;
const BATCH = 50;
const CONNECTIONS = 8;
/** The names that the gateway knows under another name at the upstream, and those that it leaves as they are. */
const ALIASES = ["alias-quick", 'alias-"quoted"', "alias-\u4e2d\u6587"];
const PLAIN = [MODEL, "claude-haiku-4-5", "claude-nobody-knows"];

/** Headers of one hop, and those that the gateway sets anew: the key, and the encoding, since it reads answers on their way. */
const NOT_TRAVELLING = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "x-api-key",
  "authorization",
  "accept-encoding",
]);
const travels = (lower: string) => !NOT_TRAVELLING.has(lower);

let stand: Stand;
let client: Lane;
beforeAll(async () => {
  stand = await startStand({
    regions: ["first"],
    config: `
models:
  - { match: "alias-*", upstreams: [{ upstream: first, model: ${MODEL} }] }
  - { match: "*", upstreams: [first] }
log: { requests: false }`,
  });
  client = lane(CONNECTIONS);
});
afterAll(async () => {
  client.close();
  await stand.close();
});

/** A generated request. */
interface Sent {
  readonly body: Body;
  readonly headers: readonly string[];
  /** What the simulator is told about its answer's chunks and shape. */
  readonly shape: readonly string[];
}

const shapes = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<unknown>("event", "coalesced", "random", 1, 7, 100)
      .map((chunks) => ["x-simulator-answer", JSON.stringify({ blocks: [{ type: "text", words: 20 }], chunks })]),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        "fragment",
        "fragment;bytes=0",
        "coalesce",
        "buffer",
        "gzip",
        "line-endings",
        "line-endings;with=cr",
        "no-last-blank-line",
        "unknown-event",
        "unknown-delta",
        "many-message-delta",
        "null-usage",
        "no-message-stop",
      )
      .map((fault) => ["x-simulator-fault", fault]),
  },
);
const requests: fc.Arbitrary<Sent> = fc.record({
  body: body([...ALIASES, ...PLAIN]),
  headers: requestHeaders,
  shape: shapes,
});

let sent = 0;
let answered = 0;
let rewritten = 0;
let streamed = 0;
let bytes = 0;

async function send(one: Sent): Promise<void> {
  const id = `untouched-${++sent}`;
  const headers = [
    "x-api-key",
    CLIENT_KEY,
    "content-type",
    "application/json",
    ...one.headers,
    ...one.shape,
    "x-id",
    id,
  ];
  const answer = await client.post(stand.gateway.url, "/v1/messages?beta=true", headers, one.body.bytes);
  const entries = stand.simulator.log.entries.filter((entry) => entry.headers.some(([, value]) => value === id));
  expect(entries, `requests that arrived; the client was told ${answer.status} ${answer.body}`).toHaveLength(1);
  const [entry] = entries as [LogEntry];
  const aliased = one.body.model.startsWith("alias-");
  const expected = aliased ? one.body.as(MODEL) : one.body.bytes;
  // Equality of buffers first: a difference of a megabyte is no text to read.
  if (!entry.body.equals(expected)) throw new Error(firstDifference(entry.body, expected));
  expect(entry.target).toBe("/v1/messages?beta=true");
  expect(headerLines(entry.headers.flat(), travels)).toEqual(headerLines(headers, travels));
  expect(headerOf(answer.rawHeaders, "fairlead-rewritten")).toBe(aliased ? "model" : "none");
  expect(answer.body.length).toBe(entry.bytesOut);
  bytes += expected.length;
  if (answer.status === 200) answered += 1;
  if (aliased) rewritten += 1;
  if (one.body.stream) streamed += 1;
}

describe("generated requests", () => {
  test("arrive with the same bytes and the same headers, the name of an aliased model aside", async () => {
    await holds(fc.array(requests, { minLength: BATCH, maxLength: BATCH, size: "max" }), BATCHES, async (batch) => {
      await eachOf(batch, CONNECTIONS, send);
      stand.simulator.log.clear();
    });
    expect(sent).toBeGreaterThanOrEqual(2_000);
    // The property means something only while requests of every kind are among them, and most are good ones.
    expect(answered / sent).toBeGreaterThan(0.4);
    expect(rewritten / sent).toBeGreaterThan(0.2);
    expect(streamed / sent).toBeGreaterThan(0.3);
    console.log(
      `${sent} requests of ${Math.round(bytes / 1e6)} MB, ${answered} answered with 200, ${rewritten} rewritten`,
    );
  }, 120_000);
});
