// The line to Redis: commands and scripts within a time, a breaker of its own, channels, and a way back by itself.

import { createHash } from "node:crypto";
import type { Clock, Timer } from "@fairlead/runtime";
import { ErrorReply } from "@redis/client";
import { wholeWithin } from "../bounds.ts";
import { StoreError } from "../store-error.ts";
import { type RedisAddress, redisAddress } from "./address.ts";
import { dialRedis, type RedisConnection, type RedisReply } from "./dial.ts";

/** How patient a line is. */
export interface RedisOptions {
  /** Longest wait for one answer, dialling included, milliseconds, 1 to 60,000. Default 50. */
  readonly timeoutMs?: number | undefined;
  /** Longest wait for a connection, TLS and password included, milliseconds, 10 to 60,000. Default 2,000. */
  readonly connectMs?: number | undefined;
  /** Commands in a row without an answer in time after which the line is down, 1 to 1,000. Default 3. */
  readonly failures?: number | undefined;
  /** How often a line that is down is tried, and one that is listening is looked after, milliseconds, 10 to 60,000. Default 500. */
  readonly probeMs?: number | undefined;
}

/** A Lua script, with the digest by which Redis knows it. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

/** Makes a script; do so once, not with every call. */
export function redisScript(source: string): RedisScript {
  return { source, sha1: createHash("sha1").update(source).digest("hex") };
}

/**
 * One line to one Redis, used by all in a process that speak with it. It dials at the first command, and again when its
 * connection breaks. Commands that are
 * sent in one turn of the loop go out in one write. Rejections are StoreErrors: `unavailable` when there is no answer within
 * `timeoutMs`, no connection, a wrong password, or the line is down; `full` when Redis is out of memory; `invalid` when
 * Redis refuses the command itself. A command that ended in `unavailable` may have been carried out all the same.
 *
 * The line goes down when nobody can be dialled, or after `failures` commands in a row without an answer in time: commands are
 * then refused at once, without being sent, until a probe (a PING every `probeMs`) is answered in time again.
 */
export interface RedisLine {
  /** `redis at host:port`. */
  readonly name: string;
  /** False while the line is down or closed. True before anything was tried. */
  readonly up: boolean;
  /** Hears each change of `up`; returns the way to stop. */
  watch(hear: (up: boolean) => void): () => void;
  /** Dials; resolves when connected, rejects with `unavailable`. Called at start, it saves the first command the dialling. */
  ready(): Promise<void>;
  /** One command, such as `["SET", key, value, "NX", "PX", "1000"]`. */
  send(args: readonly string[]): Promise<RedisReply>;
  /** A script by its digest, and with its text when Redis does not know it. */
  run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<RedisReply>;
  /**
   * Hears what is published on a channel; returns the way to stop. `undefined`: the channel is heard from now on (at the
   * beginning, and whenever the connection was lost and is there again), what came before it may be missing.
   */
  subscribe(channel: string, hear: (text: string | undefined) => void): () => void;
  /** Ends the connection; everything is refused from then on. Never rejects. */
  close(): Promise<void>;
}

/** Opens a line; connects to nothing yet. Throws StoreError `invalid` for an address or option that makes no sense. */
export function openRedis(url: string, clock: Clock, options: RedisOptions = {}): RedisLine {
  return new Line(redisAddress(url), clock, {
    timeoutMs: wholeWithin("timeoutMs", options.timeoutMs, 1, 60_000, 50),
    connectMs: wholeWithin("connectMs", options.connectMs, 10, 60_000, 2_000),
    failures: wholeWithin("failures", options.failures, 1, 1_000, 3),
    probeMs: wholeWithin("probeMs", options.probeMs, 10, 60_000, 500),
  });
}

type Hear = (text: string | undefined) => void;

/** After so many probes without any answer the connection is given up for a new one. */
const SILENT_PROBES = 4;

class Line implements RedisLine {
  readonly name: string;
  readonly #address: RedisAddress;
  readonly #clock: Clock;
  readonly #plan: Required<{ [K in keyof RedisOptions]: number }>;
  readonly #watchers = new Set<(up: boolean) => void>();
  readonly #channels = new Map<string, Set<Hear>>();
  #connection: RedisConnection | undefined;
  #dialing: Promise<RedisConnection> | undefined;
  #failures = 0;
  #down: string | undefined;
  #closed = false;
  #beat: Timer | undefined;
  #answeredAt = 0;
  #pingSince: number | undefined;

  constructor(address: RedisAddress, clock: Clock, plan: Required<{ [K in keyof RedisOptions]: number }>) {
    this.name = address.name;
    this.#address = address;
    this.#clock = clock;
    this.#plan = plan;
  }

  get up(): boolean {
    return this.#down === undefined && !this.#closed;
  }

  watch(hear: (up: boolean) => void): () => void {
    this.#watchers.add(hear);
    return () => this.#watchers.delete(hear);
  }

  async ready(): Promise<void> {
    if (this.#closed) throw new StoreError("unavailable", `${this.name} was closed`);
    await this.#connect().catch((error: unknown) => {
      throw this.#failed(error);
    });
  }

  async send(args: readonly string[]): Promise<RedisReply> {
    if (this.#closed) throw new StoreError("unavailable", `${this.name} was closed`);
    if (this.#down !== undefined) throw this.#refusal(this.#down);
    try {
      const reply = await this.#within(this.#plan.timeoutMs, async () => (await this.#connect()).send(args));
      this.#answered();
      return reply;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<RedisReply> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.send(["EVALSHA", script.sha1, ...rest]);
    } catch (error) {
      if (!(error instanceof StoreError && /\bNOSCRIPT\b/.test(error.message))) throw error;
      return this.send(["EVAL", script.source, ...rest]);
    }
  }

  subscribe(channel: string, hear: Hear): () => void {
    let some = this.#channels.get(channel);
    if (some === undefined) {
      some = new Set();
      this.#channels.set(channel, some);
      if (this.#connection !== undefined) this.#listen(this.#connection, channel);
      else if (!this.#closed && this.#down === undefined) this.#connect().catch(() => {});
    } else if (this.#connection !== undefined) this.#say(channel, undefined, hear);
    some.add(hear);
    this.#keepBeat();
    return () => {
      const left = this.#channels.get(channel);
      if (left?.delete(hear) !== true || left.size > 0) return;
      this.#channels.delete(channel);
      this.#connection?.unsubscribe(channel).catch(() => {});
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#beat?.cancel();
    this.#channels.clear();
    this.#drop();
    await this.#dialing?.catch(() => {});
    this.#drop();
  }

  #connect(): Promise<RedisConnection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    this.#dialing ??= this.#dial().finally(() => {
      this.#dialing = undefined;
    });
    return this.#dialing;
  }

  async #dial(): Promise<RedisConnection> {
    let connection: RedisConnection;
    try {
      connection = await dialRedis(this.#address, this.#clock, this.#plan.connectMs);
    } catch (error) {
      this.#goDown(reasonOf(error));
      throw error;
    }
    if (this.#closed) {
      connection.destroy();
      throw new Error("closed");
    }
    this.#connection = connection;
    this.#pingSince = undefined;
    connection.onBroken(() => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      // At once, also when nobody waits: whoever asks next is told the truth.
      if (!this.#closed) this.#connect().catch(() => {});
    });
    for (const channel of this.#channels.keys()) this.#listen(connection, channel);
    this.#goUp();
    return connection;
  }

  #listen(connection: RedisConnection, channel: string): void {
    connection
      .subscribe(channel, (text) => this.#say(channel, text))
      .then(
        () => this.#say(channel, undefined),
        () => {
          if (this.#connection === connection) this.#drop();
        },
      );
  }

  #say(channel: string, text: string | undefined, only?: Hear): void {
    for (const hear of only === undefined ? [...(this.#channels.get(channel) ?? [])] : [only]) hear(text);
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy();
  }

  #within<T>(ms: number, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.timer(ms, () => reject(new Error(`no answer within ${ms} ms`)));
      work()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  #answered(): void {
    this.#failures = 0;
    this.#answeredAt = this.#clock.now();
  }

  /** Makes the StoreError, and counts what says that nobody is there. */
  #failed(error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    const reason = errorReplyOf(reasonOf(error));
    if (!(error instanceof ErrorReply)) {
      this.#failures += 1;
      if (this.#failures >= this.#plan.failures) this.#goDown(reason);
      return this.#refusal(reason);
    }
    this.#answered();
    if (/^OOM\b/.test(reason))
      return new StoreError("full", `${this.name} is out of memory (${reason}): raise maxmemory or make room`);
    if (/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(reason)) return this.#refusal(reason);
    // A replica after a fail-over: the name may lead to the new master when it is looked up again.
    if (/^READONLY\b/.test(reason)) this.#drop();
    if (/^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|TRYAGAIN|NOREPLICAS|MISCONF)\b/.test(reason))
      return this.#refusal(reason);
    return new StoreError("invalid", `${this.name} refused a command: ${reason}`);
  }

  #refusal(reason: string): StoreError {
    const fix = /^(NOAUTH|WRONGPASS|NOPERM)\b/.test(reason)
      ? "set the right user and password in its address"
      : "see that it runs and can be reached; it is tried again by itself";
    return new StoreError("unavailable", `${this.name} does not answer (${reason}): ${fix}`);
  }

  #goDown(reason: string): void {
    if (this.#closed) return;
    const was = this.#down;
    this.#down = reason;
    this.#keepBeat();
    if (was === undefined) for (const hear of [...this.#watchers]) hear(false);
  }

  #goUp(): void {
    this.#answered();
    if (this.#down === undefined) return;
    this.#down = undefined;
    for (const hear of [...this.#watchers]) hear(true);
  }

  #keepBeat(): void {
    if (this.#beat !== undefined || this.#closed) return;
    this.#beat = this.#clock.timer(this.#plan.probeMs, () => {
      this.#beat = undefined;
      if (this.#closed) return;
      this.#probe();
      if (this.#down !== undefined || this.#channels.size > 0) this.#keepBeat();
    });
  }

  /** One PING at a time; how long it takes decides, not only whether it comes. */
  #probe(): void {
    const connection = this.#connection;
    const now = this.#clock.now();
    if (connection === undefined) return void this.#connect().catch(() => {});
    if (this.#pingSince !== undefined) {
      if (now - this.#pingSince < SILENT_PROBES * this.#plan.probeMs) return;
      this.#goDown("it is silent");
      this.#drop();
      return void this.#connect().catch(() => {});
    }
    if (this.#down === undefined && now - this.#answeredAt < this.#plan.probeMs) return;
    this.#pingSince = now;
    connection.send(["PING"]).then(
      () => {
        if (this.#connection !== connection) return;
        this.#pingSince = undefined;
        if (this.#clock.now() - now <= this.#plan.timeoutMs) this.#goUp();
      },
      () => {
        if (this.#connection !== connection) return;
        this.#pingSince = undefined;
      },
    );
  }
}

/** Redis before 7 wraps what a command in a script was told: `ERR Error running script (call to f_…): …: -OOM …`. */
function errorReplyOf(reason: string): string {
  return /^ERR Error running script\b.*? -([A-Z]+ .*)$/s.exec(reason)?.[1] ?? reason;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || error.constructor.name;
}
