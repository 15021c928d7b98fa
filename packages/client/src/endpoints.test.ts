// Tests of several endpoints, of another fetch as the wire, and of what the options refuse.

import { OptionError } from "@fairlead/engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApiServer, apiServer, END, HELLO, hangUp, ok, refuse, START } from "../testing/api-server.ts";
import { type ClientOptions, createFetch } from "./index.ts";

let a: ApiServer;
let b: ApiServer;

beforeEach(async () => {
  [a, b] = [await apiServer(), await apiServer()];
});
afterEach(async () => {
  await Promise.all([a.close(), b.close()]);
});

const two = (more: ClientOptions = {}) =>
  createFetch({
    endpoints: [
      { name: "first", url: `${a.url}/prefix/`, apiKey: "key-a", models: { m: "their-m" } },
      { name: "second", url: b.url, apiKey: "key-b", auth: "bearer", headers: { "x-team": "red" } },
    ],
    ...more,
  });
const init = (body = '{"model":"m","stream":true}') => ({
  method: "POST",
  body,
  headers: { "x-api-key": "callers-own", authorization: "Bearer callers-too", "x-kept": "yes" },
});
const URL_ASKED = "https://api.anthropic.com/v1/messages?beta=true";

// Whatever the wire is, the same holds.
describe.each([
  ["our own transport", {}],
  ["another fetch", { fetch: globalThis.fetch }],
])("over %s", (_, wire) => {
  test("the path is kept; origin and credentials are the endpoint's, and nobody else's key goes there", async () => {
    a.deeds = [refuse(529)];
    const response = await two(wire)(URL_ASKED, init());
    expect(await response.text()).toBe(START + HELLO + END);
    expect([response.headers.get("fairlead-upstream"), response.headers.get("fairlead-attempts")]).toEqual([
      "second",
      "2",
    ]);
    const [toA, toB] = [a.seen[0], b.seen[0]];
    expect([toA?.url, toA?.headers["x-api-key"], toA?.headers.authorization]).toEqual([
      "/prefix/v1/messages?beta=true",
      "key-a",
      undefined,
    ]);
    expect([toB?.url, toB?.headers["x-api-key"], toB?.headers.authorization]).toEqual([
      "/v1/messages?beta=true",
      undefined,
      "Bearer key-b",
    ]);
    expect([toA?.headers["x-kept"], toB?.headers["x-team"], toA?.headers["x-team"]]).toEqual(["yes", "red", undefined]);
    expect(toA?.headers.host).toBe(new URL(a.url).host);
  });

  test("a header that an endpoint sets stands in place of the request's, and is sent once", async () => {
    const endpoints = [{ url: a.url, apiKey: "k", headers: { "Anthropic-Version": "theirs", "x-more": "1" } }];
    const fetch = createFetch({ endpoints, ...wire });
    const headers = { "anthropic-version": "the caller's", "x-more": "2", "x-other": "3" };
    await (await fetch(URL_ASKED, { ...init(), headers })).text();
    expect(a.seen[0]?.headers).toMatchObject({ "anthropic-version": "theirs", "x-more": "1", "x-other": "3" });
  });

  test("a model goes by the endpoint's own name, no other byte changed, and the response says so", async () => {
    const response = await two(wire)(URL_ASKED, init('{ "model" : "m" ,"x":1.50}'));
    await response.text();
    expect(a.seen[0]?.body.toString()).toBe('{ "model" : "their-m" ,"x":1.50}');
    expect(response.headers.get("fairlead-rewritten")).toBe("model");
  });

  test("an endpoint without a key gets none, not even the caller's", async () => {
    const fetch = createFetch({ endpoints: [{ url: a.url }], ...wire });
    await (await fetch(URL_ASKED, init())).text();
    expect([a.seen[0]?.headers["x-api-key"], a.seen[0]?.headers.authorization]).toEqual([undefined, undefined]);
  });

  test("without endpoints the request's own credentials go where it says", async () => {
    const fetch = createFetch(wire);
    await (await fetch(`${b.url}/v1/messages`, init())).text();
    expect(b.seen[0]?.headers).toMatchObject({ "x-api-key": "callers-own", authorization: "Bearer callers-too" });
  });

  test("a lost connection is survived elsewhere, a refusal of the request is not tried elsewhere", async () => {
    a.deeds = [hangUp];
    expect((await two(wire)(URL_ASKED, init())).status).toBe(200);
    a.deeds = [refuse(400)];
    b.seen.length = 0;
    expect((await two(wire)(URL_ASKED, init())).status).toBe(400);
    expect(b.seen).toEqual([]);
  });

  test("leaving reaches the upstream", async () => {
    a.deeds = [(_, res) => void res.writeHead(200, { "content-type": "text/event-stream" }).write(START + HELLO)];
    const controller = new AbortController();
    const response = await two(wire)(URL_ASKED, { ...init(), signal: controller.signal });
    const text = response.text();
    controller.abort();
    await expect(text).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(a.seen[0]?.cut).toBe(true);
  });
});

test("a refused key parks its endpoint: the next request goes straight to the other", async () => {
  a.deeds = [refuse(401)];
  const fetch = two();
  for (let i = 0; i < 3; i++) expect((await fetch(URL_ASKED, init())).status).toBe(200);
  expect([a.seen.length, b.seen.length]).toEqual([1, 3]);
  expect(fetch.snapshot().breakers).toContainEqual({
    ...{ scope: "account", key: "first", state: "parked", why: "401 authentication_error" },
  });
});

test("one caller's refused key says nothing of another's", async () => {
  const fetch = createFetch();
  a.deeds = [refuse(401), ok, refuse(401), ok];
  const ask = (key: string) =>
    fetch(`${a.url}/v1/messages`, { method: "POST", body: '{"model":"m"}', headers: { "x-api-key": key } });
  expect([(await ask("bad")).status, (await ask("good")).status, (await ask("bad")).status]).toEqual([401, 200, 401]);
});

test("one caller's rate limit says nothing of another's", async () => {
  const fetch = createFetch({ retry: { attempts: 1 } });
  a.deeds = [refuse(429, { "retry-after": "20" }), ok];
  const ask = async (key: string) =>
    (await fetch(`${a.url}/v1/messages`, { method: "POST", body: '{"model":"m"}', headers: { "x-api-key": key } }))
      .status;
  expect([await ask("one"), await ask("two"), await ask("one")]).toEqual([429, 200, 429]);
  // The third was not sent: its twenty seconds are not over.
  expect(a.seen.map((one) => one.headers["x-api-key"])).toEqual(["one", "two"]);
});

test("what serves a model is asked for it; what names no model goes to the first", async () => {
  const fetch = createFetch({
    endpoints: [
      { name: "first", url: a.url, serves: ["claude-haiku-*"] },
      { name: "second", url: b.url, serves: ["claude-*-5-5", "x*y*z"] },
    ],
  });
  const to = async (model: string) =>
    (await fetch(URL_ASKED, init(JSON.stringify({ model })))).headers.get("fairlead-upstream");
  expect([await to("claude-haiku-4-5"), await to("claude-opus-5-5"), await to("xAyBz")]).toEqual([
    "first",
    "second",
    "second",
  ]);
  const none = await fetch(URL_ASKED, init('{"model":"gpt"}'));
  expect(none.status).toBe(404);
  expect(await none.json()).toMatchObject({ error: { details: { error_code: "fairlead_no_upstream" } } });
  await (await fetch("https://api.anthropic.com/v1/files")).text();
  expect(a.seen[a.seen.length - 1]?.url).toBe("/v1/files");
});

test("with every endpoint down the answer is ours, in the API's shape, and nothing is sent", async () => {
  await a.close();
  const fetch = createFetch({ endpoints: [{ url: a.url }], breaker: { consecutive: 2 }, retry: { attempts: 1 } });
  for (let i = 0; i < 2; i++) await expect(fetch(URL_ASKED, init())).rejects.toThrow("fetch failed");
  const response = await fetch(URL_ASKED, init());
  expect([response.status, response.headers.get("fairlead-attempts")]).toEqual([529, "0"]);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await response.json()).toMatchObject({
    type: "error",
    error: { type: "overloaded_error", details: { error_code: "fairlead_upstream_open" } },
  });
  expect(fetch.snapshot().breakers.find((one) => one.scope === "endpoint")?.state).toBe("open");
});

test.each<[string, unknown, RegExp]>([
  ["an unknown option", { rety: 3 }, /createFetch\.rety: is not an option; did you mean retry/],
  ["an unknown policy option", { retry: { attemps: 3 } }, /retry\.attemps: .*did you mean attempts/],
  ["a value out of bounds", { retry: { attempts: 11 } }, /retry\.attempts: must be a whole number from 1 to 10/],
  ["an endpoint that is no URL", { endpoints: [{ url: "api.anthropic.com" }] }, /endpoints\[0\]\.url/],
  [
    "two endpoints of one name",
    { endpoints: [{ url: "http://a" }, { url: "http://a/x" }] },
    /endpoints\[1\]\.name: must be unique/,
  ],
  ["a slip in an endpoint", { endpoints: [{ url: "http://a", apikey: "k" }] }, /did you mean apiKey/],
  [
    "a line break in a key",
    { endpoints: [{ url: "http://a", apiKey: "k\r\nx: y" }] },
    /endpoints\[0\]\.apiKey: .*on one line.*got "string"$/,
  ],
  ["proxy env without env", { transport: { proxy: "env" } }, /transport\.env.*process\.env/],
  ["an endpoint list that is none", { endpoints: "http://a" }, /^endpoints: must be a list/],
  ["an empty endpoint list", { endpoints: [] }, /^endpoints: must be a list of at least one/],
  ["a key that is not there", { endpoints: [{ url: "http://a", apiKey: "" }] }, /apiKey: must be the key as text/],
  ["a key of another script", { endpoints: [{ url: "http://a", apiKey: "ключ" }] }, /apiKey: .*got "string"$/],
  ["credentials in an address", { endpoints: [{ url: "http://u:word@a" }] }, /url: must hold no credentials.*got "a"$/],
  ["a query in an address", { endpoints: [{ url: "http://a/x?key=word" }] }, /url: .*got "a"$/],
  ["one model that is served as text", { endpoints: [{ url: "http://a", serves: "m" }] }, /serves: must be a list/],
  ["a name for no header", { endpoints: [{ url: "http://a", name: "東京" }] }, /name: .*printable ASCII/],
  ["names that are none", { endpoints: [{ url: "http://a", models: { m: 5 } }] }, /models: must be names by name/],
  ["a window without room", { endpoints: [{ url: "http://a", contextWindow: 0 }] }, /contextWindow: .*above 0/],
  ["a weight as text", { endpoints: [{ url: "http://a", weight: "2" }] }, /weight: must be a number/],
  ["a header that is none", { endpoints: [{ url: "http://a", headers: { "x y": "z" } }] }, /headers: must be names/],
  ["a header of the wire", { endpoints: [{ url: "http://a", headers: { Host: "z" } }] }, /headers: must be none/],
  ["a proxy that is no http", { transport: { proxy: "socks5://u:word@p:1" } }, /proxy: must be an http.*got "string"$/],
  ["a path in place of PEM", { transport: { ca: "/etc/ca.pem" } }, /ca: must be PEM text/],
  ["no connection at all", { transport: { maxConnections: 0 } }, /maxConnections: must be a whole number above 0/],
  ["an age as text", { transport: { maxAgeMs: "5s" } }, /maxAgeMs: must be a number/],
  ["an old TLS", { transport: { minTls: "TLSv1.0" } }, /minTls: must be one of/],
  ["a wire that is no function", { fetch: "x" }, /^fetch: must be a function/],
  ["a listener that is no function", { onFact: 5 }, /^onFact: must be a function/],
  ["a body limit that is none", { maxBody: 0 }, /maxBody/],
])("%s is refused when the client is made", (_, options, words) => {
  expect(() => createFetch(options as ClientOptions)).toThrow(words);
  expect(() => createFetch(options as ClientOptions)).toThrow(expect.toSatisfy(OptionError.is));
});

test("every fact is told to who listens, and a listener that throws breaks nothing", async () => {
  const kinds: string[] = [];
  a.deeds = [refuse(529)];
  const fetch = two({
    onFact(fact) {
      kinds.push(fact.kind);
      throw new Error("a bad listener");
    },
  });
  expect((await (await fetch(URL_ASKED, init())).text()).length).toBeGreaterThan(0);
  expect(kinds).toEqual(["attempt", "attempt", "request"]);
});

describe("weight and region", () => {
  test.each([
    [{ weight: 0 }, "endpoints[0].weight"],
    [{ weight: 1_001 }, "endpoints[0].weight"],
    [{ weight: Number.NaN }, "endpoints[0].weight"],
    [{ region: "" }, "endpoints[0].region"],
  ])("%j is refused", (more, path) => {
    expect(() => createFetch({ endpoints: [{ url: a.url, ...more }] })).toThrow(path);
  });

  test("a heavier endpoint is given more of what is spread", async () => {
    const endpoints = [
      { name: "light", url: a.url, weight: 0.02 },
      { name: "heavy", url: b.url, weight: 50, region: "eu" },
    ];
    const fetch = createFetch({ endpoints, balance: { mode: "spread" } });
    for (let i = 0; i < 20; i++) {
      const body = JSON.stringify({ model: "m", metadata: { user_id: `of ${i}` }, messages: [] });
      await (await fetch(URL_ASKED, { ...init(), body })).text();
    }
    expect(b.seen.length).toBeGreaterThan(a.seen.length + 10);
  });
});
