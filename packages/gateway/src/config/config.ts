// The configuration as the gateway uses it: every default filled in, every secret and file resolved.

import type {
  ADMISSION_OPTIONS,
  Allowance,
  BALANCE_OPTIONS,
  BREAKER_OPTIONS,
  CACHE_OPTIONS,
  Duplicates,
  HEDGE_OPTIONS,
  JOIN_OPTIONS,
  QUOTA_OPTIONS,
  RECOVER_OPTIONS,
  RETRY_OPTIONS,
  RULE_BALANCE_OPTIONS,
  TIMEOUT_OPTIONS,
  Values,
} from "@fairlead/engine";
import type { SecretOptions } from "../secrets/secret-options.ts";
import type { SecretReference } from "../secrets/secret-reference.ts";
import type { AlertOptions } from "../telemetry/alerts/alert-options.ts";
import type { OtelOptions } from "../telemetry/otel/otel-options.ts";
import type { AdminApiConfig, SignInConfig } from "./admin-block.ts";
import type { ACCOUNT_QUOTA_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LOG_OPTIONS, STREAM_OPTIONS } from "./blocks.ts";
import type { FLEET_OPTIONS } from "./fleet-block.ts";
import type { IdentityConfig, IdentityProjectConfig } from "./identity-block.ts";
import type { LedgerConfig, PriceConfig, SAMPLING_OPTIONS } from "./ledger-block.ts";
import type { TenancyConfig } from "./limit-fields.ts";
import type { RedactionOptions } from "./redaction-block.ts";
import type { RESOURCE_OPTIONS } from "./resource-block.ts";

/** Where a listener binds. Port 0 lets the system choose a free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Everything the gateway needs to know. Durations are milliseconds, sizes are bytes. */
export interface Config {
  /** The data plane. Default 127.0.0.1:4100. */
  readonly listen: Address;
  /** Metrics and the admin API. Default 127.0.0.1:4101. */
  readonly admin: Address;
  readonly admin_api: AdminApiConfig;
  /** The admin keys themselves. */
  readonly admin_keys: readonly string[];
  /** Names besides those of loopback under which the admin address is called. */
  readonly admin_hosts: readonly string[];
  readonly admin_sign_in?: SignInConfig | undefined;
  readonly upstreams: readonly UpstreamConfig[];
  /** First rule that matches wins. */
  readonly models: readonly ModelRule[];
  readonly timeouts: Values<typeof TIMEOUT_OPTIONS>;
  readonly retry: Values<typeof RETRY_OPTIONS>;
  readonly breaker: Values<typeof BREAKER_OPTIONS>;
  readonly recover: Values<typeof RECOVER_OPTIONS>;
  readonly admission: Values<typeof ADMISSION_OPTIONS>;
  readonly quota: Values<typeof QUOTA_OPTIONS>;
  readonly balance: Values<typeof BALANCE_OPTIONS>;
  readonly join: Values<typeof JOIN_OPTIONS>;
  readonly cache: Values<typeof CACHE_OPTIONS>;
  readonly hedge: Values<typeof HEDGE_OPTIONS>;
  readonly stream: Values<typeof STREAM_OPTIONS>;
  readonly limits: Values<typeof LIMIT_OPTIONS>;
  readonly projects: readonly ProjectConfig[];
  readonly tenancy: TenancyConfig;
  readonly ledger: LedgerConfig;
  /** Rows that go before those of the built-in table of prices, or add to them. */
  readonly prices: readonly PriceConfig[];
  readonly drain: Values<typeof DRAIN_OPTIONS>;
  readonly log: Values<typeof LOG_OPTIONS>;
  readonly identity: IdentityConfig;
  /** `memory:`, `sqlite:` and an absolute path, or `postgres://…`. Default sqlite:./fairlead.db beside the file. */
  readonly store: string;
  /** `redis://…`; undefined means one instance alone. */
  readonly redis?: string | undefined;
  /** Absolute path of a folder of this instance alone. Default ./fairlead-data beside the file. */
  readonly data_dir: string;
  /** How secrets are looked after while the gateway runs. */
  readonly secrets: SecretOptions;
  /** Undefined: nobody is told. */
  readonly alerts?: AlertOptions | undefined;
  readonly fleet: Values<typeof FLEET_OPTIONS>;
  readonly resources: Values<typeof RESOURCE_OPTIONS>;
  /** Undefined: no traces are made. */
  readonly otel?: OtelOptions | undefined;
}

/** One place that answers. */
export interface UpstreamConfig {
  readonly name: string;
  readonly provider: "anthropic";
  /** Without a slash at the end. Default https://api.anthropic.com. */
  readonly base_url: string;
  /** The secret itself, as it was when the configuration was loaded. */
  readonly api_key: string;
  /** Where it is kept, so that it may change; undefined means that it stays as it is. */
  readonly api_key_from?: SecretReference;
  /** Which header carries the key. Default x-api-key. */
  readonly auth: "x-api-key" | "bearer";
  /** Whose capacity it draws on; undefined means provider and host. */
  readonly platform?: string;
  /** Whose credential it uses; undefined means one account for each key. */
  readonly account?: string;
  /** Its share beside the others of a rule. Default 1. */
  readonly weight: number;
  /** Where it is; undefined means that it is a region of its own. */
  readonly region?: string;
  /** Limits of its account for each class of models, where they differ from the general ones. */
  readonly quota?: Partial<Values<typeof ACCOUNT_QUOTA_OPTIONS>>;
  /** Tokens, when this upstream takes fewer than the model does elsewhere. */
  readonly context_window?: number;
  /** As written: `env`, `none` or an address. What it came to is `proxyUrl`. Default env. */
  readonly proxy: string;
  /** The proxy to go through; undefined means directly. */
  readonly proxyUrl?: string;
  /** PEM text of the certificates to trust beside the system's own. */
  readonly ca?: string;
  /** PEM text. */
  readonly client_cert?: string;
  /** PEM text. */
  readonly client_key?: string;
  readonly min_tls: "TLSv1.2" | "TLSv1.3";
  /** Connections kept to this upstream at most. Default 256. */
  readonly max_connections: number;
  /** Time-outs that differ here from the common ones. */
  readonly timeouts?: Partial<Values<typeof TIMEOUT_OPTIONS>>;
}

/** Which upstreams serve a model, in order of preference. */
export interface ModelRule {
  /** A model name in which `*` stands for anything. */
  readonly match: string;
  /** `model` is the name that this upstream knows it by; undefined means the caller's. */
  readonly upstreams: ReadonlyArray<{ readonly upstream: string; readonly model?: string }>;
  readonly timeouts?: Partial<Values<typeof TIMEOUT_OPTIONS>>;
  /** How its upstreams are chosen, where that differs from the general rule. */
  readonly balance?: Partial<Values<typeof RULE_BALANCE_OPTIONS>>;
}

/** Who may call. */
export interface ProjectConfig extends Allowance, IdentityProjectConfig {
  readonly name: string;
  /** The keys themselves; each belongs to one project only. */
  readonly keys: readonly string[];
  /** Limits and budgets that keys have of their own: each of `keys` by itself. */
  readonly keyAllowances?: readonly KeyAllowance[];
  readonly duplicates?: Duplicates | undefined;
  /** Which prompts and answers are kept; undefined means none. */
  readonly sampling?: Values<typeof SAMPLING_OPTIONS> | undefined;
  /** What is kept from leaving; undefined means nothing is looked for. */
  readonly redaction?: RedactionOptions | undefined;
}

/** What holds for some keys, for each of them by itself. */
export interface KeyAllowance extends Allowance {
  readonly keys: readonly string[];
  /** What messages call it. */
  readonly name?: string | undefined;
}
