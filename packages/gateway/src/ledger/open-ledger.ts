// The ledger as one service: the meter around attempts, the books on disk, the shipper to the store, and the retention.

import { hostname } from "node:os";
import { join } from "node:path";
import type { Layer } from "@fairlead/engine";
import type { Prices } from "@fairlead/protocol";
import type { Runtime, Timer } from "@fairlead/runtime";
import { StoreError, type Stores } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import { samplingField } from "../config/ledger-block.ts";
import { StoredPart } from "../config/stored-part.ts";
import { redactText } from "../redaction/index.ts";
import type { ServerFact } from "../telemetry/edge-facts.ts";
import { Books, type FaultPoint } from "./books.ts";
import { meter } from "./meter.ts";
import { OutputRate } from "./output-rate.ts";
import { priceTable } from "./price-table.ts";
import { Sampler, type SamplingOptions } from "./sampler.ts";
import { Shipper } from "./shipper.ts";

/** What the ledger says of itself, for metrics and the admin side. A store that is down makes nothing unready. */
export interface LedgerFigures {
  readonly spoolBytes: number;
  readonly segments: number;
  readonly level: "well" | "crowded" | "full" | "failing";
  /** Rows that no store has yet, and how long the oldest has waited, milliseconds. */
  readonly rowsWaiting: number;
  readonly oldestMs: number;
  /** Rows that wait in memory, because the disk did not take them. */
  readonly unsaved: number;
  /** Rows that the store has. */
  readonly shipped: number;
  /** Rows that the store will never take. */
  readonly refused: number;
  /** Attempts of dead processes that became rows. */
  readonly crashed: number;
  /** Samples that were stored, those that could not be, and those being redacted or stored. */
  readonly samples: number;
  readonly samplesLost: number;
  readonly samplesBusy: number;
  readonly store: "ok" | "down";
  /** Why the store or the disk does not take rows; undefined when both do. */
  readonly problem: string | undefined;
}

/** A ledger at work. */
export interface LedgerService {
  /** One row for each attempt; see where it stands in `stack.ts`. */
  readonly meter: Layer;
  /** The prices of the configuration in force, now and after each reload. */
  readonly prices: Prices;
  /** Takes prices and retention from another configuration. */
  apply(config: Pick<Config, "prices" | "ledger" | "projects">): void;
  figures(): LedgerFigures;
  /** Ships all that waits, once; resolves when that is done or the store failed. */
  flush(): Promise<void>;
  /** Ships what it can in 5 s and leaves the rest on disk. Never rejects. */
  close(): Promise<void>;
}

/** Options for tests. */
export interface LedgerTestOptions {
  readonly fault?: ((point: FaultPoint) => void) | undefined;
  readonly instance?: string | undefined;
  readonly segment?: number | undefined;
  /** A spool on disk even for a store in memory. */
  readonly spool?: boolean | undefined;
}

/** What is shipped at the end gets so long, milliseconds. */
const CLOSE_MS = 5_000;
/** Old rows are looked for so often, and removed so many at a time. */
const EXPIRE_EVERY_MS = 3_600_000;
const EXPIRE_ROWS = 10_000;

/** What is kept as `sampling` of a project in the store. */
export type StoredSampling = (project: string) => unknown;

/** Opens it. Throws a StoreError when the spool's folder cannot be written; a store that is down does not matter. */
export function openLedger(
  config: Pick<Config, "prices" | "ledger" | "projects" | "data_dir">,
  stores: Pick<Stores, "ledger" | "records" | "kind">,
  rt: Runtime,
  tests: LedgerTestOptions = {},
  storedSampling: StoredSampling = () => undefined,
): LedgerService {
  const tell = (detail: string) => {
    const fact: ServerFact = { kind: "server", at: rt.clock.now(), event: "ledger", detail };
    rt.emit(fact);
  };
  let shipper: Shipper | undefined;
  let prices: Prices = priceTable(config.prices);
  let keep = config.ledger.keep;
  const books = new Books(
    {
      // What a store in memory does not keep, the disk need not keep for it.
      folder: stores.kind === "memory" && tests.spool !== true ? undefined : join(config.data_dir, "spool"),
      quota: config.ledger.spool,
      segment: tests.segment,
      fault: tests.fault,
      prices: () => prices,
      ready: () => shipper?.ready(),
      report: ({ segment, what, at, bytes, aside }) =>
        tell(
          what === "torn"
            ? `spool: ${bytes} bytes of a record that was not finished were cut off ${segment} at ${at}`
            : what === "gone"
              ? `spool: ${segment} with ${bytes} bytes is gone: the rows that waited in it are lost, unless another gateway took it over`
              : `spool: ${bytes} bytes at ${at} of ${segment} are no record${aside === undefined ? "" : `; they are kept in ${aside}`}`,
        ),
    },
    rt,
  );
  if (books.crashed > 0) tell(`${books.crashed} attempts of a gateway that died were written down as crashed`);
  shipper = new Shipper(
    {
      books,
      ledger: stores.ledger,
      fault: tests.fault,
      refused: (row, e) => tell(`the store refuses the row of ${row.attemptId} for good: ${e.message}`),
    },
    rt,
  );
  const ships = shipper;
  ships.ready();
  let expiring: Timer | undefined;
  let closed = false;
  const expire = async () => {
    try {
      const before = Math.floor(rt.clock.wall() - keep);
      while (!closed && (await stores.ledger.expire(before, EXPIRE_ROWS)) >= EXPIRE_ROWS);
    } catch (e) {
      if (!StoreError.is(e)) throw e;
    }
    if (!closed) expiring = rt.clock.timer(EXPIRE_EVERY_MS, () => void expire());
  };
  expiring = rt.clock.timer(EXPIRE_EVERY_MS, () => void expire());
  let sampling = samplingOf(config.projects);
  const stored = new StoredPart(storedSampling, samplingField);
  const sampler = new Sampler(
    {
      // A project of the file is what the file says, also when it says nothing.
      of: (project) => (sampling.has(project) ? sampling.get(project) : stored.of(project)),
      records: stores.records,
      redact: async (text) => (await redactText(text)).text,
    },
    rt,
  );
  const parts = {
    sampler,
    books,
    rate: new OutputRate(),
    prices: () => prices,
    instance: tests.instance ?? hostname(),
    fault: tests.fault,
  };
  return {
    meter: meter(parts),
    prices: { of: (modelId) => prices.of(modelId) },
    apply(next) {
      prices = priceTable(next.prices);
      keep = next.ledger.keep;
      sampling = samplingOf(next.projects);
    },
    figures() {
      const { rows, oldestMs } = books.waiting();
      return {
        spoolBytes: books.bytes,
        segments: books.segments,
        level: books.level,
        rowsWaiting: rows,
        oldestMs,
        unsaved: books.unsaved,
        shipped: ships.shipped,
        refused: ships.refused,
        crashed: books.crashed,
        samples: sampler.stored,
        samplesLost: sampler.lost,
        samplesBusy: sampler.busy,
        store: ships.problem === undefined ? "ok" : "down",
        problem: books.problem?.message ?? ships.problem,
      };
    },
    flush: () => ships.flush(),
    async close() {
      closed = true;
      expiring?.cancel();
      await ships.close(CLOSE_MS);
      const lost = books.unsaved;
      if (lost > 0)
        tell(`${lost} rows were taken neither by the disk nor by the store, and are lost with this process`);
      await books.close();
    },
  };
}

function samplingOf(projects: Config["projects"]): ReadonlyMap<string, SamplingOptions | undefined> {
  return new Map(projects.map(({ name, sampling }) => [name, sampling]));
}
