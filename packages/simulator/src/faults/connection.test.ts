// Faults of the connection: refused, half-open, raced; and the patterns in time.

import { Agent, get } from "node:http";
import { afterEach, expect, test } from "vitest";
import { type TestStand, testStand, turn } from "../test-stand.ts";

let stand: TestStand;
afterEach(() => stand.simulator.close());

test("a refused port refuses, the control listener does not, and removing the fault opens the port again", async () => {
  stand = await testStand();
  const added = await stand.control("POST", "/faults", { kind: "refuse", id: "down" });
  expect(added).toEqual({ status: 201, value: { id: "down" } });
  await stand.simulator.settled();
  expect((await stand.ask(turn("hi"))).ended).toBe("refused");
  expect((await stand.control("GET", "/faults")).value.faults).toMatchObject([
    { id: "down", kind: "refuse", phase: "connect" },
  ]);
  expect((await stand.control("DELETE", "/faults/down")).status).toBe(200);
  await stand.simulator.settled();
  expect((await stand.ask(turn("hi"))).status).toBe(200);
});

test("one region goes, the other stays", async () => {
  stand = await testStand({ regions: [{ name: "east" }, { name: "west" }] });
  const [east, west] = stand.simulator.regions;
  stand.simulator.faults.add({ kind: "refuse", filter: { region: "east" } });
  await stand.simulator.settled();
  expect((await stand.ask(turn("hi"), { port: east?.port ?? 0 })).ended).toBe("refused");
  expect((await stand.ask(turn("hi"), { port: west?.port ?? 0 })).status).toBe(200);
});

test("refuse ends by itself after its time, and flaps", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "refuse", pattern: { forMs: 60 } });
  await stand.simulator.settled();
  expect((await stand.ask(turn("hi"))).ended).toBe("refused");
  await expect.poll(async () => (await stand.ask(turn("hi"))).status).toBe(200);
  stand.simulator.faults.add({ kind: "refuse", id: "flap", pattern: { flap: { upMs: 40, downMs: 40 } } });
  const seen = new Set<number>();
  for (let i = 0; i < 60 && seen.size < 2; i++) {
    seen.add((await stand.ask(turn("hi"))).status);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(seen).toEqual(new Set([0, 200]));
});

test("a connection that is served when the port closes is closed behind its answer", async () => {
  stand = await testStand();
  const body = JSON.stringify(turn("hi"));
  const lines = ["POST /v1/messages HTTP/1.1", "host: x", "x-api-key: k", "anthropic-version: 2023-06-01"];
  const more = [`content-length: ${body.length}`, 'x-simulator-answer: {"first_token_ms":150}', "", body];
  // A kept-alive connection: by itself it would stay open.
  const verbatim = Buffer.from([...lines, ...more].join("\r\n"));
  const asked = stand.ask("", { verbatim, patienceMs: 1_500 });
  await expect.poll(() => stand.simulator.log.entries.length).toBe(1);
  stand.simulator.faults.add({ kind: "refuse" });
  const { status, whole, ended } = await asked;
  expect({ status, whole, ended }).toEqual({ status: 200, whole: true, ended: "fin" });
});

test("idle connections are closed when the port is refused", async () => {
  stand = await testStand();
  const request = `GET /v1/models HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\n\r\n`;
  const kept = stand.ask("", { verbatim: Buffer.from(request), patienceMs: 2_000 });
  await expect.poll(() => stand.simulator.log.entries[0]?.ended).toBe("complete");
  stand.simulator.faults.add({ kind: "refuse" });
  expect(["fin", "reset"]).toContain((await kept).ended);
});

test("no fault of connections reaches the control listener, and it serves nothing else", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "accept-then-reset" });
  expect((await stand.ask(turn("hi"))).ended).toBe("reset");
  expect((await stand.control("GET", "/health")).value).toMatchObject({ ok: true });
  const port = Number(new URL(stand.simulator.controlUrl).port);
  expect((await stand.ask(turn("hi"), { port })).status).toBe(404);
});

test("a half-open connection takes what the kernel buffers and says nothing", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "half-open", pattern: "once" });
  const seen = await stand.ask("x".repeat(30_000_000), { patienceMs: 100 });
  expect([seen.ended, seen.raw.length]).toEqual(["open", 0]);
  expect(stand.simulator.log.entries).toMatchObject([{ method: "", faults: [{ kind: "half-open", fired: true }] }]);
  expect((await stand.ask(turn("hi"))).status).toBe(200);
});

test("accept-then-reset after the first bytes reads them first", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "accept-then-reset", params: { after: "first-bytes" } });
  const seen = await stand.ask(turn("hi"));
  expect([seen.ended, seen.raw.length]).toEqual(["reset", 0]);
});

test("the keep-alive race spares a connection's first request and takes its second", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "keep-alive-race", filter: { path: "*" }, pattern: "once" });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
  const ask = () =>
    new Promise((resolve) => {
      const options = { port: stand.port, path: "/v1/models", agent, headers };
      const request = get(options, (res) => res.resume().on("end", () => resolve(res.statusCode)));
      request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
  const seen = [await ask(), await ask(), await ask()];
  agent.destroy();
  expect(seen).toEqual([200, "ECONNRESET", 200]);
  const logged = stand.simulator.log.entries.map(({ turn, ended }) => `${turn} ${ended}`);
  expect(logged).toEqual(["1 complete", "2 fault", "1 complete"]);
});

test("early 413 comes before the body is sent", async () => {
  stand = await testStand();
  stand.simulator.faults.add({ kind: "early-413" });
  const head = `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\ncontent-length: 1000000\r\n\r\n{"a`;
  const seen = await stand.ask("", { verbatim: Buffer.from(head) });
  expect([seen.status, JSON.parse(seen.body.toString()).error.type]).toEqual([413, "request_too_large"]);
});
