// Thousands of generated answers over real sockets: streams under any chunking, JSON in any spelling, all byte for byte.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_KEY, MODEL } from "../grid/stand.ts";
import { startGateway } from "../watched-gateway.ts";
import { space, stringLiteral, valueText } from "./json-text.ts";
import { eachOf, firstDifference, headerLines, headerOf, type Lane, lane } from "./lane.ts";
import { holds } from "./property.ts";
import { type Script, type ScriptUpstream, startScriptUpstream } from "./script-upstream.ts";
import { stream } from "./streams.ts";

const BATCHES = 60;
const BATCH = 40;
const CONNECTIONS = 8;

let upstream: ScriptUpstream;
let gateway: Gateway;
let client: Lane;
beforeAll(async () => {
  upstream = await startScriptUpstream();
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
upstreams:
  - { name: script, provider: anthropic, base_url: "${upstream.url}", api_key: "\${KEY}", proxy: none }
models:
  - { match: "alias-*", upstreams: [{ upstream: script, model: ${MODEL} }] }
  - { match: "*", upstreams: [script] }
store: "memory:"
projects:
  - { name: untouched, keys: [${CLIENT_KEY}] }
log: { requests: false }
# An error event that arrives together with the content before it could still be exchanged; here it must come through.
retry: { attempts: 1 }
breaker: { consecutive: 100, volume: 10000 }`;
  gateway = await startGateway(readConfig(text, "/nowhere/fairlead.yaml", { KEY: "sk-1" }).config, systemRuntime(), {
    log: () => {},
  });
  client = lane(CONNECTIONS);
});
afterAll(async () => {
  client.close();
  await gateway.close();
  await upstream.close();
});

/** Headers of one hop, of the moment, and ours. */
const ADDED = /^(?:connection|keep-alive|transfer-encoding|content-length|date|x-accel-buffering|fairlead-.*)$/;
const upstreams = (lower: string) => !ADDED.test(lower);

const headers = fc.array(
  fc.constantFrom<[string, string]>(
    ["request-id", "req_018Ee"],
    ["Anthropic-RateLimit-Requests-Remaining", "49"],
    ["anthropic-organization-id", "8a9f"],
    ["set-cookie", "a=1; Path=/"],
    ["Set-Cookie", "b=2"],
    ["CF-Ray", "8f-SJC"],
    ["X-Odd", "caf\u00e9, with \u00a7"],
    ["x-empty", ""],
    ["anthropic-future", "1;q=2"],
    ["retry-after", "3"],
  ),
  { maxLength: 6 },
);
const cuts = fc.oneof(
  fc.constant<number[]>([]),
  fc.array(fc.nat(100_000), { minLength: 1, maxLength: 12 }),
  fc.array(fc.nat(100_000), { minLength: 100, maxLength: 300 }),
);

/** An answer, and the request that asks for it. */
interface Planned {
  readonly script: Script;
  readonly streamed: boolean;
  readonly alias: boolean;
}

const streams: fc.Arbitrary<Planned> = fc
  .tuple(
    stream,
    headers,
    cuts,
    cuts,
    fc.boolean(),
    fc.constantFrom("text/event-stream", "text/event-stream; charset=utf-8"),
  )
  .map(([{ bytes }, more, chunks, writes, alias, type]) => ({
    script: { status: 200, headers: ["content-type", type, ...more.flat()], body: bytes, chunks, writes },
    streamed: true,
    alias,
  }));

const jsonBody = fc
  .tuple(space, space, stringLiteral, valueText, space, space)
  .map(([a, b, text, future, c, d]) =>
    Buffer.from(
      `${a}{${b}"id":"msg_1","type":"message",${c}"role":"assistant","model":"${MODEL}","content":[{"type":"text","text":${text}}],"future":${future},"stop_reason":"end_turn","usage":{"input_tokens":3,${b}"output_tokens":2}${c}}${d}`,
    ),
  );
const errorBody = fc
  .tuple(space, stringLiteral, valueText)
  .map(([a, text, future]) =>
    Buffer.from(
      `${a}{"type":"error",${a}"error":{"type":"invalid_request_error","message":${text}},"future":${future}}`,
    ),
  );
const answers: fc.Arbitrary<Planned> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: jsonBody.map((body) => ({ status: 200, body })) },
      { weight: 1, arbitrary: errorBody.map((body) => ({ status: 400, body })) },
      { weight: 1, arbitrary: errorBody.map((body) => ({ status: 422, body })) },
    ),
    headers,
    fc.oneof(fc.constant<"length">("length"), cuts),
    cuts,
    fc.boolean(),
    fc.constantFrom("application/json", "application/json; charset=utf-8", "Application/JSON"),
  )
  .map(([{ status, body }, more, chunks, writes, alias, type]) => ({
    script: { status, headers: ["Content-Type", type, ...more.flat()], body, chunks, writes },
    streamed: false,
    alias,
  }));

let asked = 0;

async function ask({ script, streamed, alias }: Planned): Promise<void> {
  const id = `answer-${++asked}`;
  upstream.scripts.set(id, script);
  const model = alias ? "alias-one" : MODEL;
  const body = Buffer.from(`{"model":"${model}","max_tokens":64,"stream":${streamed},"messages":[]}`);
  const sent = ["x-api-key", CLIENT_KEY, "content-type", "application/json", "x-id", id];
  const answer = await client.post(gateway.url, "/v1/messages", sent, body);
  upstream.scripts.delete(id);
  if (!answer.body.equals(script.body) && !endedByError(answer.body, script.body))
    throw new Error(firstDifference(answer.body, script.body));
  expect(answer.status).toBe(script.status);
  const lines = (raw: readonly string[]) => headerLines(raw, upstreams).join("\n");
  if (lines(answer.rawHeaders) !== lines(script.headers))
    throw new Error(`headers:\n${lines(answer.rawHeaders)}\nin place of:\n${lines(script.headers)}`);
  expect(headerOf(answer.rawHeaders, "fairlead-rewritten")).toBe(alias ? "model" : "none");
  expect(headerOf(answer.rawHeaders, "fairlead-attempts")).toBe("1");
}

/** The upstream's error event ends the answer at once: of a CRLF that comes in two reads its LF may stay behind. */
function endedByError(got: Buffer, sent: Buffer): boolean {
  return sent.includes("event: error") && sent.toString("latin1").endsWith("\r\n") && got.equals(sent.subarray(0, -1));
}

describe("generated answers arrive with the same bytes and the same headers", () => {
  const batches = (planned: fc.Arbitrary<Planned>) =>
    holds(fc.array(planned, { minLength: BATCH, maxLength: BATCH, size: "max" }), BATCHES, (batch) =>
      eachOf(batch, CONNECTIONS, ask),
    );

  test("streams, under any chunking", () => batches(streams), 120_000);
  test("JSON, and errors in JSON", () => batches(answers), 120_000);

  test("and they were thousands", () => expect(asked).toBeGreaterThanOrEqual(2 * BATCHES * BATCH));
});
