// The configurations at work: the one in force, perhaps a candidate beside it, and those that requests still finish on.

import { hashText, type Kept } from "@fairlead/engine";
import { pause, type Runtime, Signal } from "@fairlead/runtime";
import type { Config, UpstreamConfig } from "../config/config.ts";
import { buildGeneration, type Generation, type Predecessor } from "./generation.ts";
import type { Standing } from "./standing.ts";

/** Old configurations are looked at this often, milliseconds. */
const LOOK_MS = 250;
/** Shares are counted in parts of so many. */
const PARTS = 10_000;

/** Which configuration serves a request that comes now. */
export class Generations {
  readonly #rt: Runtime;
  readonly #standing: Standing;
  readonly #used: (generation: Generation) => void;
  readonly #ready: (config: Config) => Promise<void>;
  readonly #closing = new Signal();
  #current: Generation;
  #candidate: Generation | undefined;
  /** The candidate's share in parts of 10,000. */
  #parts = 0;
  #salt = "";
  #retiring: Generation[] = [];
  #looking = false;

  /**
   * @param used hears of each configuration that comes into force, the first excepted
   * @param ready makes ready what a configuration needs besides, before it is built; rejects for one that cannot be used
   */
  constructor(
    config: Config,
    standing: Standing,
    used: (generation: Generation) => void = () => {},
    ready: (config: Config) => Promise<void> = async () => {},
  ) {
    this.#rt = standing.rt;
    this.#standing = standing;
    this.#used = used;
    this.#ready = ready;
    this.#current = buildGeneration(config, standing);
    standing.identity.use(config);
    this.#unparkWithKey(this.#current);
  }

  /** The one in force. */
  get current(): Generation {
    return this.#current;
  }

  /** The one that is tried on a share of the requests. */
  get candidate(): Generation | undefined {
    return this.#candidate;
  }

  /** How many are kept only for requests under way. */
  get retiring(): number {
    return this.#retiring.length;
  }

  /** The generation for a request. The same key has the same one for as long as the trial lasts, on every instance. */
  readonly chosen = (key: string): Generation => {
    const candidate = this.#candidate;
    if (candidate === undefined) return this.#current;
    return (hashText(`${this.#salt}\n${key}`).hi >>> 0) % PARTS < this.#parts ? candidate : this.#current;
  };

  /**
   * Makes a configuration ready beside the one in force, from which it takes over what is the same in both. Throws for what
   * the checks of the file could not see; nothing has changed then.
   */
  async build(config: Config): Promise<Generation> {
    await this.#ready(config);
    const before = predecessor(this.#current, config);
    const generation = buildGeneration(config, this.#standing, before);
    const problem = selfCheck(generation);
    if (problem === undefined) return generation;
    this.drop(generation);
    throw new Error(problem);
  }

  /** Lets it serve a share of the requests, 0 to 100 percent. `salt`: so that it is not the same share each time. */
  trial(generation: Generation, percent: number, salt: string): void {
    if (this.#candidate !== undefined && this.#candidate !== generation) this.#retire(this.#candidate);
    this.#candidate = generation;
    this.#salt = salt;
    this.#parts = Math.round((percent / 100) * PARTS);
  }

  /** Puts it in force. Requests under way finish on the one that they began with. */
  use(generation: Generation): void {
    const before = this.#current;
    const tried = this.#candidate;
    this.#candidate = undefined;
    this.#current = generation;
    generation.parts.health.retune();
    this.#standing.identity.use(generation.config);
    this.#unparkWithKey(generation);
    if (before !== generation) this.#retire(before);
    if (tried !== undefined && tried !== generation) this.#retire(tried);
    this.#used(generation);
  }

  /** Gives up the candidate. */
  abandon(): void {
    const candidate = this.#candidate;
    this.#candidate = undefined;
    if (candidate !== undefined) this.#retire(candidate);
  }

  /** Frees one that was built and never used. */
  drop(generation: Generation): void {
    this.#free(generation);
  }

  /** Frees all; running answers go on. */
  close(): void {
    this.#closing.abort("closed");
    for (const one of [this.#current, this.#candidate, ...this.#retiring]) {
      for (const target of one?.upstreams.all ?? []) target.close();
      one?.redaction?.close();
      one?.secrets.book.close();
    }
  }

  /** An account that was parked for its old key is asked again at once. */
  #unparkWithKey({ config, upstreams, parts, secrets }: Generation): void {
    secrets.changed = (reference) => {
      for (const { name, api_key_from } of config.upstreams) {
        const target = upstreams.all.find((one) => one.name === name);
        if (api_key_from?.text === reference && target !== undefined) parts.health.unpark(target);
      }
    };
  }

  #retire(generation: Generation): void {
    this.#retiring.push(generation);
    void this.#look();
  }

  /** A retry of a request under way may need its old connections: they are let go when none is left. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    while (this.#retiring.length > 0) {
      this.#retiring = this.#retiring.filter((one) => {
        if (one.pending.count > 0) return true;
        this.#free(one);
        return false;
      });
      if (this.#retiring.length > 0 && !(await pause(this.#rt.clock, LOOK_MS, this.#closing))) break;
    }
    this.#looking = false;
  }

  #free(generation: Generation): void {
    const others = [this.#current, this.#candidate, ...this.#retiring].filter((one) => one !== generation);
    const used = new Set(others.flatMap((one) => one?.upstreams.all ?? []));
    for (const target of generation.upstreams.all) if (!used.has(target)) target.close();
    generation.redaction?.close();
    if (!others.some((one) => one?.secrets === generation.secrets)) generation.secrets.book.close();
  }
}

function predecessor(before: Generation, config: Config): Predecessor {
  return { generation: before, kept: keptBetween(before.config, config) };
}

/** Which upstreams, platforms and accounts are the same in two configurations. */
export function keptBetween(before: Config, after: Config): Kept {
  const wire = (one: UpstreamConfig) =>
    JSON.stringify([one.base_url, one.proxyUrl, one.ca, one.client_cert, one.client_key, one.min_tls]);
  const platform = (one: UpstreamConfig) => one.platform ?? `anthropic ${new URL(one.base_url).host}`;
  const account = (one: UpstreamConfig) => one.account ?? one.name;
  const old = new Map(before.upstreams.map((one) => [one.name, one]));
  const targets = new Set(
    after.upstreams
      .filter((one) => old.has(one.name) && wire(old.get(one.name) as UpstreamConfig) === wire(one))
      .map(({ name }) => name),
  );
  // A platform is judged by what its upstreams do: one that is another now must neither inherit nor spoil the judgement.
  const changed = new Set(after.upstreams.filter(({ name }) => old.has(name) && !targets.has(name)).map(platform));
  const credentials = ({ upstreams, quota }: Config) => {
    const found = new Map<string, string>();
    for (const one of upstreams)
      found.set(
        account(one),
        `${found.get(account(one)) ?? ""}${JSON.stringify([one.api_key_from ?? one.api_key, one.quota, quota])}`,
      );
    return found;
  };
  const [mine, theirs] = [credentials(before), credentials(after)];
  return {
    target: (name) => targets.has(name),
    platform: (name) => !changed.has(name),
    account: (name) => mine.has(name) && mine.get(name) === theirs.get(name),
  };
}

/** What a generation must be able to do before it may serve: find an upstream for each rule, and describe itself. */
function selfCheck({ config, upstreams, pipeline }: Generation): string | undefined {
  for (const rule of config.models) {
    const name = rule.match.replaceAll("*", "x");
    if (upstreams.serves(name).length === 0) return `the rule ${rule.match} finds no upstream`;
  }
  return pipeline.describe().length === 0 ? "the pipeline is empty" : undefined;
}
