// Options of `fleet`: where the configuration comes from, how a new one is tried, how instances agree.

import type { BlockSpec } from "@fairlead/engine";

/**
 * Options of `fleet`. The poll is that of gRPC's and Envoy's fallback in spirit: notices are quick, polling makes them
 * unnecessary. The canary's numbers are choices of ours: a hundred requests show a failure of one in thirty.
 */
export const FLEET_OPTIONS = {
  config: {
    kind: "choice",
    words: ["file", "shared"],
    default: "file",
    says: "Whose word counts: file, that of the file of each instance; shared, that of the revision in the store, of which the file is only the first.",
  },
  watch: {
    kind: "switch",
    default: true,
    says: "Whether the file and the files of its secrets are applied when they change; SIGHUP does it in any case.",
  },
  canary: {
    kind: "integer",
    min: 0,
    max: 99,
    default: 0,
    unit: "percent of requests",
    says: "A new configuration serves this share of the requests first, by session; 0 puts it in force at once.",
  },
  canary_instances: {
    kind: "integer",
    min: 1,
    max: 100,
    default: 100,
    unit: "percent of instances",
    says: "With a shared configuration: on this share of the instances, at least one.",
  },
  canary_time: {
    kind: "duration",
    min: 1_000,
    max: 86_400_000,
    default: 60_000,
    says: "A canary lasts at least so long.",
  },
  canary_requests: {
    kind: "integer",
    min: 1,
    max: 1_000_000,
    default: 100,
    unit: "requests",
    says: "A canary is promoted after at least so many requests; until then it goes on.",
  },
  canary_errors: {
    kind: "number",
    min: 0,
    max: 1,
    default: 0.02,
    unit: "of 1",
    says: "Share of failures above that of the configuration in force from which a canary is rolled back.",
  },
  canary_slower: {
    kind: "number",
    min: 1.05,
    max: 100,
    default: 1.5,
    unit: "times",
    says: "Multiple of the time to first content, at the median and at the 95th percentile, from which a canary is rolled back.",
  },
  poll: {
    kind: "duration",
    min: 1_000,
    max: 600_000,
    default: 15_000,
    says: "How often the store is asked for a new revision, notices or none; 30 % more or less, so that instances do not ask together.",
  },
  heartbeat: {
    kind: "duration",
    min: 1_000,
    max: 300_000,
    default: 10_000,
    says: "How often an instance tells the others that it is there; after three times that it counts as gone.",
  },
} as const satisfies BlockSpec;
