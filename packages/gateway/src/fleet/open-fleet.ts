// Opens the part of a gateway that follows its configuration: decides what it starts with, then makes the hand that changes it.

import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Generations } from "../server/generations.ts";
import type { Standing } from "../server/standing.ts";
import type { ConfigEvent, ControlParts } from "./config-control.ts";
import { ConfigFleet } from "./config-fleet.ts";
import { ConfigReader, type ConfigSource } from "./config-reader.ts";
import { type Beginning, beginning, type KnownGood } from "./config-start.ts";
import { RevisionBook } from "./revision-book.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import { timelyRecords } from "./timely-records.ts";

/** What a gateway starts with, and how to follow it once it listens. */
export interface OpenedFleet {
  readonly begun: Beginning;
  fleet(
    id: string,
    generations: Generations,
    tell: (event: ConfigEvent, detail: string) => void,
    counted?: ControlParts["counted"],
  ): ConfigFleet;
}

/** A call to the store takes so long at most, milliseconds. */
const STORE_MS = 5_000;

/** Decides what this instance starts with. A store that is down costs a second at most. */
export async function openFleet(
  local: Config,
  source: ConfigSource & { readonly files: readonly string[] },
  { rt, stores }: Standing,
): Promise<OpenedFleet> {
  const snapshot = new SnapshotFile<KnownGood>(join(local.data_dir, "last-known-good.json"), "configuration");
  const loaded = { config: local, files: source.files, warnings: [], text: source.text };
  const begun = await beginning(loaded, source, stores.records, snapshot, rt.clock);
  return {
    begun,
    fleet(id, generations, tell, counted = () => {}) {
      const timely = { ...stores, records: timelyRecords(stores.records, rt.clock, STORE_MS) };
      const book = new RevisionBook(timely.records);
      const reader = new ConfigReader(source, local, rt.clock, (reference) =>
        generations.current.secrets.book.known(reference),
      );
      return new ConfigFleet(id, { rt, book, generations, reader, snapshot, begun, tell, counted }, source, timely);
    },
  };
}
