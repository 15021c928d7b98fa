// Lists that are longer than a page.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { everyPage } from "./every-page.ts";

const asked: string[] = [];
const server = createServer((req, res) => {
  const { searchParams } = new URL(req.url ?? "/", "http://localhost");
  asked.push(req.url ?? "");
  const after = Number(searchParams.get("after") ?? "0");
  res.end(JSON.stringify({ keys: [{ id: `k_${after}` }], next: after < 2 ? String(after + 1) : null }));
});
afterAll(() => server.close());

it("come whole, with what was asked for on each page", async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await everyPage({ url, key: "fl-admin-0123" }, "listKeys", "web");
  expect(answer.keys.map(({ id }) => id)).toEqual(["k_0", "k_1", "k_2"]);
  expect(answer.next).toBeNull();
  expect(asked).toEqual([
    "/api/keys?limit=10000&project=web",
    "/api/keys?limit=10000&project=web&after=1",
    "/api/keys?limit=10000&project=web&after=2",
  ]);
});
