// Shared limits in Redis: one call carries all that an instance has to say and to ask.

import type { LimitAsk, LimitReply, LimitStore } from "../limit-store.ts";
import { StoreError } from "../store-error.ts";
import { LIMIT_FORM, LIMIT_SCRIPT } from "./limit-script.ts";
import { type RedisLine, redisScript } from "./line.ts";

/** Answers to one ask in the reply. */
const ANSWER_FIELDS = 4;

/**
 * Limits on a line to Redis. All keys of a tenant share a hash tag; a call touches several tenants, so it takes one primary
 * (with replicas, if wanted), not a Redis Cluster.
 * @param prefix begins all keys. Default `fairlead:limits`
 * @param newEpoch makes a text that was never used before, for a Redis that has forgotten everything
 */
export function redisLimitStore(
  line: Pick<RedisLine, "run">,
  newEpoch: () => string,
  prefix = "fairlead:limits",
): LimitStore {
  const script = redisScript(LIMIT_SCRIPT);
  const form = `${prefix}:${LIMIT_FORM}`;
  return {
    async trade(instance, seq, ttlMs, asks, epoch) {
      const keys = [`${form}:instances`, `${form}:last:${instance}`, `${form}:epoch`];
      const args = [instance, String(seq), String(ttlMs), newEpoch(), epoch ?? ""];
      for (const ask of asks) {
        keys.push(`${form}:${ask.key}`);
        pushAsk(args, ask);
      }
      return readReply(await line.run(script, keys, args), asks.length);
    },
  };
}

function pushAsk(args: string[], ask: LimitAsk): void {
  const { kind, capacity, perMs, hold, debit, give, need, least, want, window, floor } = ask;
  args.push(kind, whole(capacity), String(perMs));
  for (const one of [hold, debit, give, need, least, want, window, floor]) args.push(whole(one));
}

/** All digits: `String` would write 1e+21, and Lua would read it, but HINCRBY would not. */
function whole(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(Math.round(value)).toString();
}

function readReply(reply: unknown, asks: number): LimitReply {
  if (!Array.isArray(reply) || reply.length !== 2 + asks * ANSWER_FIELDS)
    throw new StoreError("invalid", "redis answered a trade of limits with something else");
  const at = (i: number) => Number(reply[i]);
  const answers = Array.from({ length: asks }, (_, i) => {
    const from = 2 + i * ANSWER_FIELDS;
    return { granted: at(from), left: at(from + 1), window: at(from + 2), endsInMs: at(from + 3) };
  });
  return { instances: at(0), epoch: String(reply[1]), answers };
}
