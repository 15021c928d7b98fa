// Paths, methods and request targets that lead nowhere: answered in Anthropic's shape, never passed on.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, play, stillAlive } from "./hostile.ts";
import { talk } from "./wire.ts";
import { BODY, KEY, lines, request, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await stillAlive(world);
  await world.close();
});

/** Every route with the methods that it answers. */
const ROUTES: ReadonlyArray<readonly [path: string, methods: readonly string[]]> = [
  ["/v1/messages", ["POST"]],
  ["/v1/messages/count_tokens", ["POST"]],
  ["/v1/messages/batches", ["GET", "POST", "HEAD"]],
  ["/v1/messages/batches/msgbatch_1", ["GET", "DELETE", "HEAD"]],
  ["/v1/messages/batches/msgbatch_1/cancel", ["POST"]],
  ["/v1/messages/batches/msgbatch_1/results", ["GET", "HEAD"]],
  ["/v1/models", ["GET", "HEAD"]],
  ["/v1/models/claude-test", ["GET", "HEAD"]],
  ["/v1/files", ["GET", "POST", "HEAD"]],
  ["/v1/files/file_1", ["GET", "DELETE", "HEAD"]],
  ["/v1/files/file_1/content", ["GET", "HEAD"]],
  ["/v1/complete", ["POST"]],
  ["/v1/chat/completions", ["POST"]],
  ["/api/hello", ["GET", "HEAD"]],
  ["/", ["GET", "HEAD"]],
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"];

describe.each(ROUTES)("%s", (path, allowed) => {
  it.each(METHODS.filter((method) => !allowed.includes(method)))("%s is refused with 405", async (method) => {
    const said = await play(world, {
      name: method,
      say: [request("", [], `${method} ${path} HTTP/1.1`)],
      status: 405,
      listening: { head: method === "HEAD" },
    });
    const allow = said.responses[0]?.headers.get("allow")?.split(", ");
    expect(allow?.filter((one) => one !== "HEAD")).toEqual(allowed.filter((one) => one !== "HEAD"));
  });
});

const get = (target: string, status: number): Case => ({
  name: JSON.stringify(target.slice(0, 60)),
  say: [lines([`GET ${target} HTTP/1.1`, "host: gateway", `x-api-key: ${KEY}`])],
  status,
});

const UNKNOWN: readonly Case[] = [
  "/v1",
  "/v1/",
  "/v2/messages",
  "/V1/messages",
  "/v1/Messages",
  "/v1/messages/",
  "/v1/messages;x=1",
  "/v1/messages%20",
  "/v1//messages",
  "//v1/messages",
  "/v1/messages//count_tokens",
  "/v1/v1/messages",
  "/messages",
  "/v1/models/a/b",
  "/v1/files/..file",
  "/v1/organizations/usage_report",
  "/v1/streams/abc",
  "/oauth/authorize",
  "/metrics",
  "/favicon.ico",
  "/.env",
  "/.git/config",
  "/wp-login.php",
  "/cgi-bin/luci",
  "/v1/models/%61",
  "/v1/models/a%3fb",
  `/${"a".repeat(30_000)}`,
  `/v1/models/${"%3A".repeat(10_000)}/`,
].map((target) => get(target, target === "/v1/files/..file" ? 200 : 404));

const MALFORMED: readonly Case[] = [
  "/v1/./messages",
  "/v1/../v1/messages",
  "/v1/messages/..",
  "/v1/models/..",
  "/v1/models/.",
  "/..",
  "/v1/models/%2e%2e",
  "/v1/models/%2E%2e/secret",
  "/v1/models/.%2e",
  "/v1/models/..%2fsecret",
  "/v1/models/a%2Fb",
  "/v1/models/a%5cb",
  "/v1/models/a\\b",
  "/v1\\messages",
  "/v1/models/a%00",
  "/v1/models/a%0d%0ax-evil:1",
  "/v1/models/\xe4",
  "/v1/models#part",
  "/v1/models?x#part",
  "/v1/models?\xff",
  "*",
  "v1/models",
  "gateway:80",
  "http://gateway/v1/models",
  "HTTP://169.254.169.254/latest/meta-data",
  "https://api.anthropic.com/v1/models",
  "file:///etc/passwd",
  "?a=b",
].map((target) => get(target, 400));

const UNREADABLE: readonly Case[] = [
  { name: "a blank in the target", say: [lines(["GET /v1/models /x HTTP/1.1", "host: gateway"])], status: 400 },
  { name: "a NUL in the target", say: [lines(["GET /v1/models\0 HTTP/1.1", "host: gateway"])], status: 400 },
  { name: "a CR in the target", say: [lines(["GET /v1/models\r HTTP/1.1", "host: gateway"])], status: 400 },
  { name: "a target of 100 KB", say: [lines([`GET /${"a".repeat(100_000)} HTTP/1.1`, "host: gateway"])], status: 431 },
  { name: "OPTIONS *", say: [lines(["OPTIONS * HTTP/1.1", "host: gateway"])], status: 400 },
  {
    name: "CONNECT",
    say: [lines(["CONNECT api.anthropic.com:443 HTTP/1.1", "host: api.anthropic.com:443"])],
    status: 405,
  },
  {
    name: "CONNECT with bytes behind it",
    say: [lines(["CONNECT 127.0.0.1:22 HTTP/1.1", "host: 127.0.0.1:22"], "SSH-2.0-x\r\n")],
    status: 405,
  },
  { name: "CONNECT to a path", say: [lines(["CONNECT /v1/messages HTTP/1.1", "host: gateway"])], status: 405 },
];

describe("unknown paths", () => {
  it.each(UNKNOWN.filter((one) => one.status === 404))("$name", async (one) => void (await play(world, one)));
});
describe("malformed targets", () => {
  it.each(MALFORMED)("$name", async (one) => void (await play(world, one)));
  it.each(UNREADABLE)("$name", async (one) => void (await play(world, one)));
});

describe("targets that look odd and are fine", () => {
  it.each([
    "/v1/files/..file",
    "/v1/models/anthropic.claude-v1:0",
    "/v1/models/claude%3A1@2026",
    "/v1/models?limit=1&after_id=%2F..%2F",
    "/v1/models?",
    "/v1/models?a=//../\\",
    `/v1/models?q=${"a".repeat(30_000)}`,
  ])("%s reaches the upstream as it is", async (target) => {
    await play(world, { ...get(target, 200), reaches: 1 });
    expect(world.upstream.received[0]?.target).toBe(target);
  });
});

describe("upgrades", () => {
  it.each([
    [
      "websocket",
      ["connection: Upgrade", "upgrade: websocket", "sec-websocket-key: eA==", "sec-websocket-version: 13"],
    ],
    ["h2c", ["connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__"]],
  ])("%s is not accepted: the request is answered as plain HTTP/1.1", async (name, headers) => {
    await play(world, { name, say: [request(BODY, headers)], status: 200, reaches: 1 });
    expect(Buffer.concat(world.upstream.raw).toString()).not.toMatch(/upgrade|http2-settings/i);
  });

  it("a GET with an upgrade to no route is a 404", async () => {
    const said = await talk(world.gateway.url, [
      lines(["GET /chat HTTP/1.1", "host: gateway", "connection: Upgrade", "upgrade: websocket"]),
    ]);
    expect(said.responses.map((one) => one.status)).toEqual([404]);
  });
});
