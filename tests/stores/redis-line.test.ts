// The line to a real Redis: within its time, through death, silence and slowness, and back by itself.

import { type AddressInfo, createServer } from "node:net";
import { systemClock } from "@fairlead/runtime";
import { StoreError } from "@fairlead/stores";
import { openRedis, type RedisLine, type RedisOptions, redisMarks, redisScript } from "@fairlead/stores/redis";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { slowLine } from "./slow-line.ts";

const clock = systemClock();
let server: RedisServer;
const lines: RedisLine[] = [];

beforeAll(async () => {
  server = await startRedis({ password: "s3cretWord" });
});
afterEach(async () => {
  for (const line of lines.splice(0)) await line.close();
  server.resume();
  await server.start();
});
afterAll(() => server?.remove());

function open(url = server.url, options: RedisOptions = {}): RedisLine {
  // Longer than the default, because the tests share two cores.
  const line = openRedis(url, clock, { timeoutMs: 300, probeMs: 50, ...options });
  lines.push(line);
  return line;
}

async function failure(work: Promise<unknown>): Promise<StoreError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

async function until(holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const giveUp = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it("sends commands and runs scripts, known to Redis or not", async () => {
  const line = open();
  await line.ready();
  await line.send(["SET", "a", "1"]);
  expect(await line.send(["GET", "a"])).toBe("1");
  expect(await line.send(["GET", "none"])).toBeNull();
  const script = redisScript("return {KEYS[1], ARGV[1], redis.call('INCRBY', KEYS[1], ARGV[1])}");
  await line.send(["SCRIPT", "FLUSH"]);
  expect(await line.run(script, ["n"], ["5"])).toEqual(["n", "5", 5]);
  expect(await line.run(script, ["n"], ["5"])).toEqual(["n", "5", 10]);
  expect((await failure(line.send(["NO-SUCH-COMMAND"]))).code).toBe("invalid");
  expect(line.up).toBe(true);
});

// Tried again: a pause of the machine is late once, a fault each time.
it("comes back on the same line after Redis was killed and started again", { retry: 2 }, async () => {
  const line = open();
  await line.ready();
  const told: boolean[] = [];
  line.watch((up) => told.push(up));
  await line.send(["SET", "kept", "yes"]);
  await server.kill();
  expect((await failure(line.send(["GET", "kept"]))).code).toBe("unavailable");
  await until(() => !line.up);
  const began = performance.now();
  await failure(line.send(["GET", "kept"]));
  expect(performance.now() - began).toBeLessThan(100);
  await server.start();
  await until(() => line.up);
  expect(await line.send(["GET", "kept"])).toBe("yes");
  expect(told).toEqual([false, true]);
});

// Tried again: a pause of the machine is late once, a fault each time.
it("gives up within its time on a Redis that is stopped, asks it nothing more, and comes back", {
  retry: 2,
}, async () => {
  const line = open();
  await line.ready();
  await line.send(["PING"]);
  server.pause();
  try {
    const began = performance.now();
    const all = await Promise.all([1, 2, 3].map(() => failure(line.send(["PING"]))));
    expect(performance.now() - began).toBeLessThan(900);
    expect(all.map(({ code }) => code)).toEqual(["unavailable", "unavailable", "unavailable"]);
    expect(line.up).toBe(false);
  } finally {
    server.resume();
  }
  await until(() => line.up);
  expect(await line.send(["PING"])).toBe("PONG");
});

// Tried again: a pause of the machine is late once, a fault each time.
it("starts while Redis is stopped, waits for it three times and no more", { retry: 2 }, async () => {
  server.pause();
  const line = open(server.url, { connectMs: 10_000 });
  for (let n = 0; n < 3; n += 1) await failure(line.send(["PING"]));
  expect(line.up).toBe(false);
  const began = performance.now();
  for (let n = 0; n < 50; n += 1) await failure(line.send(["PING"]));
  expect(performance.now() - began).toBeLessThan(300);
  server.resume();
  await until(() => line.up);
  expect(await line.send(["PING"])).toBe("PONG");
});

it("takes a slow Redis for a dead one, and takes it back when it is quick", async () => {
  const slow = await slowLine(server.port);
  try {
    const line = open(slow.through(server.url));
    await line.ready();
    await line.send(["PING"]);
    slow.delay(500);
    for (let n = 0; n < 3; n += 1) await failure(line.send(["PING"]));
    expect(line.up).toBe(false);
    const sent = slow.sent();
    for (let n = 0; n < 100; n += 1) await failure(line.send(["ECHO", "x".repeat(1_000)]));
    expect(slow.sent() - sent).toBeLessThan(1_000);
    slow.delay(0);
    await until(() => line.up);
    slow.freeze(true);
    for (let n = 0; n < 3; n += 1) await failure(line.send(["PING"]));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(line.up).toBe(false);
    slow.freeze(false);
    await until(() => line.up);
  } finally {
    await slow.close();
  }
});

it("says when a channel is heard again after the connection was cut, or silent for long", async () => {
  const slow = await slowLine(server.port);
  try {
    const listener = open(slow.through(server.url));
    const speaker = open();
    await speaker.ready();
    const heard: (string | undefined)[] = [];
    const stop = listener.subscribe("c", (text) => heard.push(text));
    await until(() => heard.length === 1);
    await speaker.send(["PUBLISH", "c", "one"]);
    await until(() => heard.length === 2);
    slow.cut();
    await until(() => heard.length === 3);
    await speaker.send(["PUBLISH", "c", "two"]);
    await until(() => heard.length === 4);
    // Nothing is sent and nobody hangs up: only its own look at the line can find this out.
    slow.freeze(true);
    await until(() => !listener.up);
    slow.cut();
    slow.freeze(false);
    await until(() => heard.length === 5);
    await speaker.send(["PUBLISH", "c", "three"]);
    await until(() => heard.length === 6);
    stop();
    await speaker.send(["PUBLISH", "c", "four"]);
    await listener.send(["PING"]);
    expect(heard).toEqual([undefined, "one", undefined, "two", undefined, "three"]);
  } finally {
    await slow.close();
  }
});

it("never repeats a password, and says what is wrong with it", async () => {
  const wrong = await failure(open(server.url.replace("s3cretWord", "wr0ngWord")).ready());
  expect(wrong.message).toMatch(/WRONGPASS.*set the right user and password/);
  const none = await failure(open(`redis://127.0.0.1:${server.port}`).ready());
  expect(none.message).toMatch(/NOAUTH|password/);
  for (const url of [
    "s3cretWord",
    "http://:s3cretWord@a",
    "redis://:s3cretWord@h/x",
    "redis://:s3cretWord@h?tls=1",
    "redis://:s3cretWord%@h",
  ]) {
    const error = await failure(Promise.resolve().then(() => open(url)));
    expect(error.code).toBe("invalid");
    expect(`${error.message}${String(error.cause)}`).not.toContain("s3cretWord");
  }
  expect(`${wrong.message}${wrong.stack}`).not.toContain("wr0ngWord");
  expect((await failure(Promise.resolve().then(() => open(server.url, { timeoutMs: 0 })))).code).toBe("invalid");
});

it("speaks TLS, trusting the file that it is told to trust and nothing else", async () => {
  const secure = await startRedis({ tls: true, password: "s3cretWord" });
  try {
    const line = open(`${secure.url}?ca=${secure.ca}`, { timeoutMs: 2_000 });
    expect(await line.send(["PING"])).toBe("PONG");
    const doubting = await failure(open(secure.url, { timeoutMs: 2_000 }).ready());
    expect(doubting.message).toMatch(/self-signed/);
  } finally {
    await secure.remove();
  }
});

it.each([
  ["7", "READONLY You can't write against a read only replica. script: f_1, on @user_script:6."],
  [
    "6",
    "ERR Error running script (call to f_1): @user_script:6: @user_script: 6: -READONLY You can't write against a read only replica.",
  ],
])("looks for the new primary when a script of Redis %s ends on a replica", async (_version, says) => {
  const line = open();
  const before = await line.send(["CLIENT", "ID"]);
  const refused = await failure(line.run(redisScript(`return redis.error_reply(ARGV[1])`), [], [says]));
  expect(refused.code).toBe("unavailable");
  expect(await line.send(["CLIENT", "ID"])).not.toBe(before);
});

it("knows a full Redis by the words of version 6", async () => {
  const says =
    "ERR Error running script (call to f_1): @user_script:6: @user_script: 6: -OOM command not allowed when used memory > 'maxmemory'.";
  expect((await failure(open().run(redisScript("return redis.error_reply(ARGV[1])"), [], [says]))).code).toBe("full");
});

it("is full when Redis is, and closes without a word", async () => {
  const line = open();
  await line.ready();
  await line.send(["CONFIG", "SET", "maxmemory", "1"]);
  expect((await failure(redisMarks(line).claim("k", 1_000))).code).toBe("full");
  await line.send(["CONFIG", "SET", "maxmemory", "0"]);
  await line.close();
  expect((await failure(line.send(["PING"]))).code).toBe("unavailable");
  expect(line.up).toBe(false);
});

it("tells no password when a server repeats the login that it does not know", async () => {
  const password = "s3cret-Word";
  const old = createServer((socket) => {
    socket.on("data", () =>
      socket.write(`-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' '${password}'\r\n`),
    );
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  const line = open(`redis://:${password}@127.0.0.1:${(old.address() as AddressInfo).port}`);
  for (const work of [() => line.ready(), () => line.send(["PING"])]) {
    const { message } = await failure(work());
    expect(message).toContain("unknown command 'HELLO'");
    expect(message).not.toContain(password);
  }
  await line.close();
  old.close();
});

it("repeats nothing of an address that may be a piece of a password", () => {
  const told = () => openRedis("redis://user:12345?rest-of-a-word@127.0.0.1/0", clock);
  expect(told).toThrow(StoreError);
  expect(told).not.toThrow(/12345|rest-of/);
});
