// Every store against the one suite: memory, SQLite in a file, a real PostgreSQL, a real Redis.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@fairlead/runtime";
import { memoryStores, type Stores } from "@fairlead/stores";
import { CASES } from "@fairlead/stores/conformance";
import { openPostgres } from "@fairlead/stores/postgres";
import { openRedis, redisMarks, redisNotices } from "@fairlead/stores/redis";
import { openSqlite } from "@fairlead/stores/sqlite";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

type Contract = keyof typeof CASES;
const ALL: readonly Contract[] = ["ledger", "records", "audit", "marks", "notices", "custody"];
const clock = systemClock();

/** Runs the cases; `place` gives the function that opens an instance on data of its own. */
function conforms(contracts: readonly Contract[], place: () => Promise<(clock: Clock) => Stores>): void {
  for (const contract of contracts) {
    describe(contract, () => {
      for (const { name, run } of CASES[contract]) {
        it(name, async () => {
          const open = await place();
          const opened: Stores[] = [];
          try {
            await run({
              clock,
              async open(own = clock) {
                const stores = open(own);
                opened.push(stores);
                return stores;
              },
            });
          } finally {
            for (const stores of opened) await stores.close();
          }
        });
      }
    });
  }
}

describe("memory", () => {
  conforms(ALL, async () => {
    let stores: Stores | undefined;
    return (own) => {
      stores ??= memoryStores(own);
      return stores;
    };
  });
});

describe("sqlite", () => {
  let folder: string;
  let files = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fairlead-conformance-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  conforms(ALL, async () => {
    const file = join(folder, `${++files}.db`);
    return (own) => openSqlite(file, own);
  });
});

describe("postgres", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.remove());
  conforms(ALL, async () => {
    const url = await server.database();
    return (own) => openPostgres(url, own, { connections: 4 });
  });
});

describe("redis", () => {
  let server: RedisServer;
  let places = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.remove());
  conforms(["marks", "notices"], async () => {
    const prefix = `place-${++places}:`;
    return (own) => {
      const line = openRedis(server.url, own, { timeoutMs: 2_000 });
      const stores = memoryStores(own);
      return {
        ...stores,
        marks: redisMarks(line, prefix),
        notices: redisNotices(line, prefix),
        close: () => line.close(),
      };
    };
  });
});
