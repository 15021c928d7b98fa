// Prints the configuration in force: every default written out, every secret masked.

import {
  ADMISSION_OPTIONS,
  type Allowance,
  BALANCE_OPTIONS,
  type BlockSpec,
  BREAKER_OPTIONS,
  BUDGET_OPTIONS,
  CACHE_OPTIONS,
  DUPLICATE_OPTIONS,
  HEDGE_OPTIONS,
  JOIN_OPTIONS,
  QUOTA_OPTIONS,
  RECOVER_OPTIONS,
  RETRY_OPTIONS,
  RULE_BALANCE_OPTIONS,
  TENANCY_OPTIONS,
  TENANT_LIMIT_OPTIONS,
  TIMEOUT_OPTIONS,
} from "@fairlead/engine";
import { stringify } from "yaml";
import type { SecretOptions } from "../secrets/secret-options.ts";
import type { AlertOptions } from "../telemetry/alerts/alert-options.ts";
import type { OtelOptions } from "../telemetry/otel/otel-options.ts";
import { ADMIN_OPTIONS, type SignInConfig } from "./admin-block.ts";
import { ACCOUNT_QUOTA_OPTIONS, DRAIN_OPTIONS, LIMIT_OPTIONS, LOG_OPTIONS, STREAM_OPTIONS } from "./blocks.ts";
import type { Address, Config, ProjectConfig, UpstreamConfig } from "./config.ts";
import { FLEET_OPTIONS } from "./fleet-block.ts";
import { describeIdentity } from "./identity-block.ts";
import { shown } from "./option-schema.ts";
import type { RedactionOptions } from "./redaction-block.ts";
import { SECRET_OPTIONS } from "./secrets-block.ts";

/** YAML of the configuration in force, in the form of the file. Secrets and files are shown masked, so it loads nowhere. */
export function printConfig(config: Config): string {
  return stringify(describeConfig(config), { lineWidth: 0 });
}

/** The same as plain data, for JSON. */
export function describeConfig(config: Config): object {
  return {
    listen: showAddress(config.listen),
    admin: showAddress(config.admin),
    admin_api: written(ADMIN_OPTIONS, config.admin_api),
    admin_keys: config.admin_keys.map(mask),
    admin_hosts: [...config.admin_hosts],
    ...(config.admin_sign_in === undefined ? {} : { admin_sign_in: describeSignIn(config.admin_sign_in) }),
    upstreams: config.upstreams.map(describeUpstream),
    models: config.models.map((rule) => ({
      match: rule.match,
      upstreams: rule.upstreams.map((one) => (one.model === undefined ? one.upstream : { ...one })),
      ...partly("timeouts", TIMEOUT_OPTIONS, rule.timeouts),
      ...partly("balance", RULE_BALANCE_OPTIONS, rule.balance),
    })),
    timeouts: written(TIMEOUT_OPTIONS, config.timeouts),
    retry: written(RETRY_OPTIONS, config.retry),
    breaker: written(BREAKER_OPTIONS, config.breaker),
    recover: written(RECOVER_OPTIONS, config.recover),
    admission: written(ADMISSION_OPTIONS, config.admission),
    quota: written(QUOTA_OPTIONS, config.quota),
    balance: written(BALANCE_OPTIONS, config.balance),
    join: written(JOIN_OPTIONS, config.join),
    cache: written(CACHE_OPTIONS, config.cache),
    hedge: written(HEDGE_OPTIONS, config.hedge),
    stream: written(STREAM_OPTIONS, config.stream),
    limits: written(LIMIT_OPTIONS, config.limits),
    projects: config.projects.map(describeProject),
    tenancy: {
      ...written(TENANCY_OPTIONS, config.tenancy),
      ...(config.tenancy.everyone === undefined ? {} : { everyone: describeAllowance(config.tenancy.everyone) }),
    },
    drain: written(DRAIN_OPTIONS, config.drain),
    log: written(LOG_OPTIONS, config.log),
    identity: describeIdentity(config.identity),
    fleet: written(FLEET_OPTIONS, config.fleet),
    secrets: describeSecrets(config.secrets),
    ...(config.alerts === undefined ? {} : { alerts: describeAlerts(config.alerts) }),
    ...(config.otel === undefined ? {} : { otel: describeOtel(config.otel) }),
  };
}

/** The references of credentials are shown, not their values. */
function describeSecrets({ vault, aws, ...numbers }: SecretOptions): object {
  const { ca, ...access } = vault ?? {};
  const shownAccess = Object.entries(access).filter(([, one]) => one !== undefined);
  return {
    ...written(SECRET_OPTIONS, { ...numbers }),
    ...(vault === undefined
      ? {}
      : {
          vault: {
            ...Object.fromEntries(
              shownAccess.map(([key, one]) => [key, typeof one === "string" ? one : (one?.from?.text ?? "****")]),
            ),
            ...(ca === undefined ? {} : { ca_file: `(loaded, certificates: ${certificates(ca)})` }),
          },
        }),
    ...(aws === undefined ? {} : { aws: { ...aws } }),
  };
}

/** Addresses of targets let one post: of them only the host is shown. Durations are milliseconds. */
function describeAlerts({ targets, ...rest }: AlertOptions): object {
  return {
    ...rest,
    targets: targets.map(({ url, secret, ...one }) => ({
      ...one,
      url: `${new URL(url).origin}/****`,
      ...(secret === undefined ? {} : { secret: "****" }),
    })),
  };
}

function describeOtel({ url, headers, ...rest }: OtelOptions): object {
  const hidden = Object.fromEntries(Object.keys(headers).map((name) => [name, "****"]));
  return { endpoint: url, headers: hidden, ...rest };
}

/** First and last four characters of a long secret, fewer of a short one, none of a very short one. */
export function mask(secret: string): string {
  const show = secret.length >= 20 ? 4 : secret.length >= 12 ? 2 : 0;
  return show === 0 ? "****" : `${secret.slice(0, show)}…${secret.slice(-show)}`;
}

/** `127.0.0.1:4100`, `[::1]:4100`. */
export function showAddress(address: Address): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function describeRedaction({ secret, ...rest }: RedactionOptions): object {
  return { ...rest, ...(secret === undefined ? {} : { secret: mask(secret) }) };
}

function describeSignIn(one: SignInConfig): object {
  return { ...one, ...(one.client_secret === undefined ? {} : { client_secret: mask(one.client_secret) }) };
}

function describeUpstream(one: UpstreamConfig): object {
  return {
    name: one.name,
    provider: one.provider,
    base_url: one.base_url,
    api_key: mask(one.api_key),
    auth: one.auth,
    ...(one.platform === undefined ? {} : { platform: one.platform }),
    ...(one.account === undefined ? {} : { account: one.account }),
    weight: one.weight,
    ...(one.region === undefined ? {} : { region: one.region }),
    ...partly("quota", ACCOUNT_QUOTA_OPTIONS, one.quota),
    ...(one.context_window === undefined ? {} : { context_window: one.context_window }),
    proxy: one.proxyUrl === undefined ? "none" : withoutPassword(one.proxyUrl),
    ...(one.ca === undefined ? {} : { ca_file: `(loaded, certificates: ${certificates(one.ca)})` }),
    ...(one.client_cert === undefined
      ? {}
      : { client_cert_file: `(loaded, certificates: ${certificates(one.client_cert)})` }),
    ...(one.client_key === undefined ? {} : { client_key_file: "(loaded, not shown)" }),
    min_tls: one.min_tls,
    max_connections: one.max_connections,
    ...partly("timeouts", TIMEOUT_OPTIONS, one.timeouts),
  };
}

function describeProject(project: ProjectConfig): object {
  const own = project.keyAllowances ?? [];
  const plain = project.keys.filter((key) => !own.some(({ keys }) => keys.includes(key)));
  const entries = own.flatMap((one) =>
    one.keys.map((key) => ({
      ref: mask(key),
      ...(one.name === undefined ? {} : { name: one.name }),
      ...describeAllowance(one),
    })),
  );
  return {
    name: project.name,
    keys: [...plain.map(mask), ...entries],
    ...describeAllowance(project),
    ...partly("duplicates", DUPLICATE_OPTIONS, project.duplicates),
    ...(project.allowed_models === undefined ? {} : { allowed_models: project.allowed_models }),
    ...(project.scopes === undefined ? {} : { scopes: project.scopes }),
    ...(project.ip === undefined ? {} : { ip: project.ip }),
    ...(project.redaction === undefined ? {} : { redaction: describeRedaction(project.redaction) }),
  };
}

function describeAllowance(one: Allowance): object {
  return {
    ...partly("limits", TENANT_LIMIT_OPTIONS, one.limits),
    ...partly("budget", BUDGET_OPTIONS, one.budget),
    ...(one.models === undefined
      ? {}
      : { models: one.models.map((entry) => ({ match: entry.match, ...describeAllowance(entry) })) }),
  };
}

function written(spec: BlockSpec, values: { readonly [name: string]: unknown }): object {
  return Object.fromEntries(
    Object.entries(spec)
      .filter(([name]) => values[name] !== undefined)
      .map(([name, one]) => [name, shown(one, values[name] as string | number | boolean)]),
  );
}

function partly(key: string, spec: BlockSpec, values: { readonly [name: string]: unknown } | undefined): object {
  return values === undefined ? {} : { [key]: written(spec, values) };
}

function certificates(pem: string): number {
  return pem.split("-----BEGIN CERTIFICATE-----").length - 1;
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== "") url.password = "****";
  return url.href;
}
