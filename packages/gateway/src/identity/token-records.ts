// What the store holds of tokens: services, signing keys, families of refresh tokens, sign-ins of devices, revocations.

import { z } from "zod";
import {
  AddressRulesShape,
  KeyShape,
  ModelPatternsShape,
  ProjectShape,
  renamed,
  ScopesShape,
} from "./record-shapes.ts";

const time = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A public key that a service proves itself with (private_key_jwt). */
const PublicKey = z.strictObject({
  kid: z.string().min(1).max(128),
  kty: z.enum(["OKP", "EC", "RSA"]),
  crv: z.string().max(32).optional(),
  x: z.string().max(1_024).optional(),
  y: z.string().max(1_024).optional(),
  n: z.string().max(2_048).optional(),
  e: z.string().max(16).optional(),
  alg: z.enum(["EdDSA", "ES256", "ES384", "RS256", "PS256"]),
});

/** A service identity, for CI and other programs: it gets access tokens by the grant client_credentials. */
export const ServiceShape = z.strictObject({
  /** `svc_` and 16 characters: its client id. */
  id: z.string().regex(/^svc_[0-9A-Za-z]{16}$/),
  project: ProjectShape.shape.name,
  name: z.string().trim().min(1).max(128),
  /** Client secrets that work, at most five: one more than a rotation needs is already a sign of disorder. */
  secrets: z
    .array(z.strictObject({ digest, prefix: z.string(), created_at: time, expires_at: time.optional() }))
    .max(5),
  public_keys: z.array(PublicKey).max(5).default([]),
  scopes: ScopesShape,
  allowed_models: ModelPatternsShape.optional(),
  ip: AddressRulesShape.optional(),
  limits: KeyShape.shape.limits,
  budget: KeyShape.shape.budget,
  /** Limits and budgets of some models. */
  models: KeyShape.shape.models,
  /** It gets no tokens, and those that are out are refused. */
  disabled: z.boolean().default(false),
  created_at: time,
  created_by: z.string(),
  /** From then on it gets no tokens, and has none. */
  expires_at: time.optional(),
  revoked_at: time.optional(),
});

/** A service as stored: one that was written before `allowed_models` had its name is read as well. */
export const ServiceRecord = z.preprocess(renamed, ServiceShape);
export type ServiceRecord = z.infer<typeof ServiceRecord>;

/** A key pair that signs access tokens, under its kid. The private half is sealed. */
export const SigningKeyRecord = z.strictObject({
  kid: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Public half (RFC 8037 2), base64url of 32 bytes. */
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  sealed: z.string(),
  created_at: time,
  /** From then on it signs; it is published before. */
  active_from: time,
  /** Until then it signs. */
  active_until: time,
  /** When the last of its tokens is dead. */
  gone_after: time,
});
export type SigningKeyRecord = z.infer<typeof SigningKeyRecord>;

/** A family of refresh tokens: those that came one out of the other after one sign-in. Only the last one works. */
export const FamilyRecord = z.strictObject({
  id: z.string().regex(/^[0-9A-Za-z]{16}$/),
  /** Who signed in: `user:…`. */
  actor: z.string(),
  project: ProjectShape.shape.name,
  client: z.string(),
  /** Mark of the rule that gave it, of people of an identity provider: it ends with the rule. */
  rule: digest.optional(),
  scopes: ScopesShape,
  models: ModelPatternsShape.optional(),
  /** How often it was exchanged, and chance of its own: with the gateway's secret they give the token that works. */
  generation: z.int().nonnegative(),
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  /** SHA-256 of the token that works. */
  current: digest,
  /** SHA-256 of the one before, and when it was exchanged. */
  previous: digest.optional(),
  rotated_at: time.optional(),
  created_at: time,
  used_at: time,
  expires_at: time,
  revoked_at: time.optional(),
  /** Why: `reuse`, `logout`, `admin`. */
  reason: z.string().optional(),
});
export type FamilyRecord = z.infer<typeof FamilyRecord>;

/** A sign-in of a device that waits for a person, or was answered by one. */
export const DeviceRecord = z.strictObject({
  id: z.string().regex(/^[0-9A-Za-z]{16}$/),
  client: z.string(),
  scopes: ScopesShape,
  models: ModelPatternsShape.optional(),
  /** The address that asked, to be shown to who approves. */
  from: z.string().optional(),
  status: z.enum(["pending", "approved", "denied", "used"]),
  /** Who approved or denied, and for which project. */
  actor: z.string().optional(),
  project: ProjectShape.shape.name.optional(),
  /** Mark of the rule that says what who approved may. */
  rule: digest.optional(),
  created_at: time,
  expires_at: time,
});
export type DeviceRecord = z.infer<typeof DeviceRecord>;

/** The way from a user code (under its SHA-256) to its device. */
export const UserCodeRecord = z.strictObject({ device: z.string() });

/**
 * What no longer counts though its signature is good, under `jti:…`, `family:…`, `actor:…` or `project:…`: tokens issued at or before
 * `before`, Unix milliseconds.
 */
export const RevokedRecord = z.strictObject({ before: time });
