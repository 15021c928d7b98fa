// Two gateway processes on a real Redis and a real PostgreSQL, each store behind a line that can be cut, slow or silent.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock, systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { openPostgres } from "@fairlead/stores/postgres";
import { freePorts, GatewayUnit } from "../fleet/gateway-unit.ts";
import { type PostgresServer, startPostgres } from "../stores/postgres-server.ts";
import { type RedisServer, startRedis } from "../stores/redis-server.ts";
import { type SlowLine, slowLine } from "../stores/slow-line.ts";

/** Keys of the project without limits, and of the one with. */
export const OPEN = "fl-dev-open-0123456789abcdef";
export const CAPPED = "fl-dev-capped-0123456789abcdef";
/** Requests a minute that the second one has. */
export const RPM = 600;
/** How much of it may be used at once. */
export const BURST_S = 2;

/** Sums of the ledger, or of the simulator's bill. */
export interface Sums {
  readonly attempts: number;
  readonly input: number;
  readonly output: number;
}

/** Both at one moment. */
export interface Base {
  readonly ledger: Sums;
  readonly bill: Sums;
}

const ZERO: Sums = { attempts: 0, input: 0, output: 0 };
const NOTHING: Base = { ledger: ZERO, bill: ZERO };

function minus(a: Sums, b: Sums): Sums {
  return { attempts: a.attempts - b.attempts, input: a.input - b.input, output: a.output - b.output };
}

function same(a: Sums, b: Sums): boolean {
  return a.attempts === b.attempts && a.input === b.input && a.output === b.output;
}

/** All of it. */
export class OutageWorld {
  readonly units: readonly GatewayUnit[];
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly redisLine: SlowLine;
  readonly postgresLine: SlowLine;
  readonly simulator: Simulator;
  readonly #folder: string;
  readonly #database: string;

  private constructor(parts: {
    units: readonly GatewayUnit[];
    redis: RedisServer;
    postgres: PostgresServer;
    redisLine: SlowLine;
    postgresLine: SlowLine;
    simulator: Simulator;
    folder: string;
    database: string;
  }) {
    this.units = parts.units;
    this.redis = parts.redis;
    this.postgres = parts.postgres;
    this.redisLine = parts.redisLine;
    this.postgresLine = parts.postgresLine;
    this.simulator = parts.simulator;
    this.#folder = parts.folder;
    this.#database = parts.database;
  }

  /** Starts everything. */
  static async start(): Promise<OutageWorld> {
    const folder = mkdtempSync(join(tmpdir(), "fairlead-outage-"));
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    const database = await postgres.database();
    const redisLine = await slowLine(redis.port);
    const postgresLine = await slowLine(postgres.port);
    const simulator = await startSimulator(
      {
        seed: "outage",
        controlPort: 0,
        log: { maxEntries: 100, maxBytes: 1_000_000 },
        regions: [
          {
            name: "near",
            port: 0,
            firstTokenMs: { kind: "lognormal", median: 60, sigma: 0.2 },
            tokensPerSecond: { kind: "lognormal", median: 400, sigma: 0.1 },
          },
        ],
      },
      systemRuntime(),
    );
    const [a, b, c, d] = (await freePorts(4)) as [number, number, number, number];
    const env = { UP: "sk-ant-upstream-0123456789" };
    const units = [new GatewayUnit(folder, "a", [a, b], env), new GatewayUnit(folder, "b", [c, d], env)];
    for (const unit of units) {
      unit.write(
        `store: "${postgresLine.through(database)}"
redis: "${redisLine.through(redis.url)}"
data_dir: ./data-${unit.port}
upstreams:
  - { name: near, provider: anthropic, base_url: "${simulator.regions[0]?.url}", api_key: "\${UP}", proxy: none }
projects:
  - { name: open, keys: [${OPEN}] }
  - { name: capped, keys: [${CAPPED}], limits: { rpm: ${RPM}, burst: ${BURST_S}s } }
tenancy: { instances: 2 }
fleet: { config: shared }
log: { requests: false }
`,
      );
      await unit.start();
    }
    return new OutageWorld({ units, redis, postgres, redisLine, postgresLine, simulator, folder, database });
  }

  /** What the ledger in PostgreSQL says, asked directly. */
  async ledger(): Promise<Sums> {
    const stores = openPostgres(this.#database, systemClock());
    try {
      const lines = await stores.ledger.usage({}, ["project"]);
      const sum = (of: (line: (typeof lines)[number]) => number) => lines.reduce((total, line) => total + of(line), 0);
      return {
        attempts: sum(({ attempts }) => attempts),
        input: sum((one) => one.inputTokens + one.cacheReadTokens + one.cacheWrite5mTokens + one.cacheWrite1hTokens),
        output: sum(({ outputTokens }) => outputTokens),
      };
    } finally {
      await stores.close();
    }
  }

  /** What the simulator would bill. */
  bill(): Sums {
    const { requests, inputTokens, outputTokens } = this.simulator.bills().total;
    return { attempts: requests, input: inputTokens, output: outputTokens };
  }

  /** Both as they stand once the ledger has come to rest. */
  async base(): Promise<Base> {
    for (let before = await this.ledger(); ; ) {
      await sleep(1_000);
      const now = await this.ledger();
      if (JSON.stringify(now) === JSON.stringify(before)) return { ledger: now, bill: this.bill() };
      before = now;
    }
  }

  /**
   * Waits until the ledger says what the bill says; gives the seconds that it took, or undefined when it never did.
   * @param base what both said before, when they did not say the same: a gateway was killed
   */
  async settled(withinS: number, since: number, base: Base = NOTHING): Promise<number | undefined> {
    const until = performance.now() + withinS * 1_000;
    for (;;) {
      const found = await this.ledger().catch(() => undefined);
      if (found !== undefined && same(minus(found, base.ledger), minus(this.bill(), base.bill)))
        return (performance.now() - since) / 1_000;
      if (performance.now() > until) return undefined;
      await sleep(250);
    }
  }

  async close(): Promise<void> {
    for (const unit of this.units) await unit.stop();
    await this.redisLine.close();
    await this.postgresLine.close();
    await this.redis.remove();
    await this.postgres.remove();
    await this.simulator.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
