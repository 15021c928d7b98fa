// The decision trace in a client: on demand in a header, with answers and refusals, and in the cause of what got none.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { type ClientOptions, createFetch, resilience } from "./index.ts";

const BODY = '{"model":"m","max_tokens":5,"messages":[]}';
const MESSAGE = { id: "msg_1", type: "message", content: [], stop_reason: "end_turn", usage: { input_tokens: 1 } };
const HEADER = "fairlead-trace";

type Answers = ReadonlyArray<(headers: Headers) => Response>;
const fine = () => Response.json(MESSAGE);
const busy = () =>
  Response.json({ type: "error", error: { type: "overloaded_error", message: "busy" } }, { status: 529 });
const gateway = (headers: Headers) => {
  const wanted = headers.get(HEADER) === "1" ? { [HEADER]: "sent east busy 1ms; sent west ok 2ms" } : {};
  return Response.json(MESSAGE, { headers: { "fairlead-request-id": "req_fl_1", ...wanted } });
};

function scene(answers: Answers, options: ClientOptions = {}) {
  const rt = virtualRuntime("trace");
  const seen: Headers[] = [];
  const wire: typeof fetch = async (_, init) => {
    const headers = new Headers(init?.headers);
    seen.push(headers);
    return (answers[seen.length - 1] ?? answers.at(-1) ?? fine)(headers);
  };
  const client = createFetch({ runtime: rt, fetch: wire, ...options });
  const ask = (headers: Record<string, string> = {}) =>
    rt.clock.runUntil(client("http://api.test/v1/messages", { method: "POST", headers, body: BODY }));
  return { rt, seen, ask };
}

const traceOf = (response: Response) => response.headers.get(HEADER);

describe("the decision trace", () => {
  test("is in a header of the answer for who asks, and the wish does not travel on", async () => {
    const { seen, ask } = scene([busy, fine]);
    const trace = traceOf(await ask({ [HEADER]: "1" }));
    expect(trace).toMatch(/^sent api\.test overloaded 0ms; waited \d+ms; sent api\.test ok 0ms$/);
    expect(traceOf(await ask())).toBeNull();
    expect(traceOf(await ask({ [HEADER]: "0" }))).toBeNull();
    expect(seen.map((one) => one.has(HEADER))).toEqual([false, false, false, false]);
  });

  test("comes with failures: the upstream's own, and ours", async () => {
    const { ask } = scene([busy], { retry: { attempts: 1 } });
    expect(traceOf(await ask({ [HEADER]: "1" }))).toBe("sent api.test overloaded 0ms");
    const limited = scene([fine], { limits: { requests_per_minute: 1, max_wait: 0 } });
    await limited.ask();
    const refused = await limited.ask({ [HEADER]: "1" });
    expect([refused.status, traceOf(refused)]).toEqual([429, "refused limits 0ms"]);
  });

  test("is in the cause when nobody answered", async () => {
    const lost = () => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }) });
    };
    const { ask } = scene([lost], { retry: { attempts: 2 } });
    const error = await ask().catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: "fetch failed",
      cause: { attempts: 2, trace: expect.stringMatching(/^sent api\.test unreachable 0ms; .*; sent api\.test un/) },
    });
  });

  test("holds what a gateway of ours did in brackets, once it is known for one", async () => {
    const { seen, ask } = scene([gateway]);
    expect(traceOf(await ask({ [HEADER]: "1" }))).toBe("sent api.test ok 0ms");
    expect(traceOf(await ask({ [HEADER]: "1" }))).toBe("sent api.test ok 0ms (sent east busy 1ms; sent west ok 2ms)");
    expect(traceOf(await ask())).toBeNull();
    expect(seen.map((one) => one.get(HEADER))).toEqual([null, "1", null]);
  });

  test("is of each request itself where an answer is given again", async () => {
    const { ask } = scene([gateway]);
    await ask();
    await (await ask({ [HEADER]: "1", "fairlead-cache": "use" })).text();
    expect(traceOf(await ask({ [HEADER]: "1", "fairlead-cache": "use" }))).toBe("cached api.test 0ms");
    expect(traceOf(await ask({ "fairlead-cache": "use" }))).toBeNull();
  });

  test("is told by the SDK's middleware too", async () => {
    const rt = virtualRuntime("trace");
    const middleware = resilience({ runtime: rt });
    const headers = new Headers({ [HEADER]: "1" });
    const request = { url: "http://api.test/v1/messages", method: "POST", headers, body: BODY };
    const answer = await rt.clock.runUntil(
      middleware(request, async (sent) => {
        expect(sent.headers.has(HEADER)).toBe(false);
        return fine();
      }),
    );
    expect(traceOf(answer)).toBe("sent api.test ok 0ms");
  });
});
