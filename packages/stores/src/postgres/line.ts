// The line to PostgreSQL: a pool that is made when it is needed, given up when it is lost, and bounded in time.

import type { Clock } from "@fairlead/runtime";
import pg from "pg";
import type { Fetched } from "../sql/ledger-columns.ts";
import { StoreError } from "../store-error.ts";
import { type PostgresAddress, tlsOf } from "./address.ts";
import { isLineLost, isRepeatable, sqlState, storeErrorOf } from "./failure.ts";
import { isMigrated, migratePostgres } from "./migrations.ts";

/** How patient and how wide a line is, milliseconds and connections. */
export interface PostgresPlan {
  readonly connectMs: number;
  readonly statementMs: number;
  readonly reportMs: number;
  readonly connections: number;
}

/** One statement. With a name it is planned once per connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Runs one statement. */
export type Run = (statement: Statement) => Promise<readonly Fetched[]>;

/** How much later than the server this side gives up on a statement, milliseconds: the server's word is the better one. */
const GRACE_MS = 250;
const TRIES = 5;

/** A line to one database. Everything rejects with a StoreError. */
export class PostgresLine {
  readonly name: string;
  readonly #address: PostgresAddress;
  readonly #clock: Clock;
  readonly #plan: PostgresPlan;
  #pool: Promise<pg.Pool> | undefined;
  #ready: Promise<void> | undefined;
  #closed = false;

  constructor(address: PostgresAddress, clock: Clock, plan: PostgresPlan) {
    this.name = address.name;
    this.#address = address;
    this.#clock = clock;
    this.#plan = plan;
  }

  /** One statement on its own. */
  async query(statement: Statement): Promise<readonly Fetched[]> {
    return this.#attempt((run) => run(statement), this.#plan.statementMs);
  }

  /** One that may take as long as reports do. It reads only. */
  async report(statement: Statement): Promise<readonly Fetched[]> {
    const { reportMs } = this.#plan;
    return this.#attempt(async (run) => {
      await run({ text: "BEGIN READ ONLY", values: [] });
      await run({ text: `SET LOCAL statement_timeout = ${reportMs}`, values: [] });
      const rows = await run(statement);
      await run({ text: "COMMIT", values: [] });
      return rows;
    }, reportMs);
  }

  /** All or nothing; again from the beginning after a deadlock. */
  async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#attempt(async (run) => {
      await run({ text: "BEGIN", values: [] });
      const result = await work(run);
      await run({ text: "COMMIT", values: [] });
      return result;
    }, this.#plan.statementMs);
  }

  /** What a connection of its own is made of, for listening. */
  async settings(): Promise<pg.ClientConfig> {
    const { host, port, user, password, database } = this.#address;
    const { connectMs, statementMs } = this.#plan;
    return {
      host,
      port,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      ...(database !== undefined && { database }),
      ssl: await tlsOf(this.#address),
      application_name: "fairlead",
      keepAlive: true,
      connectionTimeoutMillis: connectMs,
      statement_timeout: statementMs,
      lock_timeout: statementMs,
      query_timeout: statementMs + GRACE_MS,
      // An instance that is stopped in its tracks must not hold its locks for ever.
      idle_in_transaction_session_timeout: statementMs,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.then((one) => one.end()).catch(() => {});
  }

  async #attempt<T>(work: (run: Run) => Promise<T>, withinMs: number): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#migrated();
        return await this.#withClient(work, withinMs);
      } catch (error) {
        if (isRepeatable(error) && attempt < TRIES) continue;
        if (sqlState(error) === "42P01") this.#ready = undefined;
        throw storeErrorOf(error, this.name);
      }
    }
  }

  async #withClient<T>(work: (run: Run) => Promise<T>, withinMs: number): Promise<T> {
    const pooled = this.#open();
    let client: pg.PoolClient | undefined;
    try {
      const pool = await pooled;
      client = await pool.connect();
      const result = await work(this.#runOn(client, withinMs));
      client.release();
      return result;
    } catch (error) {
      if (client !== undefined) await giveBack(client, error);
      if (isLineLost(error) && this.#pool === pooled) {
        this.#pool = undefined;
        void pooled.then((pool) => pool.end()).catch(() => {});
      }
      throw error;
    }
  }

  #runOn(client: pg.PoolClient, withinMs: number): Run {
    return async ({ name, text, values }) => {
      const query = {
        text,
        values: [...values],
        query_timeout: withinMs + GRACE_MS,
        ...(name !== undefined && { name }),
      };
      return (await client.query<Fetched>(query)).rows;
    };
  }

  #open(): Promise<pg.Pool> {
    if (this.#closed) return Promise.reject(new StoreError("unavailable", `${this.name} was closed`));
    this.#pool ??= this.settings().then((settings) => {
      const pool = new pg.Pool({ ...settings, max: this.#plan.connections, idleTimeoutMillis: 30_000 });
      // A connection that breaks while nobody uses it leaves the pool by itself; one that is in use fails what it runs. Both
      // tell of it besides, and what nobody hears ends the process.
      pool.on("error", () => {});
      pool.on("connect", (client) => client.on("error", () => {}));
      return pool;
    });
    return this.#pool;
  }

  #migrated(): Promise<void> {
    this.#ready ??= this.#migrate().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #migrate(): Promise<void> {
    const { reportMs, statementMs } = this.#plan;
    if (await this.#withClient((run) => isMigrated(run, this.name), statementMs)) return;
    await this.#withClient((run) => migratePostgres(run, this.name, this.#clock.wall(), reportMs), reportMs);
  }
}

/** The server said no: the connection is as good as before. Else nobody knows what it is in the middle of. */
async function giveBack(client: pg.PoolClient, error: unknown): Promise<void> {
  const usable = (StoreError.is(error) || sqlState(error) !== undefined) && !isLineLost(error);
  const clean =
    usable &&
    (await client.query("ROLLBACK").then(
      () => true,
      () => false,
    ));
  client.release(!clean);
}
