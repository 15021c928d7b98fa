// Requests seen lately, in Redis: one key each, with its holder or the word that it was answered, which Redis forgets by itself.

import type { SeenStore } from "../seen-store.ts";
import { type RedisLine, redisScript } from "./line.ts";

/** Instead of a holder; no holder is called so. */
const ANSWERED = "answered";

const BEGIN = redisScript(`
local has = redis.call('GET', KEYS[1])
if has then return has == '${ANSWERED}' and 2 or 1 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 0`);

const KEEP = redisScript(`
for i, key in ipairs(KEYS) do
  local has = redis.call('GET', key)
  if not has or has == ARGV[i + 1] then redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[1]) end
end
return 0`);

const END = redisScript(`
local has = redis.call('GET', KEYS[1])
if has and has ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], '${ANSWERED}', 'PX', ARGV[2]) end
return 0`);

/** Keys that one call keeps, at most: Redis does nothing else meanwhile. */
const KEPT_AT_ONCE = 500;

/**
 * Keys on a line to Redis.
 * @param prefix begins all keys. Default `fairlead:limits`
 */
export function redisSeenStore(line: Pick<RedisLine, "run">, prefix = "fairlead:limits"): SeenStore {
  const name = (key: string) => `${prefix}:1:seen:${key}`;
  const whole = (ms: number) => String(Math.max(1, Math.ceil(ms)));
  return {
    async begin(key, holder, ttlMs) {
      const said = await line.run(BEGIN, [name(key)], [holder, whole(ttlMs)]);
      return said === 0 ? undefined : said === 2 ? "answered" : "under way";
    },
    async keep(held, ttlMs) {
      const all = [...held];
      const calls: Promise<unknown>[] = [];
      // All go at once: one that is ended after this must not be claimed again behind its end.
      for (let i = 0; i < all.length; i += KEPT_AT_ONCE) {
        const some = all.slice(i, i + KEPT_AT_ONCE);
        const keys = some.map(([key]) => name(key));
        calls.push(line.run(KEEP, keys, [whole(ttlMs), ...some.map(([, holder]) => holder)]));
      }
      await Promise.all(calls);
    },
    async end(key, holder, windowMs) {
      await line.run(END, [name(key)], [holder, windowMs === undefined ? "" : whole(windowMs)]);
    },
  };
}
