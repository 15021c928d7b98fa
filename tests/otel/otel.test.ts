// Traces as a real collector gets them over OTLP/HTTP, and what upstreams see of them.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFollowed, startUpstream, upstreamYaml } from "../fleet/fleet-world.ts";
import { BODY, configFor, KEY, STREAM_BODY, startWorld, UPSTREAM_KEY, type World } from "../sockets/world.ts";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: { readonly [kind: string]: unknown } }>;
  readonly status: { readonly code: number };
}

interface Posted {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly text: string;
}

let collector: Server;
let endpoint: string;
let status = 200;
const posted: Posted[] = [];
let world: World;

beforeEach(async () => {
  status = 200;
  posted.length = 0;
  collector = createServer((req, res) => {
    let text = "";
    req.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    req.on("end", () => {
      posted.push({ url: req.url ?? "", authorization: req.headers.authorization, text });
      res.writeHead(status, { "content-type": "application/json" });
      res.end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterEach(async () => {
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

const otel = (more = "") => `otel: { endpoint: "${endpoint}", interval: 100ms${more} }`;

async function ask(body = BODY, headers: { [name: string]: string } = {}): Promise<number> {
  const answer = await fetch(`${world.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json", ...headers },
    body,
  });
  await answer.text();
  return answer.status;
}

/** All spans so far; waits until there are `count`. */
async function spans(count: number): Promise<Span[]> {
  const all = () =>
    posted.flatMap(({ text }) =>
      (JSON.parse(text) as { resourceSpans: Array<{ scopeSpans: Array<{ spans: Span[] }> }> }).resourceSpans.flatMap(
        ({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans),
      ),
    );
  for (let i = 0; i < 60 && all().length < count; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  return all();
}

const attributes = (span: Span | undefined) =>
  Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));

/** Values of a header as the upstream got it last. */
function received(name: string): string[] {
  const { headers } = world.upstream.received.at(-1) ?? { headers: [] };
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name);
}

describe("traces", () => {
  it("one span for a request and one for each attempt, with GenAI names, and no word of a prompt", async () => {
    world = await startWorld(otel());
    try {
      expect(await ask(STREAM_BODY.replace("Hi", "a-secret-word"), { "x-claude-code-session-id": "s-1" })).toBe(200);
      const all = await spans(2);
      const request = all.find(({ name }) => name.startsWith("chat"));
      const attempt = all.find(({ name }) => name === "POST");
      expect(request?.name).toBe("chat other");
      expect(attempt?.parentSpanId).toBe(request?.spanId);
      expect(attempt?.traceId).toBe(request?.traceId);
      expect(request?.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(request?.kind).toBe(3);
      expect(attributes(request)).toMatchObject({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-test",
        "gen_ai.request.stream": true,
        "gen_ai.request.max_tokens": 16,
        "gen_ai.response.model": "claude-test",
        "gen_ai.response.id": "msg_1",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 2,
        "gen_ai.conversation.id": "s-1",
        "fairlead.project": "web",
        "server.address": "127.0.0.1",
      });
      expect(attributes(attempt)).toMatchObject({ "http.response.status_code": 200, "fairlead.upstream": "fake" });
      const length = Number(request?.endTimeUnixNano) - Number(request?.startTimeUnixNano);
      expect(length).toBeGreaterThan(0);
      expect(Math.abs(Number(request?.endTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(10_000);
      const text = posted.map((one) => one.text).join("");
      for (const secret of ["a-secret-word", KEY, UPSTREAM_KEY, "Hello"]) expect(text).not.toContain(secret);
      expect(posted[0]?.url).toBe("/v1/traces");
      expect(text).toContain('"service.name"');
    } finally {
      await world.close();
    }
  });

  it.each(["1e300", "1e999", "18446744073709551616"])(
    "max_tokens of %s is not told: collectors refuse a batch for it",
    async (number) => {
      world = await startWorld(otel());
      try {
        expect(await ask(BODY.replace("16", number))).toBe(200);
        const request = (await spans(2)).find(({ name }) => name.startsWith("chat"));
        expect(attributes(request)).toMatchObject({ "gen_ai.request.model": "claude-test" });
        expect(attributes(request)).not.toHaveProperty(["gen_ai.request.max_tokens"]);
      } finally {
        await world.close();
      }
    },
  );

  it("what no model answers is a route of HTTP, and no operation of one", async () => {
    world = await startWorld(otel());
    try {
      for (const path of ["/v1/messages/count_tokens", "/v1/models/claude-test"]) {
        const init = path.startsWith("/v1/models") ? {} : { method: "POST", body: BODY };
        const headers = { "x-api-key": KEY, "content-type": "application/json" };
        const answer = await fetch(world.gateway.url + path, { ...init, headers });
        await answer.text();
        expect(answer.status).toBe(200);
      }
      const requests = (await spans(4)).filter(({ name }) => name.includes(" "));
      expect(requests.map(({ name }) => name).sort()).toEqual([
        "GET /v1/models/{id}",
        "POST /v1/messages/count_tokens",
      ]);
      for (const one of requests) {
        expect(attributes(one)).toMatchObject({ "http.route": one.name.split(" ")[1] });
        expect(JSON.stringify(attributes(one))).not.toContain("gen_ai.");
      }
    } finally {
      await world.close();
    }
  });

  it("an attempt that failed is an error with its type, the next one tells that it is a repeat", async () => {
    let asked = 0;
    world = await startWorld(otel(), (_req, res) => {
      asked += 1;
      if (asked === 1) {
        res.writeHead(529, { "content-type": "application/json", "retry-after": "0" });
        res.end('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
        return;
      }
      res.writeHead(200, { "content-type": "application/json" });
      res.end(
        '{"id":"msg_2","type":"message","role":"assistant","model":"claude-test","content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1,"iterations":[{"type":"compaction","input_tokens":5,"output_tokens":2},{"type":"message","input_tokens":1,"output_tokens":1}]}}',
      );
    });
    try {
      expect(await ask()).toBe(200);
      const all = await spans(3);
      const [first, second] = all.filter(({ name }) => name === "POST");
      // With what the compaction took.
      const request = all.find(({ name }) => name.startsWith("chat"));
      expect(attributes(request)).toMatchObject({ "gen_ai.usage.input_tokens": 6, "gen_ai.usage.output_tokens": 3 });
      expect(first?.status.code).toBe(2);
      expect(attributes(first)).toMatchObject({ "http.response.status_code": 529, "fairlead.verdict": "overloaded" });
      expect(attributes(first)["error.type"]).toBeDefined();
      expect(attributes(second)).toMatchObject({ "http.request.resend_count": 1, "fairlead.verdict": "ok" });
    } finally {
      await world.close();
    }
  });

  it("goes on in the caller's trace, and leaves the caller's header as it is unless told to propagate", async () => {
    const header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    world = await startWorld(otel());
    try {
      await ask(BODY, { traceparent: header, tracestate: "vendor=1" });
      const [request] = (await spans(2)).filter(({ name }) => name.startsWith("chat"));
      expect(request?.traceId).toBe("0af7651916cd43dd8448eb211c80319c");
      expect(request?.parentSpanId).toBe("b7ad6b7169203331");
      expect(received("traceparent")).toEqual([header]);
      expect(received("tracestate")).toEqual(["vendor=1"]);
      // Without one from the caller none is made up.
      await ask();
      expect(received("traceparent")).toEqual([]);
    } finally {
      await world.close();
    }
  });

  it("tells upstreams when asked to: one traceparent, ours, in the caller's trace; tracestate stays with it", async () => {
    world = await startWorld(otel(", propagate: true"));
    try {
      await ask(BODY, {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        tracestate: "vendor=1",
      });
      const [request] = (await spans(2)).filter(({ name }) => name.startsWith("chat"));
      expect(received("traceparent")).toEqual([`00-0af7651916cd43dd8448eb211c80319c-${request?.spanId}-01`]);
      expect(received("tracestate")).toEqual(["vendor=1"]);
      await ask(BODY, {
        traceparent: "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        tracestate: "vendor=1",
      });
      expect(received("traceparent")[0]).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(received("tracestate")).toEqual([]);
    } finally {
      await world.close();
    }
  });

  it("follows the caller's word on sampling, and its own share otherwise", async () => {
    world = await startWorld(otel(", sample: 0"));
    try {
      await ask();
      await ask(BODY, { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00" });
      await ask(BODY, { traceparent: "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
      const all = await spans(2);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set(["1af7651916cd43dd8448eb211c80319c"]));
    } finally {
      await world.close();
    }
  });

  it("a collector that refuses costs nothing but spans, which are counted", async () => {
    status = 400;
    world = await startWorld(otel(", queue: 1, batch: 1"));
    try {
      for (let i = 0; i < 5; i++) expect(await ask()).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 400));
      const metrics = await (await fetch(`${world.gateway.adminUrl}/metrics`)).text();
      expect(metrics).toMatch(/fairlead_otel_spans_total\{result="failed"\} [1-9]/);
      expect(metrics).not.toMatch(/result="exported"/);
    } finally {
      await world.close();
    }
  });
});

it("nothing is made without the block, and a bad one is told", async () => {
  world = await startWorld();
  try {
    await ask();
    expect(received("traceparent")).toEqual([]);
  } finally {
    await world.close();
  }
  expect(() => configFor("http://127.0.0.1:1", "otel: { endpoint: collector }")).toThrow(
    /otel\.endpoint: must be the address of a collector/,
  );
  expect(() =>
    configFor("http://127.0.0.1:1", 'otel: { endpoint: "http://c:4318", headers: { authorization: plain } }'),
  ).toThrow(/otel\.headers\.authorization: is a secret in plain text/);
  expect(() => configFor("http://127.0.0.1:1", 'otel: { endpoint: "http://c:4318", sample: 2 }')).toThrow(
    /from 0 to 1/,
  );
});

it("a reload takes other settings of traces: where spans go, whether upstreams are told, and none at all", async () => {
  const upstream = await startUpstream("one");
  const yaml = (more: string) => `upstreams:\n${upstreamYaml("one", upstream.url)}${more}\n`;
  const followed = await startFollowed(yaml("log: { requests: false }"));
  try {
    await followed.ask();
    followed.write(yaml(otel()));
    await followed.told("config-applied", 1);
    await followed.ask();
    const before = await spans(2);
    expect(before.map(({ name }) => name).sort()).toEqual(["POST", "chat other"]);
    expect(posted.at(-1)?.url).toBe("/v1/traces");
    followed.write(yaml(otel(", service_name: other-name")));
    await followed.told("config-applied", 2);
    await followed.ask();
    expect(await spans(4)).toHaveLength(4);
    expect(posted.at(-1)?.text).toContain("other-name");
    followed.write(yaml(""));
    await followed.told("config-applied", 3);
    await followed.ask();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await spans(4)).toHaveLength(4);
  } finally {
    await followed.close();
    await upstream.close();
  }
});
