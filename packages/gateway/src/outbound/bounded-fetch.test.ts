// Answers that do not end, that unpack to too much, and those that are as they should be.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { boundedFetch, MOST_SAID } from "./bounded-fetch.ts";

let server: Server;
let url = "";
let closed = 0;

beforeAll(async () => {
  server = createServer((req, res) => {
    if (req.url === "/bomb") {
      res.writeHead(200, { "content-encoding": "gzip" });
      res.end(gzipSync(Buffer.alloc(20 * MOST_SAID)));
    } else if (req.url === "/endless") {
      res.writeHead(200);
      const timer = setInterval(() => res.write(Buffer.alloc(65_536)), 1);
      res.on("close", () => {
        clearInterval(timer);
        closed += 1;
      });
    } else if (req.url === "/most") res.end(Buffer.alloc(MOST_SAID, 0x20));
    else if (req.url === "/none") res.writeHead(204).end();
    else if (req.url === "/else") res.writeHead(302, { location: "/most" }).end();
    else res.writeHead(404, { "content-type": "application/json" }).end('{"error":"none"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it("an endless answer and one that unpacks to more are cut off, and the connection ends", async () => {
  for (const path of ["/endless", "/bomb"]) {
    const answer = await boundedFetch(`${url}${path}`);
    await expect(answer.text()).rejects.toThrow("more than 1048576 bytes");
  }
  await expect.poll(() => closed).toBe(1);
});

it("everything else comes as it is", async () => {
  expect((await (await boundedFetch(`${url}/most`)).text()).length).toBe(MOST_SAID);
  expect((await boundedFetch(`${url}/none`)).status).toBe(204);
  expect((await boundedFetch(`${url}/else`, { redirect: "manual" })).status).toBe(302);
  const missing = await boundedFetch(`${url}/x`);
  expect([missing.status, missing.headers.get("content-type"), await missing.json()]).toEqual([
    404,
    "application/json",
    { error: "none" },
  ]);
});
