// Tests of createFetch on real sockets: failures that are survived or told, callers that leave, readers that do not read.

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
    await (await fetch(`${api.url}/v1/files`)).text();
    api.seen.length = 0;
    await (await fetch(`${api.url}/v1/files`)).text();
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

  test("while the request's own body is still to come, whatever brings it", async () => {
    const silence = new Promise<never>(() => {});
    const bodies = [
      new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(3)) }),
      (async function* () {
        yield "xxx";
        await silence;
      })(),
    ];
    for (const body of bodies) {
      const init = { method: "POST", body, duplex: "half", signal: AbortSignal.timeout(50) };
      const e = await caught(fetch(`${api.url}/v1/files`, init as unknown as RequestInit));
      expect(e.name).toBe("TimeoutError");
    }
    expect(api.seen).toEqual([]);
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
