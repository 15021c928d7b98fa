// Tests of createFetch on real sockets: that it is a fetch, and what it survives.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApiServer, apiServer, END, frame, HELLO, hangUp, ok, refuse, START } from "../testing/api-server.ts";
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
    const { gzipSync } = await import("node:zlib");
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

describe("failures", () => {
  test("an upstream's own refusal comes back unchanged", async () => {
    api.deeds = [refuse(400, { "x-odd": "1" })];
    const response = await ask();
    expect([response.status, response.headers.get("request-id"), response.headers.get("x-odd")]).toEqual([
      400,
      "up_9",
      "1",
    ]);
    expect(await response.text()).toBe('{"type":"error","error":{"type":"invalid_request_error","message":"no 400"}}');
    expect(api.seen.length).toBe(1);
  });

  test("overload and a lost connection are survived", async () => {
    api.deeds = [hangUp, ok, refuse(529), refuse(529), ok];
    await (await ask()).text();
    api.seen.splice(0, 1);
    api.deeds.shift();
    const response = await ask({ stream: true });
    expect([response.status, response.headers.get("fairlead-attempts")]).toEqual([200, "3"]);
    expect(await response.text()).toBe(START + HELLO + END);
    expect(new Set(api.seen.slice(1).map((one) => one.body.toString())).size).toBe(1);
  });

  test("with no success the upstream's last word is the caller's", async () => {
    api.deeds = [refuse(529)];
    const response = await ask();
    expect(response.status).toBe(529);
    expect(await response.json()).toMatchObject({ error: { message: "no 529" } });
    expect(api.seen.length).toBe(3);
  });

  test("a refused connection is TypeError: fetch failed with the system's code", async () => {
    const { url } = api;
    await api.close();
    const e = await caught(fetch(`${url}/v1/models`));
    expect([e instanceof TypeError, e.message, e.cause?.code]).toEqual([true, "fetch failed", "ECONNREFUSED"]);
    expect(e.cause).toMatchObject({ upstream: new URL(url).host, attempts: 2 });
  });

  test("silence before the head is told by its code", async () => {
    api.deeds = [() => {}];
    fetch = createFetch({ timeouts: { head: "150ms" }, retry: { attempts: 1 } });
    const e = await caught(ask({ stream: true }));
    expect([e.message, e.cause?.code]).toEqual(["fetch failed", "fairlead_head_timeout"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(api.seen[0]?.cut).toBe(true);
  });

  test("a stream that breaks after content ends with an error event and is not asked for again", async () => {
    api.deeds = [
      (_, res) => {
        res.writeHead(200, { "content-type": "text/event-stream" });
        res.write(START + HELLO, () => setTimeout(() => res.destroy(), 20));
      },
    ];
    const text = await (await ask({ stream: true })).text();
    expect(text.startsWith(START + HELLO)).toBe(true);
    const rest = text.slice((START + HELLO).length);
    expect(rest).toMatch(/^event: error\ndata: \{"type":"error","error":\{"type":"api_error".*"fairlead_cut".*\}\n\n$/);
    expect(api.seen.length).toBe(1);
  });

  test("a stream that breaks before content is asked for again, unnoticed", async () => {
    api.deeds = [
      (_, res) => {
        res.writeHead(200, { "content-type": "text/event-stream" });
        res.write(START, () => res.destroy());
      },
      ok,
    ];
    expect(await (await ask({ stream: true })).text()).toBe(START + HELLO + END);
    expect(api.seen.length).toBe(2);
  });

  test("a long plain answer that breaks is an error of the body, as with fetch", async () => {
    api.deeds = [
      (_, res) =>
        void res.writeHead(200, { "content-length": "1000" }).write("part", () => setTimeout(() => res.destroy(), 20)),
    ];
    const response = await fetch(`${api.url}/v1/files/x/content`);
    const e = await caught(response.text());
    expect([e instanceof TypeError, e.message]).toEqual([true, "terminated"]);
  });

  test("what creates something is not sent twice once it may have arrived", async () => {
    api.deeds = [hangUp, ok];
    await caught(fetch(`${api.url}/v1/messages/batches`, { method: "POST", body: "{}" }));
    expect(api.seen.length).toBe(1);
    await (await fetch(`${api.url}/v1/models`)).text();
    api.seen.length = 0;
    await (await fetch(`${api.url}/v1/models`)).text();
    expect(api.seen.length).toBe(2);
  });

  test("a caller that retries by itself gets no repeats of ours", async () => {
    api.deeds = [refuse(529)];
    await ask({ headers: { "x-stainless-retry-count": "1" } });
    expect(api.seen.length).toBe(1);
  });
});

describe("leaving", () => {
  test("before the call: nothing is sent, the reason is thrown", async () => {
    const why = new Error("no longer wanted");
    expect(await caught(ask({ signal: AbortSignal.abort(why) }))).toBe(why);
    expect(api.seen).toEqual([]);
  });

  test("while waiting for the head, and between attempts, ends at once and upstream too", async () => {
    for (const deed of [() => {}, refuse(529, { "retry-after": "20" })]) {
      api.deeds = [deed];
      api.seen.length = 0;
      const startedAt = performance.now();
      const e = await caught(ask({ signal: AbortSignal.timeout(80) }));
      expect(e.name).toBe("TimeoutError");
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect(api.seen.length).toBe(1);
    }
  });

  test("in the middle of the body: it errors with the reason, and upstream hears of it", async () => {
    api.deeds = [(_, res) => void res.writeHead(200, { "content-type": "text/event-stream" }).write(START + HELLO)];
    for (const how of ["abort", "cancel"]) {
      api.seen.length = 0;
      const controller = new AbortController();
      const response = await ask({ stream: true, signal: controller.signal });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      if (how === "cancel") await reader.cancel();
      else {
        controller.abort();
        const e = await caught(
          (async () => {
            while (!(await reader.read()).done);
          })(),
        );
        expect(e.name).toBe("AbortError");
      }
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(api.seen[0]?.cut).toBe(true);
    }
  });

  test("many calls on one long-lived signal leave no listener on it", async () => {
    const controller = new AbortController();
    let added = 0;
    let removed = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      removed += 1;
      remove(...args);
    };
    for (let i = 0; i < 5; i++) await (await ask({ signal, stream: i % 2 === 0 })).text();
    expect(added).toBeGreaterThan(0);
    expect(removed).toBe(added);
  });
});

test("a reader that does not read keeps the upstream waiting, and memory bounded", async () => {
  let written = 0;
  let done = false;
  const piece = frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "x".repeat(65_000) } });
  api.deeds = [
    (_, res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(START);
      const more = () => {
        while (written < 400) {
          written += 1;
          if (!res.write(piece)) {
            res.once("drain", more);
            return;
          }
        }
        done = true;
        res.end(END);
      };
      more();
    },
  ];
  const response = await ask({ stream: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(done).toBe(false);
  const before = written;
  expect(before).toBeLessThan(250);
  const text = await response.text();
  expect(text.length).toBe(START.length + 400 * piece.length + END.length);
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
  expect(JSON.stringify(fetch.snapshot())).not.toContain("caller-key");
  expect(fetch.describe().map((one) => one.policy)).toEqual([
    "journal",
    "deadline",
    "retry",
    "route",
    "breaker",
    "trace",
    "commit",
    "timeouts",
  ]);
});
