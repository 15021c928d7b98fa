// From the text of a configuration to one that may be built: read, checked, and held against what only a restart changes.

import type { Clock } from "@fairlead/runtime";
import type { Config } from "../config/config.ts";
import type { Loaded } from "../config/load.ts";
import { openConfigText } from "../config/open.ts";
import { showAddress } from "../config/print.ts";
import { ConfigError, showProblem } from "../config/problem.ts";
import type { Environment } from "../config/secrets.ts";
import { ConfigRefusal } from "./config-refusal.ts";

/** Where a configuration comes from. */
export interface ConfigSource {
  /** Path of the file; relative references start at its folder. */
  readonly file: string;
  readonly env: Environment;
  /** The text that the running configuration was read from. */
  readonly text: string;
}

/** Reads texts for one instance. */
export class ConfigReader {
  readonly #source: ConfigSource;
  readonly #local: Config;
  readonly #clock: Clock;
  readonly #known: (reference: string) => string | undefined;

  /**
   * @param local what this instance was started with
   * @param known the value that a reference has now: what a manager that is down holds stays as it was
   */
  constructor(
    source: ConfigSource,
    local: Config,
    clock: Clock,
    known: (reference: string) => string | undefined = () => undefined,
  ) {
    this.#source = source;
    this.#local = local;
    this.#clock = clock;
    this.#known = known;
  }

  /** What is the instance's own stays as it was started, whatever a shared text says. Rejects with a ConfigRefusal. */
  async shared(text: string): Promise<Loaded> {
    const read = await this.#read(text, "the shared configuration");
    const { listen, admin, store, redis, data_dir, fleet } = this.#local;
    const { header_bytes } = this.#local.limits;
    const config: Config = {
      ...read.config,
      listen,
      admin,
      store,
      redis,
      data_dir,
      limits: { ...read.config.limits, header_bytes },
      fleet: { ...read.config.fleet, config: fleet.config },
    };
    return { ...read, config };
  }

  /** A text of the instance's own file. Rejects with a ConfigRefusal, also when it changes what stands until a restart. */
  async file(text: string): Promise<Loaded> {
    const read = await this.#read(text, this.#source.file);
    const changed = fixedParts(this.#local).flatMap(([name, value], i) => {
      const wanted = fixedParts(read.config)[i]?.[1];
      return wanted === value
        ? []
        : [`${name} (${secretless(value)} is in force, the file says ${secretless(wanted ?? "none")})`];
    });
    if (changed.length === 0) return read;
    throw new ConfigRefusal(
      "restart",
      `nothing was applied: ${changed.join(", ")} cannot change without a restart. Restart the gateway, or take the change back`,
    );
  }

  /** What another configuration says and this one keeps until a restart, though it may change. Names, never values. */
  waiting(config: Config): string[] {
    const now = startParts(this.#local);
    return startParts(config).flatMap(([name, value], i) =>
      JSON.stringify(value) === JSON.stringify(now[i]?.[1]) ? [] : [name],
    );
  }

  async #read(text: string, name: string): Promise<Loaded> {
    try {
      return await openConfigText(text, this.#source.file, this.#source.env, this.#clock, this.#known);
    } catch (e) {
      if (!ConfigError.is(e)) {
        const what = e instanceof Error ? e.message : String(e);
        throw new ConfigRefusal(
          "invalid",
          `${name} cannot be used, nothing was applied: reading it failed by a defect of Fairlead's (${what}); please report it`,
        );
      }
      const { length } = e.problems;
      const first = e.problems[0];
      const more = length > 1 ? ` (and ${length - 1} more; fairlead config check tells all)` : "";
      throw new ConfigRefusal(
        "invalid",
        `${name} cannot be used, nothing was applied: ${first === undefined ? "" : showProblem(first)}${more}`,
        e.problems,
        e.files,
      );
    }
  }
}

/** What listeners, stores and folders were opened with. */
function fixedParts(config: Config): ReadonlyArray<readonly [string, string]> {
  return [
    ["listen", showAddress(config.listen)],
    ["admin", showAddress(config.admin)],
    ["store", config.store],
    ["redis", config.redis ?? "none"],
    ["data_dir", config.data_dir],
    ["limits.header_bytes", String(config.limits.header_bytes)],
    ["fleet.config", config.fleet.config],
  ];
}

/** What those that outlive a reload were made with. */
function startParts({ admin_hosts, admin_sign_in, admin_api, identity, tenancy, ledger, fleet }: Config) {
  return [
    ["admin_hosts", admin_hosts],
    ["admin_sign_in", admin_sign_in],
    ["admin_api", admin_api],
    ["identity.secret", identity.secret],
    ["tenancy.instances", tenancy.instances],
    ["tenancy.money_grace", tenancy.money_grace],
    ["tenancy.money_grace_share", tenancy.money_grace_share],
    ["ledger.spool", ledger.spool],
    ["fleet.heartbeat", fleet.heartbeat],
  ] as const;
}

function secretless(value: string): string {
  return value.replace(/\/\/([^@/]*)@/, "//****@");
}
