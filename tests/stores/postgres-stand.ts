// A PostgreSQL for the tests of one file: stores opened on it are closed after each test, and it is up again.

import { type Clock, systemClock } from "@fairlead/runtime";
import { StoreError, type StoreErrorCode, type Stores } from "@fairlead/stores";
import { openPostgres, type PostgresOptions } from "@fairlead/stores/postgres";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

/** What the tests of a file work with. */
export interface PostgresStand {
  readonly clock: Clock;
  /** The server; only within tests and hooks that come after. */
  readonly server: PostgresServer;
  /** Opens stores that are closed after the test. */
  readonly open: (url: string, options?: PostgresOptions, own?: Clock) => Stores;
  /** The message of a StoreError of this code, which tells no password. */
  readonly refused: (code: StoreErrorCode, work: Promise<unknown>) => Promise<string>;
}

/** Sets up the server and its hooks; to be called once, at the top of a file. */
export function postgresStand(): PostgresStand {
  const clock = systemClock();
  const opened: Stores[] = [];
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await startPostgres({ tls: true });
  });
  afterEach(async () => {
    server?.resume();
    await server?.start();
    for (const stores of opened.splice(0)) await stores.close();
  });
  afterAll(() => server?.remove());
  return {
    clock,
    get server() {
      if (server === undefined) throw new Error("the server is started before the first test, not before");
      return server;
    },
    open(url, options = {}, own = clock) {
      const stores = openPostgres(url, own, { connectMs: 1_500, statementMs: 2_000, connections: 4, ...options });
      opened.push(stores);
      return stores;
    },
    async refused(code, work) {
      const error = await work.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(StoreError);
      const { message, stack, cause } = error as StoreError;
      expect(`${(error as StoreError).code}: ${message}`).toMatch(new RegExp(`^${code}: `));
      expect(`${stack} ${String(cause)}`).not.toContain(server?.password);
      return message;
    },
  };
}
