// The outages, one by one: how each begins and how it ends.

import type { OutageWorld } from "./outage-world.ts";

/** One outage. */
export interface Part {
  readonly name: string;
  readonly says: string;
  begin(world: OutageWorld): Promise<void>;
  end(world: OutageWorld): Promise<void>;
}

/** All outages during which gateways run. */
export const PARTS: readonly Part[] = [
  {
    name: "redis-dead",
    says: "Redis is killed, and started again with its data",
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.start(),
  },
  {
    name: "redis-slow",
    says: "every byte to and from Redis takes 500 ms",
    begin: async ({ redisLine }) => redisLine.delay(500),
    end: async ({ redisLine }) => redisLine.delay(0),
  },
  {
    name: "redis-split",
    says: "connections to Redis stay open and nothing passes",
    begin: async ({ redisLine }) => redisLine.freeze(true),
    end: async ({ redisLine }) => redisLine.freeze(false),
  },
  {
    name: "postgres-dead",
    says: "PostgreSQL is killed, and started again with its data",
    begin: ({ postgres }) => postgres.kill(),
    end: ({ postgres }) => postgres.start(),
  },
  {
    name: "postgres-split",
    says: "connections to PostgreSQL stay open and nothing passes",
    begin: async ({ postgresLine }) => postgresLine.freeze(true),
    end: async ({ postgresLine }) => postgresLine.freeze(false),
  },
  {
    name: "both-dead",
    says: "both are killed, and started again",
    begin: async ({ redis, postgres }) => {
      await Promise.all([redis.kill(), postgres.kill()]);
    },
    end: async ({ redis, postgres }) => {
      await Promise.all([redis.start(), postgres.start()]);
    },
  },
];
