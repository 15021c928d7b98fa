// Another fetch as the wire: what it may answer besides what is expected.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test, vi } from "vitest";
import { apiServer } from "../testing/api-server.ts";
import { type ClientOptions, createFetch } from "./index.ts";

const BODY = '{"model":"m","max_tokens":5,"messages":[]}';

test("a response that is none ends as fetch ends, and leaves nothing under way", async () => {
  const rt = virtualRuntime("wire");
  const client = createFetch({ runtime: rt, fetch: async () => Response.error(), retry: { attempts: 2 } });
  const call = rt.clock.runUntil(client("http://api.test/v1/messages", { method: "POST", body: BODY }));
  const error = await call.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: "fetch failed", cause: { code: "fairlead_bad_response", attempts: 2 } });
  for (const { inFlight } of client.snapshot().loads) expect(inFlight).toBe(0);
});

test("a redirect is handed on and not followed: a key stays at its endpoint", async () => {
  const other = await apiServer();
  const api = await apiServer([(_, res) => void res.writeHead(307, { location: `${other.url}/v1/messages` }).end()]);
  const endpoints = [{ url: api.url, apiKey: "secret" }];
  const client = createFetch({ fetch: globalThis.fetch, endpoints, retry: { attempts: 1 } });
  const response = await client("http://api.test/v1/messages", { method: "POST", body: BODY });
  expect([response.status, api.seen.length, other.seen]).toEqual([307, 1, []]);
  await Promise.all([api.close(), other.close()]);
});

describe("a wire that hears no signal", () => {
  const deaf = (options: ClientOptions) => {
    const rt = virtualRuntime("deaf");
    const late: Array<(response: Response) => void> = [];
    const wire = () => new Promise<Response>((resolve) => late.push(resolve));
    const client = createFetch({ runtime: rt, fetch: wire, ...options });
    const ask = async (signal?: AbortSignal) => {
      const init = { method: "POST", body: BODY, ...(signal === undefined ? {} : { signal }) };
      const error = await rt.clock.runUntil(client("http://api.test/v1/messages", init)).catch((e: unknown) => e);
      for (const { inFlight } of client.snapshot().loads) expect(inFlight).toBe(0);
      return { error, at: rt.clock.now() };
    };
    return { rt, late, ask };
  };

  test("is given up at the time-outs all the same, and at the deadline", async () => {
    const { ask, late } = deaf({ timeouts: { head: "2s", total: "5s" } });
    const { error, at } = await ask();
    expect(error).toMatchObject({ message: "fetch failed", cause: { attempts: 2 } });
    expect([at > 4_000, at <= 5_000, late.length]).toEqual([true, true, 2]);
  });

  test("lets its caller go at once, and what it brings then is dropped", async () => {
    const { rt, ask, late } = deaf({});
    const controller = new AbortController();
    rt.clock.timer(300, () => controller.abort());
    expect(await ask(controller.signal)).toMatchObject({ error: { name: "AbortError" }, at: 300 });
    const dropped = vi.fn();
    late[0]?.(new Response(new ReadableStream({ cancel: dropped })));
    await rt.clock.advance(1);
    expect(dropped).toHaveBeenCalledOnce();
  });

  test("or brings no Response is a failure like others", async () => {
    const rt = virtualRuntime("nothing");
    const client = createFetch({ runtime: rt, fetch: (async () => undefined) as never, retry: { attempts: 1 } });
    const call = rt.clock.runUntil(client("http://api.test/v1/messages", { method: "POST", body: BODY }));
    expect(await call.catch((e: unknown) => e)).toMatchObject({ message: "fetch failed", cause: { attempts: 1 } });
  });
});

test.each([
  ["5", 5_000],
  ["1.5", 1_500],
  ["14400", 600_000],
  ["300000", 300_000],
  ["0", 600_000],
  ["soon", 600_000],
])("a caller that waits %s, in seconds or an older SDK's milliseconds, is told by then", async (told, most) => {
  const rt = virtualRuntime("told");
  const wire = () => new Promise<Response>(() => {});
  const client = createFetch({ runtime: rt, fetch: wire, timeouts: { head: "1h" } });
  const init = { method: "POST", body: BODY.replace("{", '{"stream":true,'), headers: { "x-stainless-timeout": told } };
  const error = await rt.clock.runUntil(client("http://api.test/v1/messages", init)).catch((e: unknown) => e);
  expect(error).toMatchObject({ cause: { code: "fairlead_deadline" } });
  expect(rt.clock.now()).toBe(most);
});
