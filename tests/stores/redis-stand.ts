// A Redis for the tests of one file, and a line to it.

import { type Clock, systemClock } from "@fairlead/runtime";
import { openRedis, type RedisLine } from "@fairlead/stores/redis";
import { afterAll, beforeAll } from "vitest";
import { type RedisServer, startRedis } from "./redis-server.ts";

/** What the tests of a file work with. */
export interface RedisStand {
  readonly clock: Clock;
  /** Only within tests and hooks that come after. */
  readonly line: RedisLine;
  /** Begins the keys of one store, and of no other. */
  prefix(): string;
}

/** Sets up the server and its hooks; to be called once, at the top of a file. */
export function redisStand(): RedisStand {
  const clock = systemClock();
  let server: RedisServer | undefined;
  let line: RedisLine | undefined;
  let prefixes = 0;
  beforeAll(async () => {
    server = await startRedis();
    line = openRedis(server.url, clock, { timeoutMs: 5_000 });
  });
  afterAll(async () => {
    await line?.close();
    await server?.remove();
  });
  return {
    clock,
    get line() {
      if (line === undefined) throw new Error("the Redis is not there yet");
      return line;
    },
    prefix: () => `t${++prefixes}`,
  };
}
