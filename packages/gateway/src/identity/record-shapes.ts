// What the store holds of projects, keys and services: zod shapes, checked when written and again when read.

import { z } from "zod";
import { readRange } from "./address-range.ts";
import { MAX_SCOPES, MODEL_PATTERN, SCOPES } from "./scopes.ts";

/** Kinds of records in the store. */
export const KINDS = {
  project: "project",
  key: "key",
  adminKey: "admin_key",
  service: "service",
  signingKey: "signing_key",
  family: "token_family",
  device: "device_grant",
  userCode: "device_user_code",
  revoked: "revoked_token",
} as const;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const nameSchema = z.string().regex(NAME, {
  error: "must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit",
});
const label = z
  .string()
  .trim()
  .min(1)
  .max(128, { error: "must be 1 to 128 characters" })
  .refine((text) => !/[\p{Cc}]/u.test(text), { error: "must not hold control characters" });
const time = z.int({ error: "must be a time in Unix milliseconds" }).nonnegative();
const range = z.string().refine((text) => readRange(text) !== undefined, {
  error: "must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32",
});

/** Addresses that may ask, and that may not; a denied one is refused even when allowed. Empty `allow` allows all. */
export const AddressRulesShape = z.strictObject({
  allow: z.array(range).max(1_000).default([]),
  deny: z.array(range).max(1_000).default([]),
});

/** Patterns of models: a name in which `*` stands for anything. */
export const ModelPatternsShape = z
  .array(z.string().regex(MODEL_PATTERN, { error: "must be the name of a model; * stands for anything" }))
  .min(1, { error: "must hold at least one pattern; leave it out to allow every model" })
  .max(256);

/** Scopes of a key or service. */
export const ScopesShape = z
  .array(z.enum(SCOPES, { error: `must be one of ${SCOPES.join(", ")}` }))
  .min(1, { error: "must hold at least one scope" })
  .max(MAX_SCOPES);

/**
 * Parts of a project or key that other rooms understand: they are kept as they are, and checked by the shapes that those
 * rooms hand to the books (`fragments`).
 */
const fragments = {
  limits: z.json().optional(),
  budget: z.json().optional(),
  /** Limits and budgets of some models. */
  models: z.json().optional(),
  redaction: z.json().optional(),
  duplicates: z.json().optional(),
  sampling: z.json().optional(),
  alerts: z.json().optional(),
};

/** Names of the parts that other rooms understand. */
export const FRAGMENTS = Object.keys(fragments) as readonly (keyof typeof fragments)[];

/** A project as it is written, under its name. */
export const ProjectShape = z.strictObject({
  name: nameSchema,
  /** For people. */
  title: label.optional(),
  /** Requests of a disabled project are refused. */
  disabled: z.boolean().default(false),
  /** The models that its keys may name; all when it is left out. */
  allowed_models: ModelPatternsShape.optional(),
  ip: AddressRulesShape.optional(),
  ...fragments,
  created_at: time,
  created_by: z.string(),
  updated_at: time,
});

/** A project as stored: one that was written before `allowed_models` had its name is read as well. */
export const ProjectRecord = z.preprocess(renamed, ProjectShape);
export type ProjectRecord = z.infer<typeof ProjectRecord>;

/** A key as it is written, under its id. The secret is not in it, and cannot be had from it. */
export const KeyShape = z.strictObject({
  /** `k_` and 12 characters: recognisable, not secret. */
  id: z.string().regex(/^k_[0-9A-Za-z]{12}$/),
  project: nameSchema,
  name: label,
  /** How the secret begins. */
  prefix: z.string(),
  /** SHA-256 of the secret, hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** For requests that are signed: the derived signing key, sealed. */
  signing: z.string().optional(),
  scopes: ScopesShape,
  allowed_models: ModelPatternsShape.optional(),
  ip: AddressRulesShape.optional(),
  limits: fragments.limits,
  budget: fragments.budget,
  models: fragments.models,
  created_at: time,
  created_by: z.string(),
  /** From then on it is refused. */
  expires_at: time.optional(),
  revoked_at: time.optional(),
  revoked_by: z.string().optional(),
  /** The key that came in its place, and the one that it came for. */
  rotated_to: z.string().optional(),
  rotated_from: z.string().optional(),
});

/** A key as stored. */
export const KeyRecord = z.preprocess(renamed, KeyShape);
export type KeyRecord = z.infer<typeof KeyRecord>;

/** What the gate must know of an admin key: whether a device that was signed in with it still counts. The rest is the admin address's. */
export const AdminKeyEnd = z.object({
  scopes: ScopesShape,
  expires_at: time.optional(),
  revoked_at: time.optional(),
});
export type AdminKeyEnd = z.infer<typeof AdminKeyEnd>;

/** `models` once held the patterns of `allowed_models`; now it means what it means in fairlead.yaml: limits by model. */
export function renamed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("models" in value)) return value;
  const { models, ...rest } = value;
  const old = Array.isArray(models) && models.length > 0 && models.every((one) => typeof one === "string");
  return old ? { allowed_models: models, ...rest } : value;
}

/** The last moment of the year 9999, Unix milliseconds: no answer can tell a later one (RFC 3339 1). */
export const LATEST_MS = 253_402_300_799_999;

/** How long records of revoked and expired keys are kept, so that lists and the ledger can name them, milliseconds. */
export const KEPT_MS = 90 * 86_400_000;
