// Another fetch as the wire: what it may answer besides what is expected.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { apiServer } from "../testing/api-server.ts";
import { createFetch } from "./index.ts";

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
