// The block `identity`, and what it adds to a project: tokens, signed requests, addresses that may ask.

import type { BlockSpec, Values } from "@fairlead/engine";
import { z } from "zod";
import { readRange } from "../identity/address-range.ts";
import { AddressRulesShape, ModelPatternsShape, ScopesShape } from "../identity/record-shapes.ts";
import type { Scope } from "../identity/scopes.ts";
import { optionSchema, shown } from "./option-schema.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const duration = (min: number, max: number, standard: number, says: string) =>
  ({ kind: "duration", min, max, default: standard, says }) as const;

/**
 * Options of `identity` that are numbers and times. Sources: lifetimes of access tokens and refresh tokens RFC 9700 4.14 and
 * RFC 9068; device codes RFC 8628 3.2 (its example: 30 minutes); clock skew RFC 7519 4.1.4 ("no more than a few minutes").
 */
export const IDENTITY_OPTIONS = {
  access_token: duration(MINUTE, 60 * MINUTE, 15 * MINUTE, "How long an access token is good."),
  refresh_token: duration(
    60 * MINUTE,
    365 * DAY,
    30 * DAY,
    "How long after a sign-in its refresh tokens work; then one signs in again.",
  ),
  refresh_idle: duration(60 * MINUTE, 365 * DAY, 14 * DAY, "A sign-in that is not used for this long ends."),
  device_code: duration(2 * MINUTE, 30 * MINUTE, 10 * MINUTE, "By when a sign-in must be approved at /device."),
  clock_skew: duration(0, 2 * MINUTE, 30_000, "How far clocks may differ when a token's times are looked at."),
  signing_key: duration(
    DAY,
    365 * DAY,
    30 * DAY,
    "How long a key signs access tokens before the next one takes over; the next is published a day ahead, at most.",
  ),
  signature_window: duration(
    30_000,
    15 * MINUTE,
    5 * MINUTE,
    "How far the time of a signed request may be from ours, before or after.",
  ),
  failures: {
    kind: "integer",
    min: 5,
    max: 10_000,
    default: 20,
    unit: "refusals a minute",
    says: "From then on an address that sends wrong credentials is told to wait, longer each time; those that are right always pass.",
  },
} as const satisfies BlockSpec;

const RANGE_RULE = "must be an address or a range such as 10.0.0.0/8 or 2001:db8::/32";
const ISSUER_RULE =
  "must be the address that clients know this gateway by, https:// (http:// for loopback only), without path, ? or #";

const issuer = z.string({ error: ISSUER_RULE }).transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = url !== undefined && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const good =
    url !== undefined &&
    (url.protocol === "https:" || (url.protocol === "http:" && loopback)) &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    url.username === "" &&
    url.password === "";
  if (good) return url.origin;
  context.issues.push({ code: "custom", message: ISSUER_RULE, input: text });
  return z.NEVER;
});

/** A place whose tokens stand in for a service's secret, such as the runners of a CI. */
const federation = z.strictObject({
  issuer: z
    .string()
    .regex(/^https:\/\/[^\s?#]+$|^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/[^\s?#]*)?$/, {
      error: "must be the https:// address that stands as `iss` in its tokens",
    })
    .meta({ description: "`iss` of its tokens, such as https://token.actions.githubusercontent.com." }),
  audience: z.string().min(1).max(256).meta({ description: "`aud` that its tokens must carry for this gateway." }),
  claims: z
    .record(z.string().min(1).max(64), z.string().min(1).max(512))
    .refine((claims) => Object.keys(claims).length > 0, {
      error: "must name at least one claim, such as repository: acme/web; else everybody there could ask",
    })
    .meta({
      description: "Claims and their values, all of which must hold; * stands for anything but a colon or slash.",
    }),
  project: z.string().min(1).meta({ description: "The project that they act for." }),
  scopes: ScopesShape.optional().meta({ description: "What they may do. Default: messages, batches, files." }),
  models: ModelPatternsShape.optional().meta({ description: "The models they may name. Default: every model." }),
});

/** `identity` as the file may hold it. */
export const identityField = z
  .strictObject({
    issuer: issuer.optional().meta({
      description: "The address that clients know this gateway by; needed for tokens unless it listens on loopback.",
    }),
    audience: z
      .string()
      .regex(/^\S{1,256}$/, { error: "must be 1 to 256 characters without blanks" })
      .optional()
      .meta({ description: "`aud` of the access tokens. Default: the issuer." }),
    secret: z.string().optional().meta({
      description: `What seals signing keys and refresh tokens, as a reference: \${NAME} or file:./path. The same for all instances on one store. Default: gateway.secret in data_dir, made at the first start.`,
    }),
    ...Object.fromEntries(
      Object.entries(IDENTITY_OPTIONS).map(([name, spec]) => [name, optionSchema(spec).prefault(shown(spec))]),
    ),
    device_page: z
      .string()
      .regex(/^https?:\/\/[^\s?#]+$/, { error: "must be an address such as https://admin.example.com/device" })
      .optional()
      .meta({
        description: "Where people approve the sign-in of `fairlead token`. Default: /device at the admin address.",
      }),
    ip: AddressRulesShape.prefault({}).meta({
      description: "Addresses that may ask at all: allow (empty: all) and deny (goes first).",
    }),
    trusted_proxies: z
      .array(z.string().refine((text) => readRange(text) !== undefined, { error: RANGE_RULE }))
      .max(1_000)
      .default([])
      .meta({
        description: "Proxies of yours before this gateway; only what they say in X-Forwarded-For is believed.",
      }),
    federation: z.array(federation).max(64).default([]).meta({
      description: "OIDC issuers whose tokens may be exchanged for access tokens (CI without a stored secret).",
    }),
  })
  .prefault({}) as unknown as z.ZodType<IdentityConfig>;

/** One place of `identity.federation`. */
export interface FederationConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly claims: { readonly [claim: string]: string };
  readonly project: string;
  readonly scopes?: readonly Scope[] | undefined;
  readonly models?: readonly string[] | undefined;
}

/** Addresses that may ask. */
export interface IpConfig {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** The block after defaults; `secret` resolved. */
export interface IdentityConfig extends Values<typeof IDENTITY_OPTIONS> {
  /** An origin such as https://llm.example.com. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** The secret itself. */
  readonly secret?: string | undefined;
  readonly device_page?: string | undefined;
  readonly ip: IpConfig;
  readonly trusted_proxies: readonly string[];
  readonly federation: readonly FederationConfig[];
}

/** What identity adds to a project of the file. */
export const identityProjectFields = {
  allowed_models: ModelPatternsShape.optional().meta({
    description: "The models that its keys may name. Default: every model.",
  }),
  scopes: ScopesShape.optional().meta({
    description: "What the keys written here may do. Default: messages, batches, files.",
  }),
  ip: AddressRulesShape.optional().meta({ description: "Addresses that its keys may come from: allow and deny." }),
};

/** The same as values. */
export interface IdentityProjectConfig {
  readonly allowed_models?: readonly string[] | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  readonly ip?: IpConfig | undefined;
}

/** The block as it may be printed: the secret is not shown. */
export function describeIdentity(config: IdentityConfig): object {
  const values = Object.entries(config).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (name === "secret") return [[name, "(loaded, not shown)"]];
    const spec = (IDENTITY_OPTIONS as BlockSpec)[name];
    return [[name, spec === undefined ? value : shown(spec, value as number)]];
  });
  return Object.fromEntries(values);
}
