// Places that requests name themselves: how many are remembered, and what becomes of one that is forgotten.

import type { Exchange } from "@fairlead/engine";
import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchangeOf } from "./incoming.ts";
import { checkMiddleware } from "./options.ts";
import { asked, type Place } from "./places.ts";
import { stack } from "./stack.ts";

test("whoever asks is an account of its own, by whatever header it is known; a signature is not", () => {
  const rt = virtualRuntime("places");
  const target = { name: "h", platform: "h", account: "h", contextWindow: () => 1, modelName: (m: string) => m };
  const send = () => Promise.reject(new Error("not sent"));
  const where = asked(
    () => ({ target: { ...target, send }, pool: () => [], close: () => {} }),
    stack(checkMiddleware({}), rt),
  );
  const url = new URL("http://h/v1/messages");
  const laneOf = (headers: Record<string, string>) => {
    const call = { url, method: "POST", headers: new Headers(headers), body: null, signal: undefined };
    return where.pipelineFor(url, exchangeOf(call, rt));
  };
  const nobody = laneOf({});
  expect(laneOf({ "anthropic-beta": "a", "user-agent": "b" })).toBe(nobody);
  for (const name of ["x-api-key", "api-key", "authorization", "cookie", "x-goog-api-key", "cf-access-client-secret"]) {
    const one = laneOf({ [name]: "one" });
    expect([name, one === nobody, one === laneOf({ [name]: "two" })]).toEqual([name, false, false]);
    expect(laneOf({ [name]: "one" })).toBe(one);
  }
  const signed = (key: string, signature: string) =>
    laneOf({
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261121/r/bedrock/aws4_request, Signature=${signature}`,
    });
  expect(signed("AKIA1", "aa")).toBe(signed("AKIA1", "bb"));
  expect(signed("AKIA1", "aa")).not.toBe(signed("AKIA2", "aa"));
});

test("an origin that was forgotten is asked anew, through a place that is open", async () => {
  const rt = virtualRuntime("places");
  const open = new Set<number>();
  const used: number[] = [];
  let made = 0;
  const make = (url: URL): Place => {
    const number = made++;
    open.add(number);
    return {
      target: {
        ...{ name: url.host, platform: url.host, account: url.host, contextWindow: () => 1, modelName: (m) => m },
        send: async () => {
          used.push(number);
          throw new Error("far enough");
        },
      },
      pool: () => [],
      close: () => open.delete(number),
    };
  };
  const where = asked(make, stack(checkMiddleware({}), rt));
  const ask = async (host: string) => {
    const url = new URL(`http://${host}/v1/models`);
    const x: Exchange = exchangeOf(
      { url, method: "GET", headers: new Headers({ "x-api-key": "k" }), body: null, signal: undefined },
      rt,
    );
    await rt.clock.runUntil(where.pipelineFor(url, x).run(x)).catch(() => undefined);
    expect([host, open.has(used.at(-1) ?? -1)]).toEqual([host, true]);
  };
  for (let i = 0; i < 65; i++) await ask(`h${i}`);
  expect(open.size).toBe(64);
  // The first is forgotten by now, its pipeline with the same credential is not.
  await ask("h0");
  await ask("h64");
  expect([made, used.length]).toEqual([66, 67]);
});
