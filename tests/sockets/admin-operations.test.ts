// What operators do to a running gateway, seen from its callers: requests cancelled, upstreams taken out and given back.

import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ADMIN, BODY, KEY, STREAM_BODY, startWorld, type World } from "./world.ts";

let world: World;
let held: ServerResponse[];
beforeEach(async () => {
  held = [];
  world = await startWorld("", (_, res) => void held.push(res));
});
afterEach(async () => {
  for (const res of held) res.destroy();
  await world.close();
});

const post = (body: string) =>
  fetch(`${world.gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": KEY },
    body,
  });
const admin = (path: string, method = "GET", body?: object) =>
  fetch(`${world.gateway.adminUrl}${path}`, {
    method,
    headers: { ...ADMIN, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function running(): Promise<string> {
  let id: string | undefined;
  await expect
    .poll(async () => {
      const list = (await (await admin("/api/requests")).json()) as { under_way: { requests: Array<{ id: string }> } };
      id = list.under_way.requests[0]?.id;
      return held.length > 0 && id !== undefined;
    })
    .toBe(true);
  return id ?? "";
}

it("a stream that is cancelled ends with an error event, and its upstream is let go", async () => {
  const asked = post(STREAM_BODY);
  const id = await running();
  const upstream = held[0] as ServerResponse;
  const gone = new Promise((resolve) => upstream.once("close", resolve));
  upstream.writeHead(200, { "content-type": "text/event-stream" });
  upstream.write(
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{}}}\n\nevent: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n',
  );
  const answer = await asked;
  expect(await (await admin(`/api/requests/${id}/cancel`, "POST")).json()).toEqual({ cancelled: id });
  const text = await answer.text();
  expect(text).toContain("event: error");
  expect(text).toContain("fairlead_cancelled");
  expect(text).not.toContain("message_stop");
  await gone;
  expect((await admin(`/api/requests/${id}/cancel`, "POST")).status).toBe(404);
  const entries = (await (await admin("/api/audit")).json()) as { entries: Array<{ action: string; subject: string }> };
  expect(entries.entries).toContainEqual(
    expect.objectContaining({ action: "request.cancel", subject: `request:${id}` }),
  );
});

it("one that has heard nothing yet gets an error that says not to try again", async () => {
  const asked = post(BODY);
  const id = await running();
  const gone = new Promise((resolve) => held[0]?.once("close", resolve));
  await admin(`/api/requests/${id}/cancel`, "POST");
  const answer = await asked;
  expect(answer.status).toBe(503);
  expect(answer.headers.get("x-should-retry")).toBe("false");
  expect(await answer.json()).toMatchObject({
    error: { details: { error_code: "fairlead_cancelled" } },
    request_id: id,
  });
  await gone;
});

it("the only upstream, drained, serves nothing new; the answer under way comes to its end", async () => {
  const asked = post(BODY);
  await running();
  const drained = await admin("/api/upstreams/fake/control", "PATCH", { mode: "drain", reason: "moved house" });
  expect(await drained.json()).toMatchObject({ name: "fake", control: { mode: "drain", by: "cli" } });
  const refused = await post(BODY);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("30");
  const told = (await refused.json()) as { error: { message: string; details: { error_code: string } } };
  expect(told.error.details.error_code).toBe("fairlead_upstream_out");
  expect(told.error.message).toContain("moved house");
  const first = held[0] as ServerResponse;
  first.writeHead(200, { "content-type": "application/json" });
  first.end('{"type":"message","content":[]}');
  expect((await asked).status).toBe(200);
  await admin("/api/upstreams/fake/control", "DELETE");
  const again = post(BODY);
  await expect.poll(() => held.length).toBe(2);
  held[1]?.writeHead(200, { "content-type": "application/json" });
  held[1]?.end('{"type":"message","content":[]}');
  expect((await again).status).toBe(200);
});
