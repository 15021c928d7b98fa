// Tests of createFetch on real sockets: that it is a fetch, and tells how it has fared.

import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApiServer, apiServer, type Deed, END, frame, HELLO, ok, refuse, START } from "../testing/api-server.ts";
import { createFetch, type ResilientFetch } from "./index.ts";

let api: ApiServer;
let fetch: ResilientFetch;

beforeEach(async () => {
  api = await apiServer();
  fetch = createFetch({ retry: { max_delay: 30 }, timeouts: { idle: "2s" } });
});
afterEach(async () => {
  await fetch.close();
  await api.close();
});

function ask(more: RequestInit & { stream?: boolean } = {}): Promise<Response> {
  const { stream = false, ...init } = more;
  const body = JSON.stringify({ model: "m", max_tokens: 5, stream, messages: [] });
  const headers = { "content-type": "application/json", "x-api-key": "caller-key" };
  return fetch(`${api.url}/v1/messages?beta=true`, { method: "POST", headers, body, ...init });
}

interface Caught {
  readonly name: string;
  readonly message: string;
  readonly cause?: { readonly code?: string; readonly message: string };
}

async function caught(work: Promise<unknown>): Promise<Caught> {
  try {
    await work;
  } catch (e) {
    return e as Caught;
  }
  throw new Error("it did not fail");
}

describe("a drop-in", () => {
  test("gives a real Response with the upstream's status, headers and bytes", async () => {
    const response = await ask();
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.ok, response.url]).toEqual([200, true, `${api.url}/v1/messages?beta=true`]);
    expect(response.headers.get("request-id")).toBe("up_1");
    expect(response.headers.get("fairlead-attempts")).toBe("1");
    expect(response.headers.get("fairlead-request-id")).toMatch(/^req_fl_\w{20}$/);
    expect(response.headers.get("fairlead-upstream")).toBe(new URL(api.url).host);
    expect(await response.clone().json()).toMatchObject({ id: "msg_1" });
    expect(await response.json()).toMatchObject({ usage: { output_tokens: 5 } });
  });

  test("sends path, query, method, headers and body as they were given", async () => {
    await ask({ headers: { "x-api-key": "k", "X-Odd": " two  words ", "anthropic-beta": "a,b" } });
    const [seen] = api.seen;
    expect([seen?.method, seen?.url]).toEqual(["POST", "/v1/messages?beta=true"]);
    expect(seen?.headers).toMatchObject({ "x-api-key": "k", "x-odd": "two  words", "anthropic-beta": "a,b" });
    expect(seen?.headers["accept-encoding"]).toBe("identity");
    expect(seen?.body.toString()).toBe('{"model":"m","max_tokens":5,"stream":false,"messages":[]}');
  });

  const text = "höchst ungewöhnlich";
  const form = new FormData();
  form.set("file", new Blob([text]), "a.txt");
  test.each<[string, () => unknown, string | RegExp, string | RegExp]>([
    ["string", () => text, text, "text/plain;charset=UTF-8"],
    ["Uint8Array", () => new TextEncoder().encode(`xx${text}`).subarray(2), text, /^$/],
    ["ArrayBuffer", () => new TextEncoder().encode(text).buffer, text, /^$/],
    ["Blob", () => new Blob([text], { type: "text/x-odd" }), text, "text/x-odd"],
    [
      "URLSearchParams",
      () => new URLSearchParams({ a: "b c" }),
      "a=b+c",
      "application/x-www-form-urlencoded;charset=UTF-8",
    ],
    ["FormData", () => form, /filename="a.txt"[\s\S]*höchst/, /^multipart\/form-data; boundary=/],
    ["ReadableStream", () => new Blob([text]).stream(), text, /^$/],
    [
      "async iterable",
      async function* () {
        yield text.slice(0, 5);
        yield Buffer.from(text.slice(5));
      },
      text,
      /^$/,
    ],
    ["nothing", () => undefined, "", /^$/],
  ])("takes a body of kind %s", async (_, make, sent, type) => {
    const init = { method: "POST", body: make() as never, duplex: "half" } as RequestInit;
    await (await fetch(`${api.url}/v1/files`, init)).text();
    const body = api.seen[0]?.body.toString() ?? "";
    if (typeof sent === "string") expect(body).toBe(sent);
    else expect(body).toMatch(sent);
    const got = api.seen[0]?.headers["content-type"] ?? "";
    if (typeof type === "string") expect(got).toBe(type);
    else expect(got).toMatch(type);
  });

  test("keeps what it was given: a caller may write into its array at once", async () => {
    const view = new TextEncoder().encode("original");
    const { buffer } = new TextEncoder().encode("original");
    const calls = [view, buffer].map((body) => fetch(`${api.url}/v1/files`, { method: "POST", body }));
    view.fill(88);
    new Uint8Array(buffer).fill(88);
    await Promise.all(calls);
    expect(api.seen.map((one) => one.body.toString())).toEqual(["original", "original"]);
  });

  test("never asks for a compressed answer, which could not be read on its way", async () => {
    await fetch(`${api.url}/v1/models`, { headers: { "accept-encoding": "gzip, br" } });
    expect(api.seen[0]?.headers["accept-encoding"]).toBeUndefined();
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("reads an answer that comes as %s all the same: whole, cut off, an error", async (encoding, pack) => {
    const packed = (text: string, status = 200, type = "text/event-stream"): Deed => {
      return (_, res) => res.writeHead(status, { "content-type": type, "content-encoding": encoding }).end(pack(text));
    };
    const one = createFetch({ retry: { attempts: 1 } });
    const stream = '{"model":"m","stream":true}';
    const told = async () => {
      const response = await one(`${api.url}/v1/messages`, { method: "POST", body: stream });
      expect(response.headers.has("content-encoding")).toBe(false);
      return response.text();
    };
    api.deeds = [
      packed(START + HELLO + END),
      packed(START + HELLO),
      packed('{"type":"error"}', 529, "application/json"),
    ];
    expect(await told()).toBe(START + HELLO + END);
    expect(await told()).toContain("fairlead_cut");
    expect(await told()).toBe('{"type":"error"}');
    // Long and hardly compressible, so that what comes before the cut can be unpacked.
    const words = randomBytes(150_000).toString("base64");
    const delta = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: words } });
    const bytes = pack(START + HELLO + delta);
    const half = bytes.subarray(0, bytes.length - 9);
    const length = { "content-length": String(bytes.length) };
    api.deeds = [
      (_, res) => {
        res.writeHead(200, { "content-type": "text/event-stream", "content-encoding": encoding, ...length });
        res.write(half, () => setTimeout(() => res.destroy(), 50));
      },
      (_, res) => res.writeHead(200, { "content-type": "text/event-stream", "content-encoding": encoding }).end(half),
      (_, res) =>
        res.writeHead(200, { "content-type": "text/event-stream", "content-encoding": encoding }).end("plain"),
    ];
    api.seen.length = 0;
    for (let i = 0; i < 2; i++) expect(await told()).toMatch(/^event: message_start[\s\S]*fairlead_cut/);
    expect(await caught(told())).toMatchObject({ message: "fetch failed" });
    expect(one.snapshot().sinceStart.byVerdict).toEqual({ ok: 1, cut: 3, overloaded: 1, "cut-early": 1 });
    for (const { inFlight } of one.snapshot().loads) expect(inFlight).toBe(0);
  });

  test("takes a Request, a URL, and what init says over a Request", async () => {
    const request = new Request(`${api.url}/v1/messages`, {
      method: "POST",
      body: '{"model":"m"}',
      headers: { "x-a": "1" },
    });
    await (await fetch(request)).text();
    expect([api.seen[0]?.method, api.seen[0]?.headers["x-a"], api.seen[0]?.body.toString()]).toEqual([
      "POST",
      "1",
      '{"model":"m"}',
    ]);
    await (await fetch(new URL(`${api.url}/v1/models`))).text();
    expect([api.seen[1]?.method, api.seen[1]?.url]).toEqual(["GET", "/v1/models"]);
    const other = new Request(`${api.url}/v1/messages`, { method: "POST", body: "one" });
    await (await fetch(other, { body: "two", headers: { "x-b": "2" } })).text();
    expect([api.seen[2]?.body.toString(), api.seen[2]?.headers["x-b"]]).toEqual(["two", "2"]);
  });

  test("refuses what fetch refuses, as a TypeError", async () => {
    for (const [input, init] of [
      ["/relative", {}],
      ["http://user:pass@127.0.0.1/", {}],
      [`${api.url}/`, { method: "GET", body: "x" }],
      ["ftp://127.0.0.1/x", {}],
      [`${api.url}/`, { headers: { "bad name": "x" } }],
      [`${api.url}/`, { headers: { a: "b\r\nc: d" } }],
    ] as const) {
      expect(await caught(fetch(input, init))).toBeInstanceOf(TypeError);
    }
    expect(api.seen).toEqual([]);
  });

  test("a body above the limit is refused before anything is sent, a stream too", async () => {
    const small = createFetch({ maxBody: 10 });
    for (const body of ["x".repeat(11), new Blob(["x".repeat(11)]), new Blob(["x".repeat(11)]).stream()]) {
      const e = await caught(small(api.url, { method: "POST", body, duplex: "half" } as RequestInit));
      expect(e.message).toContain("maxBody");
    }
    expect(api.seen).toEqual([]);
  });

  test("answers without a body have none: 204 and HEAD", async () => {
    api.deeds = [(_, res) => void res.writeHead(204).end(), ok];
    expect((await fetch(`${api.url}/v1/files/x`, { method: "DELETE" })).body).toBeNull();
    const head = await fetch(`${api.url}/v1/models`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("a compressed answer that nobody asked for is unpacked", async () => {
    api.deeds = [
      (_, res) =>
        void res
          .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
          .end(gzipSync('{"a":1}')),
    ];
    const response = await ask();
    expect([await response.json(), response.headers.get("content-encoding")]).toEqual([{ a: 1 }, null]);
  });
});

test("the snapshot tells what was counted once, kept and given again", async () => {
  api.deeds = [ok, ok, ok];
  const count = () => fetch(`${api.url}/v1/messages/count_tokens`, { method: "POST", body: '{"model":"m"}' });
  await Promise.all([count(), count()].map(async (one) => (await one).text()));
  await (await count()).text();
  const { joins, cache, sinceStart } = fetch.snapshot();
  expect(sinceStart).toMatchObject({ requests: 3, attempts: 1 });
  expect(joins).toMatchObject({ led: 1, joined: 1, alone: 0 });
  expect(cache).toMatchObject({ hits: 1, misses: 2, entries: 1 });
});

test("the snapshot tells of what happened, and describe of what stands where", async () => {
  api.deeds = [refuse(529), ok];
  await (await ask({ stream: true })).text();
  const { sinceStart, breakers, pools, at } = fetch.snapshot();
  expect(sinceStart).toMatchObject({ requests: 1, succeeded: 1, attempts: 2, retryRate: 1, byStatus: { 200: 1 } });
  expect(sinceStart.tokens).toMatchObject({ input: 3, output: 5 });
  expect(sinceStart.firstTokenMs.count).toBe(1);
  expect(breakers.map((one) => one.state)).toEqual(["closed", "closed"]);
  expect(pools).toMatchObject([{ upstream: new URL(api.url).host, active: 0, idle: 1, made: 1, requests: 2 }]);
  expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(5_000);
  const { loads, upstreams, queue, quotas, balance, budgets } = fetch.snapshot();
  const platform = new URL(api.url).host;
  expect(loads).toEqual([{ platform, model: "m", inFlight: 0, limit: null, why: "" }]);
  expect(upstreams).toEqual([{ upstream: platform, inFlight: 0 }]);
  expect(queue).toMatchObject({ waiting: 0, oldestMs: 0, refused: { full: 0, max_wait: 0 } });
  expect([quotas, balance.moves]).toEqual([[], 0]);
  expect(budgets).toMatchObject([{ platform, model: "m" }]);
  // One repeat was drawn from ten tokens, and one success gave a tenth back.
  expect(budgets[0]?.tokens).toBeLessThan(10);
  expect(budgets[0]?.denied).toBe(0);
  const { joins, cache, hedges, limits, spend } = fetch.snapshot();
  expect([joins.led, cache.misses, hedges.sent, limits, spend]).toEqual([0, 0, 0, null, []]);
  expect(JSON.stringify(fetch.snapshot())).not.toContain("caller-key");
  expect(fetch.describe().map((one) => one.policy)).toEqual([
    "journal",
    "deadline",
    "cache",
    "join",
    "retry",
    "admit",
    "breaker",
    "trace",
    "commit",
    "timeouts",
  ]);
});
