// The admin address under the same treatment: it answers only those who call it by its own name and show a credential.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, play, stillAlive } from "./hostile.ts";
import { talk } from "./wire.ts";
import { ADMIN, ADMIN_KEY, KEY, lines, startWorld, UPSTREAM_KEY, type World } from "./world.ts";

let world: World;
let host: string;
const KEYED = `authorization: ${ADMIN.authorization}`;
beforeAll(async () => {
  world = await startWorld();
  host = `host: ${new URL(world.gateway.adminUrl).host}`;
});
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

const PATHS = ["/", "/metrics", "/healthz", "/readyz", "/api/state"];

it.each(PATHS)("GET %s answers, and holds no secret", async (path) => {
  const said = await talk(world.gateway.adminUrl, [lines([`GET ${path} HTTP/1.1`, host, KEYED])]);
  expect(said.responses.map((one) => one.status)).toEqual([200]);
  expect(said.bytes.toString()).not.toContain(ADMIN_KEY);
  expect(said.bytes.toString()).not.toContain(KEY);
  expect(said.bytes.toString()).not.toContain(UPSTREAM_KEY);
});

it.each(PATHS)("HEAD %s answers without a body", async (path) => {
  const said = await talk(world.gateway.adminUrl, [lines([`HEAD ${path} HTTP/1.1`, host, KEYED])], { head: true });
  expect(said.responses.map((one) => one.status)).toEqual([200]);
  expect(said.rest).toHaveLength(0);
});

async function refused(say: readonly string[], status: number): Promise<void> {
  const said = await talk(world.gateway.adminUrl, say);
  expect(
    said.responses.map((one) => one.status),
    said.bytes.toString("latin1").slice(0, 300),
  ).toEqual([status]);
  const told = JSON.parse(said.responses[0]?.body.toString() ?? "") as { type: string; error: { message: string } };
  expect(told.type).toBe("error");
  expect(told.error.message.length).toBeGreaterThan(10);
  expect(said.rest).toHaveLength(0);
}

describe("methods", () => {
  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("%s", async (method) => {
    for (const path of PATHS) await refused([lines([`${method} ${path} HTTP/1.1`, host, "content-length: 0"])], 405);
  });
  it("a body is not read, and its sender gets the answer", async () => {
    await refused([lines(["POST /metrics HTTP/1.1", host, "content-length: 9000000"], "x".repeat(9_000_000))], 405);
  });
  it("CONNECT", async () => refused([lines(["CONNECT a:1 HTTP/1.1", "host: a:1"])], 405));
});

describe("a page that calls by a name of its own", () => {
  it.each([
    "evil.example",
    "evil.example:4101",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "169.254.169.254",
    "0.0.0.0",
    "[::]",
    "",
  ])("Host: %s", async (name) => {
    await refused([lines(["GET /metrics HTTP/1.1", `host: ${name}`])], 421);
    await refused([lines(["GET http://127.0.0.1/metrics HTTP/1.1", `host: ${name}`])], 421);
  });
  it.each(["localhost", "localhost:4101", "127.0.0.1", "127.0.0.1:1", "LOCALHOST", "[::1]:4101"])(
    "Host: %s is fine",
    async (name) => {
      const said = await talk(world.gateway.adminUrl, [lines(["GET /metrics HTTP/1.1", `host: ${name}`])]);
      expect(said.responses.map((one) => one.status)).toEqual([200]);
    },
  );
  it("two Hosts", async () => {
    await refused([lines(["GET /metrics HTTP/1.1", host, "host: evil.example"])], 421);
    await refused([lines(["GET /metrics HTTP/1.1", "host: evil.example", host])], 421);
  });
});

const BAD: readonly Case[] = [
  { name: "a target of 100 KB", say: [`GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`], status: 431 },
  { name: "headers of 64 KB", say: [lines(["GET / HTTP/1.1", `x: ${"a".repeat(66_000)}`])], status: 431 },
  { name: "garbage", say: ["\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"], status: 400 },
  {
    name: "both lengths",
    say: [
      lines(
        ["GET /metrics HTTP/1.1", "host: localhost", "content-length: 3", "transfer-encoding: chunked"],
        "0\r\n\r\n",
      ),
    ],
    status: 400,
  },
];

describe("what is no request", () => {
  it("HTTP/0.9", async () => refused(["GET /metrics\r\n\r\n"], 421));

  it.each(BAD)("$name", async (one) => void (await play(world, one, world.gateway.adminUrl)));
});

describe("paths", () => {
  it.each(["/api", "/api/", "/metrics/", "//metrics", "/v1/messages", "/../etc/passwd", "/%2e%2e/x", "/.env"])(
    "%s is not there",
    async (path) => refused([lines([`GET ${path} HTTP/1.1`, host])], 404),
  );
});
