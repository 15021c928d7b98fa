// Notices over Redis: publish and subscribe, heard again by themselves after the line was lost.

import { checkNotice } from "../bounds.ts";
import type { Notices } from "../notices.ts";
import type { RedisLine } from "./line.ts";

/** Notices on channels `<prefix>notice:`. Default prefix `fairlead:`. */
export function redisNotices(line: RedisLine, prefix = "fairlead:"): Notices {
  return {
    async publish(topic, text) {
      checkNotice(topic, text);
      await line.send(["PUBLISH", `${prefix}notice:${topic}`, text]);
    },
    subscribe: (topic, hear) => line.subscribe(`${prefix}notice:${topic}`, hear),
  };
}
