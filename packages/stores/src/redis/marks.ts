// Marks in Redis: SET NX PX, so that all instances ask one place and Redis forgets by itself.

import { checkMark } from "../bounds.ts";
import type { Marks } from "../marks.ts";
import type { RedisLine } from "./line.ts";

/** Marks under `<prefix>mark:`. Default prefix `fairlead:`. */
export function redisMarks(line: RedisLine, prefix = "fairlead:"): Marks {
  return {
    async claim(key, ttlMs) {
      checkMark(key, ttlMs);
      const args = ["SET", `${prefix}mark:${key}`, "1", "NX", "PX", String(Math.ceil(ttlMs))];
      return (await line.send(args)) !== null;
    },
  };
}
