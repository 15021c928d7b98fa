// Where on the way a stream was held up, as far as what was measured can tell.

import type { Context } from "../context.ts";
import type { Streamed } from "../facts/streaming.ts";
import type { Facts } from "../facts.ts";
import type { Words } from "../words.ts";
import { shapeOf } from "./stream-shape.ts";

/** A place, and how sure it is. */
export interface Place {
  readonly kind: "proxy" | "gateway" | "inspector" | "unknown";
  readonly words: Words;
}

/** Says who holds it: the proxy when the same answer comes steadily past it, the gateway when the target is one. */
export function placeOf(facts: Facts, ctx: Context): Place {
  const decision = ctx.environment.proxyFor(ctx.target.url);
  const streams = facts["streaming.answer"]?.streams ?? [];
  const past = streams.find(({ via }) => via === "past");
  const inspector = facts["tls.handshake"]?.trust?.inspector;
  if (decision.use === "proxy") {
    const proxy = `${decision.proxy.host}:${decision.proxy.port}`;
    if (past !== undefined && past.ending === "whole" && shapeOf(past) === "steady")
      return {
        kind: "proxy",
        words: {
          en: `the proxy ${proxy}: past it the same answer comes steadily`,
          zh: `代理 ${proxy}：绕过它时同样的回答会逐步到达`,
        },
      };
    if (inspector === undefined)
      return {
        kind: "unknown",
        words: { en: `the proxy ${proxy} or what is behind it`, zh: `代理 ${proxy} 或它后面的某一环` },
      };
  }
  if (inspector !== undefined)
    return { kind: "inspector", words: { en: `the TLS inspection by ${inspector}`, zh: `${inspector} 的 TLS 检查` } };
  if (!ctx.target.official)
    return {
      kind: "gateway",
      words: {
        en: `the gateway ${ctx.target.url.host}, or a reverse proxy in front of it`,
        zh: `网关 ${ctx.target.url.host}，或它前面的反向代理`,
      },
    };
  return {
    kind: "unknown",
    words: {
      en: "something between this machine and the API that reads the traffic",
      zh: "本机与 API 之间某个读取流量的环节",
    },
  };
}

/** Answers over the program's own way. */
export function ownStreams(facts: Facts): readonly Streamed[] {
  return (facts["streaming.answer"]?.streams ?? []).filter(({ via }) => via === "program");
}

/** One line of evidence about one answer. */
export function arrivalOf(one: Streamed): Words {
  const encoding = one.encoding === "gzip" ? "accept-encoding: gzip" : "accept-encoding: identity";
  const past = one.via === "past";
  return {
    en: `${past ? "past the proxy, " : ""}${encoding}: headers after ${one.headersMs} ms, first byte ${one.firstMs} ms, last byte ${one.lastMs} ms, ${one.events} events in ${one.reads} reads and ${one.bursts.count} bursts`,
    zh: `${past ? "绕过代理，" : ""}${encoding}：${one.headersMs} ms 收到响应头，首字节 ${one.firstMs} ms，末字节 ${one.lastMs} ms，${one.events} 个事件分 ${one.reads} 次读取、${one.bursts.count} 批到达`,
  };
}
