// What Fairlead keeps in Redis, and the line to it.

export type { RedisReply } from "./dial.ts";
export { redisLimitStore } from "./limit-store.ts";
export { openRedis, type RedisLine, type RedisOptions, type RedisScript, redisScript } from "./line.ts";
export { redisMarks } from "./marks.ts";
export { redisNotices } from "./notices.ts";
export { redisSeenStore } from "./seen-store.ts";
