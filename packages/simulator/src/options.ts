// The simulator's options and their defaults.

import type { RegionOptions } from "./region-options.ts";
import type { Scenario } from "./scenario.ts";

/** One limit per minute, or several. Absent: the default of DEFAULT_LIMITS. */
export interface LimitOptions {
  /** Requests per minute. */
  rpm?: number;
  /** Uncached input tokens per minute (`input_tokens + cache_creation_input_tokens`). */
  itpm?: number;
  /** Output tokens per minute, charged as they are produced. */
  otpm?: number;
  /** How many seconds' worth a full bucket holds. Default 60; 1 makes 60 rpm mean one per second. */
  burstSeconds?: number;
}

/** Limits per key and model class. */
export interface LimitsOptions extends LimitOptions {
  /** Other limits for a class of models, e.g. `{ "opus-4": { rpm: 50 } }`; see `modelClass`. */
  classes?: Record<string, LimitOptions>;
}

/** Everything `startSimulator` may be told. */
export interface SimulatorOptions {
  /** Address to listen on. Default 127.0.0.1. */
  host?: string;
  /** Default: one region named `local` on port 4200. */
  regions?: RegionOptions[];
  /** Decides every answer, id, pace and share. Default `fairlead`. */
  seed?: string | number;
  /** `real` waits as the distributions say; `instant` never waits unless a fault or script says so. Default `real`. */
  pace?: "real" | "instant";
  /** The only keys accepted. Default: any non-empty key. */
  apiKeys?: string[];
  /** Rate limits. Default: so generous that nobody meets them (DEFAULT_LIMITS). */
  limits?: LimitsOptions;
  /** Model ids accepted besides those of the price table. */
  models?: string[];
  /** Refuse unknown `anthropic-beta` values and unknown top-level fields as the first-party API does. Default false. */
  strict?: boolean;
  /** Bounds of the request log. Defaults 10,000 entries and 64 MiB of bodies; the oldest leave first. */
  log?: { maxEntries?: number; maxBytes?: number };
  /** Milliseconds until a batch ends by itself. Default 300. */
  batchMs?: number;
  /** A timeline of faults and settings that begins when the simulator has started. */
  scenario?: Scenario;
  /** Port of the control listener; 0 picks a free one. Default 4299. */
  controlPort?: number;
  /** Told one line per request, and per step of a scenario. */
  onLine?: (line: string) => void;
}

/** Largest body of a Messages request, bytes (protocol.md 6.1). */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Limits nobody meets by accident; the tiers of the real API are in protocol.md 11. */
export const DEFAULT_LIMITS: Required<LimitOptions> = {
  rpm: 1_000_000,
  itpm: 2_000_000_000,
  otpm: 400_000_000,
  burstSeconds: 60,
};

/** First port of the regions and port of the control listener (design.md 5). */
export const FIRST_PORT = 4200;
export const CONTROL_PORT = 4299;
