// Where the gateway remembers things: the store, Redis, and a folder of its own.

import { resolve } from "node:path";
import { z } from "zod";

const STORE_RULE =
  "must be sqlite:./file.db, postgres://user@host/database, or memory: to keep nothing beyond the process";
const REDIS_RULE = "must be redis://host:6379 or rediss://host:6379, or null for one instance alone";

/** Kinds of store by the beginning of the option. */
const STORE_FORM = /^(?:memory:$|sqlite:.+|postgres(?:ql)?:\/\/.+)/;

/** `store`: where projects, keys, the ledger and the audit log live. */
export const storeField = z
  .string({ error: STORE_RULE })
  .regex(STORE_FORM, { error: STORE_RULE })
  .default("sqlite:./fairlead.db")
  .meta({
    description:
      "Where projects, keys, the ledger and the audit log live: sqlite:./file.db (from this file's folder), postgres://…, or memory: for nothing beyond the process.",
  });

/** `redis`: what several instances share their limits through. */
export const redisField = z
  .string({ error: REDIS_RULE })
  .regex(/^rediss?:\/\/.+/, { error: REDIS_RULE })
  .optional()
  .meta({ description: "redis://… when several instances share limits; left out or null for one instance." });

/** `data_dir`: the spool of the ledger and what a cold start needs. */
export const dataDirField = z
  .string()
  .min(1, { error: "must be the path of a folder, from the folder of this configuration" })
  .default("./fairlead-data")
  .meta({ description: "Folder of this instance alone: the ledger's spool, and what a start without stores needs." });

/** `sqlite:./x` with the path made absolute from a folder; any other store as it is. */
export function placedStore(store: string, folder: string): string {
  return store.startsWith("sqlite:") ? `sqlite:${resolve(folder, store.slice("sqlite:".length))}` : store;
}
