// The one schema of fairlead.yaml; `fairlead config schema` prints it as JSON Schema.

import {
  ADMISSION_OPTIONS,
  type Allowance,
  BALANCE_OPTIONS,
  BREAKER_OPTIONS,
  CACHE_OPTIONS,
  HEDGE_OPTIONS,
  JOIN_OPTIONS,
  QUOTA_OPTIONS,
  RECOVER_OPTIONS,
  RETRY_OPTIONS,
  RULE_BALANCE_OPTIONS,
  TIMEOUT_OPTIONS,
} from "@fairlead/engine";
import { z } from "zod";
import { ADMIN_OPTIONS, adminHostsField, adminKeysField, signInField } from "./admin-block.ts";
import { alertsField } from "./alerts-block.ts";
import { ACCOUNT_QUOTA_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LOG_OPTIONS, STREAM_OPTIONS } from "./blocks.ts";
import type { Address, Config, ModelRule, ProjectConfig, UpstreamConfig } from "./config.ts";
import { FLEET_OPTIONS } from "./fleet-block.ts";
import { identityField, identityProjectFields } from "./identity-block.ts";
import { LEDGER_OPTIONS, pricesField, samplingField } from "./ledger-block.ts";
import { duplicatesField, limitFields, tenancyField } from "./limit-fields.ts";
import { blockSchema, partialBlockSchema } from "./option-schema.ts";
import { otelField } from "./otel-block.ts";
import { redactionBlock } from "./redaction-block.ts";
import { RESOURCE_OPTIONS } from "./resource-block.ts";
import { secretsField } from "./secrets-block.ts";
import { dataDirField, redisField, storeField } from "./store-fields.ts";

/** Providers that the file may name; only `anthropic` is in this version. */
export const PROVIDERS = ["anthropic", "bedrock", "vertex", "foundry"] as const;

const NAME_RULE = "must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit";
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: NAME_RULE });
const path = z.string().min(1, { error: "must be the path of a file, from the folder of this configuration" });
const count = (min: number, max: number, says: string) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).meta({ description: says });
};

const WEIGHT_RULE = "must be a number above 0, at most 1000";
const ADDRESS_RULE = "must be host:port with a port from 0 to 65535, such as 127.0.0.1:4100 or [::1]:4100";

/** Host and port of `127.0.0.1:4100`, `[::1]:4100`, `localhost:0`; undefined when the text is none. */
export function readAddress(text: string): Address | undefined {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text.trim());
  if (found === null || Number(found[3]) > 65_535) return undefined;
  return { host: (found[1] ?? found[2]) as string, port: Number(found[3]) };
}

const address = (standard: string, says: string) =>
  z
    .string({ error: ADDRESS_RULE })
    .transform((text, context) => {
      const read = readAddress(text);
      if (read !== undefined) return read;
      context.issues.push({ code: "custom", message: ADDRESS_RULE, input: text });
      return z.NEVER;
    })
    .prefault(standard)
    .meta({ description: says });

const upstream = z.strictObject({
  name: name.meta({ description: "Unique; model rules, headers, logs and metrics use it." }),
  provider: z.enum(PROVIDERS).meta({ description: "Which dialect it speaks. Only anthropic is in this version." }),
  base_url: z.string().default("https://api.anthropic.com").meta({ description: "Address of the API without /v1." }),
  api_key: z.string().meta({
    description: `The key as a reference: \${NAME} from the environment, file:./path (from this file's folder), vault:mount/path#field or aws-sm:name#json.key. It is read anew when it changes.`,
  }),
  auth: z.enum(["x-api-key", "bearer"]).default("x-api-key").meta({ description: "The header that carries the key." }),
  platform: name.optional().meta({ description: "Whose capacity it draws on. Default: provider and host." }),
  account: name.optional().meta({ description: "Whose credential it uses. Default: one for each key." }),
  weight: z
    .number({ error: WEIGHT_RULE })
    .positive({ error: WEIGHT_RULE })
    .max(1_000, { error: WEIGHT_RULE })
    .default(1)
    .meta({ description: "Its share beside the others of a rule, above 0, where balance spreads." }),
  region: z
    .string()
    .regex(/^\S(?:.{0,62}\S)?$/, { error: "must be 1 to 64 characters, with none that is blank at its ends" })
    .optional()
    .meta({
      description: "Where it is; upstreams of one region are one for the choice of the nearest. Default: its name.",
    }),
  quota: partialBlockSchema(ACCOUNT_QUOTA_OPTIONS).meta({
    description: "Limits of this account for each class of models: rpm, itpm, otpm. They go before the general ones.",
  }),
  context_window: count(1_000, 100_000_000, "Tokens, when it takes fewer than the model does elsewhere.").optional(),
  proxy: z
    .string()
    .default("env")
    .meta({ description: "env (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), none, or http://host:port." }),
  ca_file: path.optional().meta({ description: "PEM file of certificates to trust beside the system's own." }),
  client_cert_file: path.optional().meta({ description: "PEM file of our certificate for this upstream." }),
  client_key_file: path.optional().meta({ description: "PEM file of the key to that certificate." }),
  min_tls: z.enum(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").meta({ description: "Oldest TLS that is accepted." }),
  max_connections: count(
    1,
    65_535,
    "Connections to this upstream at most; a stream holds one for as long as it runs.",
  ).default(1_024),
  timeouts: partialBlockSchema(TIMEOUT_OPTIONS).meta({ description: "Time-outs that differ for this upstream." }),
});

const rule = z.strictObject({
  match: z
    .string()
    .min(1, { error: "must be a model name; * stands for anything" })
    .meta({ description: "A model name in which * stands for anything. The first rule that matches wins." }),
  upstreams: z
    .array(
      z.union(
        [
          z.string().transform((one): { upstream: string; model?: string | undefined } => ({ upstream: one })),
          z.strictObject({
            upstream: z.string(),
            model: z
              .string()
              .min(1, { error: "must be a model name" })
              .optional()
              .meta({ description: "The name that this upstream knows the model by." }),
          }),
        ],
        { error: "must be the name of an upstream, or { upstream: name, model: its name there }" },
      ),
    )
    .min(1, { error: "must name at least one upstream" })
    .meta({ description: "Names of upstreams in order of preference." }),
  timeouts: partialBlockSchema(TIMEOUT_OPTIONS).meta({ description: "Time-outs that differ for these models." }),
  balance: partialBlockSchema(RULE_BALANCE_OPTIONS).meta({
    description: "How upstreams are chosen, where it differs for these models: all of balance but pins.",
  }),
});

const project = z.strictObject({
  name: name.meta({ description: "Unique; logs and metrics use it." }),
  keys: z
    .array(
      z.union([z.string(), z.strictObject({ ref: z.string(), name: name.optional(), ...limitFields })], {
        error: `must be a reference to a key, or { ref: "\${WEB_KEY}", limits: { rpm: 60 } }`,
      }),
    )
    .min(1, { error: `must hold at least one key, such as \${WEB_KEY} or file:./web.key` })
    .meta({
      description: `Keys as references: \${NAME}, or file:./path with one key on each line. Text that begins with fl-dev- is taken as it stands, on a loopback address only. An entry { ref, name, limits, budget, models } has limits of its own.`,
    }),
  ...limitFields,
  duplicates: duplicatesField,
  ...identityProjectFields,
  sampling: samplingField,
  redaction: redactionBlock.meta({ description: "What is kept from leaving in this project's requests." }),
});

/** The file's content after defaults, before what it points to is resolved. */
export interface ConfigFileValues
  extends Omit<Config, "upstreams" | "models" | "projects" | "secrets" | "alerts" | "otel"> {
  readonly alerts?: unknown;
  readonly otel?: unknown;
  readonly secrets: unknown;
  readonly upstreams: ReadonlyArray<
    Omit<UpstreamConfig, "provider" | "api_key_from" | "proxyUrl" | "ca" | "client_cert" | "client_key"> & {
      readonly provider: (typeof PROVIDERS)[number];
      readonly ca_file?: string | undefined;
      readonly client_cert_file?: string | undefined;
      readonly client_key_file?: string | undefined;
    }
  >;
  readonly models?: readonly ModelRule[] | undefined;
  readonly projects: ReadonlyArray<
    Omit<ProjectConfig, "keys" | "keyAllowances"> & {
      readonly keys: ReadonlyArray<string | (Allowance & { readonly ref: string; readonly name?: string | undefined })>;
    }
  >;
}

/** What fairlead.yaml may hold. Unknown keys are errors everywhere. */
export const ConfigFile: z.ZodType<ConfigFileValues> = z
  .strictObject({
    listen: address("127.0.0.1:4100", "Where clients connect, host:port."),
    admin: address("127.0.0.1:4101", "Metrics and the admin API, host:port."),
    admin_api: blockSchema(ADMIN_OPTIONS),
    admin_keys: adminKeysField,
    admin_hosts: adminHostsField,
    admin_sign_in: signInField,
    upstreams: z
      .array(upstream)
      .min(1, { error: "must hold at least one upstream" })
      .meta({ description: "The places that answer." }),
    models: z
      .array(rule)
      .min(1, { error: "must hold at least one rule; leave models out to send every model to all upstreams in order" })
      .optional()
      .meta({ description: "Which upstreams serve which model. Left out: every model, all upstreams in order." }),
    timeouts: blockSchema(TIMEOUT_OPTIONS),
    retry: blockSchema(RETRY_OPTIONS),
    breaker: blockSchema(BREAKER_OPTIONS),
    recover: blockSchema(RECOVER_OPTIONS),
    admission: blockSchema(ADMISSION_OPTIONS),
    quota: blockSchema(QUOTA_OPTIONS),
    balance: blockSchema(BALANCE_OPTIONS),
    join: blockSchema(JOIN_OPTIONS),
    cache: blockSchema(CACHE_OPTIONS),
    hedge: blockSchema(HEDGE_OPTIONS),
    stream: blockSchema(STREAM_OPTIONS),
    limits: blockSchema(LIMIT_OPTIONS),
    projects: z
      .array(project)
      .min(1, { error: "must hold at least one project with a key" })
      .meta({ description: "Who may call." }),
    tenancy: tenancyField.meta({ description: "How limits and budgets are kept, and those of all projects together." }),
    ledger: blockSchema(LEDGER_OPTIONS),
    prices: pricesField,
    drain: blockSchema(DRAIN_OPTIONS),
    log: blockSchema(LOG_OPTIONS),
    identity: identityField,
    store: storeField,
    redis: redisField,
    data_dir: dataDirField,
    secrets: secretsField,
    alerts: alertsField,
    fleet: blockSchema(FLEET_OPTIONS),
    resources: blockSchema(RESOURCE_OPTIONS),
    otel: otelField,
  })
  .meta({ title: "fairlead.yaml", description: "Configuration of fairlead gateway." });

/** The schema as JSON Schema (draft 2020-12), for editors: what one may write, not what it becomes. */
export function configJsonSchema(): object {
  return z.toJSONSchema(ConfigFile, { io: "input", target: "draft-2020-12" });
}
