// Delivery: pace, pings, backpressure, constant memory, chunking, capacity.

import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { eventsOf, joined, type TestStand, testStand, turn } from "./test-stand.ts";

let stand: TestStand;
afterEach(() => stand.simulator.close());

const scripted = (script: unknown) => ({ headers: { "x-simulator-answer": JSON.stringify(script) } });

test("tokens come at their pace, and pings in silence", async () => {
  stand = await testStand();
  const script = {
    blocks: [{ type: "text", tokens: 40 }],
    tokens_per_second: 200,
    first_token_ms: 60,
    delta_chars: 80,
    ping_ms: 30,
  };
  const seen = await stand.ask(turn("x", { stream: true }), scripted(script));
  expect(seen.firstByteMs).toBeGreaterThan(55);
  expect(seen.totalMs - seen.firstByteMs).toBeGreaterThan(180);
  const names = eventsOf(seen.body).map(({ event }) => event);
  expect(names.filter((name) => name === "ping").length).toBeGreaterThanOrEqual(3);
  const whole = await stand.ask(turn("x"), scripted(script));
  expect(whole.firstByteMs).toBeGreaterThan(240);
});

// Tried again: a pause of the machine is late once, a fault each time.
test("latency and time to first token are the region's", { retry: 2 }, async () => {
  stand = await testStand({
    pace: "real",
    regions: [{ name: "far", latencyMs: 50, firstTokenMs: { kind: "fixed", value: 40 }, tokensPerSecond: 100_000 }],
  });
  const seen = await stand.ask(turn("x", { stream: true }));
  expect(seen.firstByteMs).toBeGreaterThan(85);
  expect(seen.firstByteMs).toBeLessThan(300);
});

test("above its capacity a region answers 529", async () => {
  stand = await testStand({ regions: [{ name: "small", capacity: 2 }] });
  const slow = scripted({ first_token_ms: 150 });
  const seen = await Promise.all([1, 2, 3].map(() => stand.ask(turn("x"), slow)));
  expect(seen.map(({ status }) => status).sort()).toEqual([200, 200, 529]);
  expect((await stand.ask(turn("x"))).status).toBe(200);
});

test("50 MB are streamed whole in constant memory", async () => {
  stand = await testStand();
  const script = { blocks: [{ type: "text", chars: 50_000_000 }], delta_chars: 8_192 };
  const body = JSON.stringify(turn("x", { stream: true }));
  const head = `POST /v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\nx-simulator-answer: ${JSON.stringify(script)}\r\ncontent-length: ${body.length}\r\n\r\n`;
  global.gc?.();
  const before = process.memoryUsage().rss;
  let most = 0;
  let bytes = 0;
  let tail = "";
  await new Promise((resolve) => {
    const socket = connect(stand.port, "127.0.0.1", () => socket.write(head + body));
    socket.on("data", (part) => {
      bytes += part.length;
      tail = (tail + part.subarray(-200).toString("latin1")).slice(-200);
      most = Math.max(most, process.memoryUsage.rss());
    });
    socket.on("end", resolve);
  });
  expect(bytes).toBeGreaterThan(50_000_000);
  expect(tail).toContain("message_stop");
  expect((most - before) / 1e6).toBeLessThan(150);
  expect(stand.simulator.bills().total.outputTokens).toBe(12_500_000);
});

test("a reader that stops reading stops the writer", async () => {
  stand = await testStand();
  const script = { blocks: [{ type: "text", chars: 50_000_000 }], delta_chars: 8_192 };
  const body = JSON.stringify(turn("x", { stream: true }));
  const socket = connect(stand.port, "127.0.0.1");
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: h\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\nx-simulator-answer: ${JSON.stringify(script)}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  socket.pause();
  const sent = () => stand.simulator.log.entries[0]?.bytesOut ?? 0;
  await expect.poll(sent).toBeGreaterThan(0);
  let last = -1;
  await expect
    .poll(
      () => {
        const now = sent();
        const still = now === last;
        last = now;
        return still;
      },
      { interval: 80 },
    )
    .toBe(true);
  expect(last).toBeLessThan(20_000_000);
  socket.destroy();
  await expect.poll(() => stand.simulator.log.entries[0]?.ended).toBe("client-left");
});

test.each([["event"], ["coalesced"], ["random"], [7]])("chunks %s carry the same bytes", async (chunks) => {
  stand = await testStand();
  const seen = await stand.ask(
    turn("x", { stream: true }),
    scripted({ blocks: [{ type: "text", text: "naïve 漢字 🙂 text" }], chunks, delta_chars: 1 }),
  );
  expect(joined(seen.body, "text_delta", "text")).toBe("naïve 漢字 🙂 text");
  const count = seen.raw.toString("latin1").split(/\r\n[0-9a-f]+\r\n/).length;
  if (chunks === "coalesced") expect(count).toBeLessThan(6);
  else expect(count).toBeGreaterThan(15);
});
