// Tests of the hop to a gateway of ours where another fetch, or the SDK below a middleware, is the wire.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { createFetch, type PolicyOptions, resilience } from "./index.ts";

const BODY = '{"model":"m","max_tokens":5,"messages":[]}';
const MESSAGE = { id: "msg_1", type: "message", content: [], usage: { input_tokens: 1, output_tokens: 1 } };
const OURS = { "fairlead-request-id": "req_fl_1", "fairlead-attempts": "1" };

const fine = (headers: { readonly [name: string]: string } = OURS) => Response.json(MESSAGE, { headers });
const busy = (headers: { readonly [name: string]: string } = OURS) =>
  Response.json({ type: "error", error: { type: "overloaded_error", message: "busy" } }, { status: 529, headers });

/** What was told with each request, in the order attempt, deadline, priority. */
type Hop = readonly [string | null, string | null, string | null];
const hopOf = (headers: Headers): Hop => [
  headers.get("fairlead-attempt"),
  headers.get("fairlead-deadline"),
  headers.get("fairlead-priority"),
];
const NOTHING: Hop = [null, null, null];

const doors = {
  "createFetch over another fetch": (answer: () => Response, options: PolicyOptions) => {
    const hops: Hop[] = [];
    const rt = virtualRuntime("hop");
    const wire: typeof fetch = async (_, init) => {
      hops.push(hopOf(new Headers(init?.headers)));
      return answer();
    };
    const client = createFetch({ ...options, runtime: rt, fetch: wire });
    const call = (url: string, headers: Record<string, string> = {}) =>
      rt.clock.runUntil(client(url, { method: "POST", headers, body: BODY }));
    return { hops, call };
  },
  "the SDK's middleware": (answer: () => Response, options: PolicyOptions) => {
    const hops: Hop[] = [];
    const rt = virtualRuntime("hop");
    const middleware = resilience({ ...options, runtime: rt });
    const call = (url: string, headers: Record<string, string> = {}) =>
      rt.clock.runUntil(
        middleware({ url, method: "POST", headers: new Headers(headers), body: BODY }, async (sent) => {
          hops.push(hopOf(sent.headers));
          return answer();
        }),
      );
    return { hops, call };
  },
};

describe.each(Object.entries(doors))("%s", (_, door) => {
  const scene = (answers: (() => Response)[], options: PolicyOptions = {}) => {
    let at = 0;
    return door(() => (answers[at++] ?? fine)(), { timeouts: { total: "60s" }, ...options });
  };

  test("tells a gateway from the second request on, each place for itself", async () => {
    const { hops, call } = scene([fine, busy, fine], { priority: "agent" });
    await call("http://gateway.test/v1/messages");
    await call("http://gateway.test/v1/messages");
    await call("http://other.test/v1/messages");
    expect(hops.map(([attempt, , priority]) => [attempt, priority])).toEqual([
      [null, null],
      ["0", "agent"],
      ["1", "agent"],
      [null, null],
    ]);
    expect(hops[1]?.[1]).toBe("60000");
    expect(Number(hops[2]?.[1])).toBeLessThan(60_000);
  });

  test("keeps to one number: what the gateway made counts", async () => {
    for (const [made, sent] of [
      ["0", 3],
      ["1", 3],
      ["2", 2],
      ["3", 1],
      ["200", 1],
      ["many", 3],
    ] as const) {
      const answers = Array.from({ length: 9 }, () => () => busy({ ...OURS, "fairlead-attempts": made }));
      const { hops, call } = scene([fine, ...answers], { retry: { budget: 100 } });
      await call("http://gateway.test/v1/messages");
      await call("http://gateway.test/v1/messages");
      expect([made, hops.length - 1]).toEqual([made, sent]);
    }
  });

  test("a refusal without our header is no reason to forget a gateway, a success is", async () => {
    const { hops, call } = scene([fine, () => busy({}), fine, () => fine({}), fine], { priority: "batch" });
    for (let i = 0; i < 4; i++) await call("http://gateway.test/v1/messages");
    expect(hops.map(([attempt]) => attempt)).toEqual([null, "0", "1", "0", null]);
  });

  test("the API sees none of it, whatever the caller wrote and the options say", async () => {
    const { hops, call } = scene(
      Array.from({ length: 2 }, () => () => fine({})),
      { priority: "batch" },
    );
    const own = { "fairlead-priority": "agent", "fairlead-attempt": "2", "fairlead-deadline": "5" };
    for (let i = 0; i < 2; i++) expect((await call("https://api.test/v1/messages", own)).status).toBe(200);
    expect(hops).toEqual([NOTHING, NOTHING]);
  });

  test("a call says how urgent it is, and that goes before the option", async () => {
    const { hops, call } = scene([], { priority: "batch" });
    await call("http://gateway.test/v1/messages");
    for (const priority of ["background", "interactive", "urgent"]) {
      await call("http://gateway.test/v1/messages", { "fairlead-priority": priority });
    }
    // Interactive is what holds where nothing is said; what is no priority says nothing.
    expect(hops.slice(1).map(([, , priority]) => priority)).toEqual(["background", null, "batch"]);
  });
});

test("a priority that is none is refused", () => {
  expect(() => createFetch({ priority: "urgent" as never })).toThrow("interactive, agent, background, batch");
});
