// The servers that the tests start do come up, keep what they have, and leave nothing behind.

import { existsSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { type PostgresServer, query, queryRows, startPostgres } from "./postgres-server.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { accepts } from "./server-process.ts";
import { slowLine } from "./slow-line.ts";

const running: { remove(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of running) await one.remove();
});

async function startBoth(): Promise<{ redis: RedisServer; postgres: PostgresServer }> {
  const redis = await startRedis();
  running.push(redis);
  const postgres = await startPostgres();
  running.push(postgres);
  return { redis, postgres };
}

it("starts, pauses, kills and removes a Redis and a PostgreSQL", async () => {
  const { redis, postgres } = await startBoth();
  const url = await postgres.database();
  await query(url, "CREATE TABLE t (n int)");
  await query(url, "INSERT INTO t VALUES (1)");
  await postgres.kill();
  await redis.kill();
  await expect(accepts(postgres.port)).rejects.toThrow();
  await expect(accepts(redis.port)).rejects.toThrow();
  await postgres.start();
  await redis.start();
  expect(await queryRows(url, "SELECT n FROM t")).toEqual([{ n: 1 }]);
  postgres.pause();
  const late = queryRows(url, "SELECT n FROM t");
  expect(await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 300, "silent"))])).toBe("silent");
  postgres.resume();
  expect(await late).toEqual([{ n: 1 }]);
  await postgres.stop();
  await expect(accepts(postgres.port)).rejects.toThrow();
  for (const one of running.splice(0)) await one.remove();
  expect([redis.folder, postgres.folder].filter((folder) => existsSync(folder))).toEqual([]);
});

it("slows a line, freezes it and cuts it", async () => {
  const redis = await startRedis();
  running.push(redis);
  const line = await slowLine(redis.port);
  try {
    await accepts(line.port);
    line.cut();
    line.refuse(true);
    await expect(accepts(line.port)).rejects.toThrow();
    line.refuse(false);
    await accepts(line.port);
  } finally {
    await line.close();
  }
});
