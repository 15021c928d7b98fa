// One connection to Redis: dialled, authenticated, never mended. When it breaks, a new one is made.

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { Clock } from "@fairlead/runtime";
import { createClient } from "@redis/client";
import type { RedisAddress } from "./address.ts";

/** What Redis answers. Integers beyond 2^53 are not exact: let a script return them as text. */
export type RedisReply =
  | null
  | string
  | number
  | boolean
  | readonly RedisReply[]
  | { readonly [key: string]: RedisReply };

/** A connection that is ready. */
export interface RedisConnection {
  send(args: readonly string[]): Promise<RedisReply>;
  subscribe(channel: string, hear: (text: string) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Calls `run` once when it breaks, unless `destroy` did that. */
  onBroken(run: (why: string) => void): void;
  /** Closes the socket; what waits for an answer is rejected. */
  destroy(): void;
}

/** Resolves with a connection; rejects when there is none within `withinMs`. */
export async function dialRedis(address: RedisAddress, clock: Clock, withinMs: number): Promise<RedisConnection> {
  const { host, port, username, password, database } = address;
  const wire = { host, port, connectTimeout: withinMs, reconnectStrategy: false as const };
  const ca = address.ca === undefined ? undefined : await readFile(address.ca, "utf8");
  const secure = { tls: true as const, ...(isIP(host) === 0 && { servername: host }), ...(ca !== undefined && { ca }) };
  const client = createClient({
    socket: address.tls ? { ...wire, ...secure } : wire,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(database !== 0 && { database }),
    RESP: 3,
    name: "fairlead",
    disableOfflineQueue: true,
    maintNotifications: "disabled",
  });
  let destroyed = false;
  let broken: string | undefined;
  let tell: ((why: string) => void) | undefined;
  const destroy = () => {
    if (destroyed) return;
    destroyed = true;
    if (client.isOpen) client.destroy();
  };
  client.on("error", (error: Error) => {
    if (destroyed || broken !== undefined) return;
    broken = withoutLogin(error, address).message || error.name;
    tell?.(broken);
  });
  // The client's own time-out ends with the TCP handshake; a server that is stopped still completes that.
  let late = () => {};
  const timer = clock.timer(withinMs, () => late());
  try {
    await new Promise((resolve, reject) => {
      late = () => reject(new Error(`no answer to the greeting within ${withinMs} ms`));
      client.connect().then(resolve, reject);
    });
  } catch (error) {
    destroy();
    throw withoutLogin(error, address);
  } finally {
    timer.cancel();
  }
  return {
    send: (args) => client.sendCommand<RedisReply>([...args]),
    subscribe: (channel, hear) => client.subscribe(channel, hear),
    unsubscribe: (channel) => client.unsubscribe(channel),
    onBroken(run) {
      tell = run;
      if (broken !== undefined && !destroyed) run(broken);
    },
    destroy,
  };
}

/** The same error without the password: a server that does not know a command repeats its arguments, those of the login too. */
function withoutLogin<E>(error: E, { password }: RedisAddress): E {
  if (!(error instanceof Error)) return error;
  const told = error.message.replace(/, with args beginning with:.*$/s, "");
  error.message = password === undefined ? told : told.replaceAll(password, "[password]");
  return error;
}
