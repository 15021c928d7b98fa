// Limits over real sockets: the 429 as clients get it, the header on answers, duplicates, places of streams given back.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { answer, type Behaviour, startUpstream, type Upstream } from "./upstream.ts";

const WEB = "fl-dev-0123456789abcdef0123";
const CI = "fl-dev-abcdefabcdefabcdef01";

let gateway: Gateway | undefined;
let upstream: Upstream | undefined;

afterEach(async () => {
  await gateway?.close();
  await upstream?.close();
});

async function world(project: string, behave: Behaviour = answer) {
  upstream = await startUpstream(behave);
  const text = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
store: "memory:"
upstreams: [{ name: fake, provider: anthropic, base_url: "${upstream.url}", api_key: "\${UP}", proxy: none }]
projects:
  - { name: web, keys: [${WEB}, { ref: ${CI}, name: ci, limits: { rpm: 1 } }], ${project} }
`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { UP: "sk-upstream-secret-0123456789" });
  gateway = await startGateway(config, systemRuntime(), { log() {} });
  const { url } = gateway;
  const seen = upstream.received;
  const send = (body: object = {}, key = WEB, signal?: AbortSignal) =>
    fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-test",
        max_tokens: 16,
        messages: [{ role: "user", content: "Hi" }],
        ...body,
      }),
      ...(signal === undefined ? {} : { signal }),
    });
  return { send, seen };
}

interface Told {
  readonly error: { readonly message: string; readonly details: { readonly error_code: string } };
}

const told = async (response: Response) => ((await response.json()) as Told).error;

describe("a limit", () => {
  test("answers 429 in Anthropic's shape, with its headers and an exact retry-after", async () => {
    const { send } = await world("limits: { rpm: 2, itpm: 1000000 }");
    const first = await send();
    expect(first.status).toBe(200);
    expect(first.headers.get("fairlead-limits")).toMatch(
      /^requests;l=2;r=1;t=30, input_tokens;l=1000000;r=\d+;t=[01]$/,
    );
    expect(first.headers.has("anthropic-ratelimit-requests-limit")).toBe(false);
    await send();
    const no = await send();
    expect(no.status).toBe(429);
    expect(no.headers.get("retry-after")).toBe("30");
    expect(no.headers.has("x-should-retry")).toBe(false);
    expect(no.headers.get("anthropic-ratelimit-requests-limit")).toBe("2");
    expect(no.headers.get("anthropic-ratelimit-requests-remaining")).toBe("0");
    expect(no.headers.get("anthropic-ratelimit-requests-reset")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(no.headers.get("anthropic-ratelimit-input-tokens-limit")).toBe("1000000");
    expect(no.headers.get("anthropic-ratelimit-tokens-limit")).toBe("1000000");
    expect(await no.json()).toMatchObject({
      type: "error",
      error: {
        type: "rate_limit_error",
        message: "The limit of 2 requests a minute of project web is used up. There is room again in 30 s.",
        details: { error_code: "fairlead_limit_requests" },
      },
      request_id: no.headers.get("request-id"),
    });
  });

  test("of a key holds beside that of its project", async () => {
    const { send } = await world("limits: { rpm: 3 }");
    expect((await send({}, CI)).status).toBe(200);
    const no = await send({}, CI);
    expect((await told(no)).message).toContain("of key ci of project web");
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(429);
  });

  test("of streams is free again when a client goes away", async () => {
    const { send } = await world("limits: { streams: 1 }", (_, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(
        'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":1}}}\n\n',
      );
      res.write(
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}\n\n',
      );
    });
    const leave = new AbortController();
    const held = await send({ stream: true }, WEB, leave.signal);
    expect(held.status).toBe(200);
    const no = await send({ stream: true });
    expect(no.status).toBe(429);
    expect((await told(no)).details.error_code).toBe("fairlead_limit_streams");
    leave.abort();
    await expect.poll(async () => (await send({ stream: true }, WEB, AbortSignal.timeout(2_000))).status).toBe(200);
  });

  test("a spent budget says not to retry", async () => {
    const { send } = await world("budget: { usd_per_day: 0.000001 }");
    const first = await send({ model: "claude-sonnet-4-5" });
    expect(first.status).toBe(200);
    await first.text();
    const no = await send({ model: "claude-sonnet-4-5" });
    expect(no.status).toBe(429);
    expect(no.headers.get("x-should-retry")).toBe("false");
    expect((await told(no)).details.error_code).toBe("fairlead_budget_spent");
  });
});

describe("duplicates", () => {
  test("answered once: the second has the first's answer, under way or after it", async () => {
    const { send, seen } = await world("limits: { rpm: 2 }, duplicates: { window: 10s, answer: once }");
    const [a, b] = await Promise.all([send(), send()]);
    const texts = [await a.text(), await b.text(), await (await send()).text()];
    expect(new Set(texts).size).toBe(1);
    expect(seen).toHaveLength(1);
    expect((await send({ max_tokens: 17 })).status).toBe(200);
    expect(seen).toHaveLength(2);
  });

  test("refused: 409 with a code, until the window is over", async () => {
    const { send, seen } = await world("duplicates: { window: 300ms, answer: refuse }");
    await (await send()).text();
    const no = await send();
    expect(no.status).toBe(409);
    expect(no.headers.get("x-should-retry")).toBe("false");
    expect(await told(no)).toMatchObject({
      type: "conflict_error",
      details: { error_code: "fairlead_duplicate_request" },
      message: expect.stringContaining("was answered a moment ago"),
    });
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await send()).status).toBe(200);
    expect(seen).toHaveLength(2);
  });

  test("one that failed may be sent again at once", async () => {
    let calls = 0;
    const { send } = await world("duplicates: { window: 10s, answer: refuse }", (req, res, body) => {
      calls += 1;
      if (calls > 1) return answer(req, res, body);
      res.writeHead(400, { "content-type": "application/json" });
      res.end('{"type":"error","error":{"type":"invalid_request_error","message":"no"}}');
    });
    expect((await send()).status).toBe(400);
    expect((await send()).status).toBe(200);
  });
});
