// Tests of the SDK middleware with a `next` of our own; the SDK itself is tried in tests/clients.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { END, HELLO, START } from "../testing/api-server.ts";
import { resilience, type SdkRequest } from "./index.ts";

type Request = SdkRequest & { body: string };

function request(more: Partial<Request> = {}): Request {
  return {
    url: "https://api.anthropic.com/v1/messages",
    method: "POST",
    headers: new Headers({ authorization: "Bearer k", "content-type": "application/json" }),
    body: '{"model":"m","stream":true}',
    ...more,
  };
}
const stream = () => new Response(START + HELLO + END, { headers: { "content-type": "text/event-stream" } });
const overloaded = () =>
  Response.json({ type: "error", error: { type: "overloaded_error", message: "busy" } }, { status: 529 });

function scene(answers: (() => Response)[]) {
  const rt = virtualRuntime("middleware");
  const middleware = resilience({ runtime: rt });
  const sent: Request[] = [];
  const next = async (one: Request): Promise<Response> => {
    sent.push(one);
    // As the SDK does: it signs by writing to the headers that it is given.
    one.headers.set("x-signed", String(sent.length));
    return (answers[sent.length - 1] ?? answers[answers.length - 1] ?? stream)();
  };
  return { rt, middleware, sent, run: (one = request()) => rt.clock.runUntil(middleware(one, next)) };
}

describe("the middleware", () => {
  test("calls next again after a failure, each time with fresh headers and the body as it was", async () => {
    const { run, sent, middleware } = scene([overloaded, overloaded, stream]);
    const response = await run();
    expect([response.status, await response.text()]).toEqual([200, START + HELLO + END]);
    expect(response.headers.get("fairlead-attempts")).toBe("3");
    expect(sent.map((one) => [one.body, one.url, one.headers.get("x-signed")])).toEqual(
      ["1", "2", "3"].map((n) => ['{"model":"m","stream":true}', "https://api.anthropic.com/v1/messages", n]),
    );
    expect(middleware.snapshot().sinceStart).toMatchObject({ requests: 1, succeeded: 1, attempts: 3 });
  });

  test("leaves the request that it was given alone", async () => {
    const { run } = scene([stream]);
    const one = request();
    await run(one);
    expect(one.headers.has("x-signed")).toBe(false);
  });

  test("gives the upstream's refusal back unchanged", async () => {
    const { run, sent } = scene([
      () => Response.json({ type: "error", error: { type: "invalid_request_error", message: "no" } }, { status: 400 }),
    ]);
    const response = await run();
    expect([response.status, sent.length]).toEqual([400, 1]);
    expect(await response.json()).toMatchObject({ error: { message: "no" } });
  });

  test("throws what next threw, the same object, when the wire fails for good", async () => {
    const mine = Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } });
    const { run, sent } = scene([
      () => {
        throw mine;
      },
    ]);
    await expect(run()).rejects.toBe(mine);
    expect(sent.length).toBe(2);
  });

  test("survives an error that next throws", async () => {
    const { run, sent } = scene([
      () => {
        throw new TypeError("terminated");
      },
      stream,
    ]);
    expect((await run()).status).toBe(200);
    expect(sent.length).toBe(2);
  });

  test("the caller's abort reaches next's signal and comes back as its reason", async () => {
    const rt = virtualRuntime("abort");
    const controller = new AbortController();
    let seen: AbortSignal | null | undefined;
    const work = resilience({ runtime: rt })(request({ signal: controller.signal }), (one) => {
      seen = one.signal;
      return new Promise((_, reject) => one.signal?.addEventListener("abort", () => reject(one.signal?.reason)));
    });
    work.catch(() => {});
    await rt.clock.advance(1);
    controller.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    expect(seen?.aborted).toBe(true);
  });

  test("a broken stream ends with an error event", async () => {
    const { run } = scene([() => new Response(START + HELLO, { headers: { "content-type": "text/event-stream" } })]);
    const text = await (await run()).text();
    expect(text.startsWith(START + HELLO)).toBe(true);
    expect(text).toMatch(/event: error\ndata: .*fairlead_cut.*\n\n$/);
  });

  test("a token exchange, which may have its effect once only, is not sent twice", async () => {
    const { run, sent } = scene([() => new Response("no", { status: 503 }), stream]);
    const one = request({ url: "https://api.anthropic.com/v1/oauth/token", body: "grant_type=x" });
    expect((await run(one)).status).toBe(503);
    expect(sent.length).toBe(1);
  });
});

test("options of the wire are not the middleware's", () => {
  expect(() => resilience({ endpoints: [] } as never)).toThrow(/resilience\.endpoints: is not an option/);
});
