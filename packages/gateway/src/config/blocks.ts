// The gateway's own blocks of options, declared the way the engine declares its policies' options.

import { type BlockSpec, QUOTA_OPTIONS } from "@fairlead/engine";

const MB = 1_048_576;

/** Options of `stream`. */
export const STREAM_OPTIONS = {
  ping: {
    kind: "duration",
    min: 1_000,
    max: 240_000,
    default: 15_000,
    says: "A stream silent for this long gets a ping from us, so that nothing on the way takes it for dead.",
  },
} as const satisfies BlockSpec;

/** Options of `upstreams[].quota`: those of the engine's `quota` that are an account's own. */
export const ACCOUNT_QUOTA_OPTIONS: Pick<typeof QUOTA_OPTIONS, "rpm" | "itpm" | "otpm"> = {
  rpm: QUOTA_OPTIONS.rpm,
  itpm: QUOTA_OPTIONS.itpm,
  otpm: QUOTA_OPTIONS.otpm,
};

/** Options of `limits`. Source of body_bytes: the API's own 32 MB (platform.claude.com, "Errors", request_too_large). */
export const LIMIT_OPTIONS = {
  body_bytes: {
    kind: "integer",
    min: 1_024,
    max: 1_024 * MB,
    default: 32 * MB,
    unit: "bytes",
    says: "Largest request body; a larger one is answered with 413.",
  },
  header_bytes: {
    kind: "integer",
    min: 8_192,
    max: MB,
    default: 65_536,
    unit: "bytes",
    says: "Largest request line and headers together; larger ones are answered with 431.",
  },
  header_timeout: {
    kind: "duration",
    min: 1_000,
    max: 300_000,
    default: 15_000,
    says: "By when all request headers must have come.",
  },
  body_timeout: {
    kind: "duration",
    min: 1_000,
    max: 300_000,
    default: 30_000,
    says: "Silence while a request body arrives.",
  },
  bodies_bytes: {
    kind: "integer",
    min: MB,
    max: 65_536 * MB,
    default: 512 * MB,
    unit: "bytes",
    says: "All request bodies held at once, together; above it new requests are told to come back.",
  },
  connections: {
    kind: "integer",
    min: 1,
    max: 1_000_000,
    default: 10_000,
    unit: "connections",
    says: "Client connections open at once; more are refused.",
  },
} as const satisfies BlockSpec;

/** Options of `drain`. */
export const DRAIN_OPTIONS = {
  grace: {
    kind: "duration",
    min: 0,
    max: 86_400_000,
    default: 600_000,
    says: "How long streams may go on after a stop was asked for.",
  },
} as const satisfies BlockSpec;

/** Options of `log`. */
export const LOG_OPTIONS = {
  requests: {
    kind: "switch",
    default: true,
    says: "One JSON line for each request; it never holds a key or a prompt.",
  },
} as const satisfies BlockSpec;
