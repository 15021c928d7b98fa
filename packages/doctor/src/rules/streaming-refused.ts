// The rule for streams that never begin, where an unstreamed message is answered.

import type { Streamed } from "../facts/streaming.ts";
import type { Rule } from "../finding.ts";
import { ownStreams, placeOf } from "../streaming/stream-place.ts";

/** Limits and load have rules of their own, whichever request met them. */
function isRefused({ status }: Streamed): boolean {
  return status !== undefined && status >= 400 && status !== 429 && status !== 529;
}

function isSilent({ status, error }: Streamed): boolean {
  return status === undefined && error === "TIMEOUT";
}

const REFUSED: Rule = {
  code: "STREAM_REFUSED",
  layer: "streaming",
  severity: "error",
  title: { en: "A streamed request is refused or never answered", zh: "流式请求被拒绝或始终没有响应" },
  meaning: {
    en: "A message that is asked for as a whole is answered, the same one as a stream is not. Programs for people stream nearly always, so they fail although a plain test works.",
    zh: "以完整方式请求的消息得到响应，以流式请求的同一消息却没有。面向用户的程序几乎总是使用流式，因此即使简单测试通过，它们也会失败。",
  },
  advice: {
    en: "Have the gateway allow and forward requests with stream: true.",
    zh: "请让网关允许并转发带有 stream: true 的请求。",
  },
  sources: [
    "https://platform.claude.com/docs/en/build-with-claude/streaming",
    "https://code.claude.com/docs/en/llm-gateway-protocol",
  ],
  says: [/streaming is (?:not supported|disabled)/i, /stream: (?:not supported|must be false)/i],
  match(facts, ctx) {
    if (facts["account.message"]?.exchange.ok !== true) return undefined;
    const bad = ownStreams(facts).filter((one) => isRefused(one) || isSilent(one));
    const [one] = bad;
    if (one === undefined || bad.length < ownStreams(facts).length) return undefined;
    const place = placeOf(facts, ctx);
    const refused = isRefused(one);
    const seconds = Math.round(one.endMs / 1_000);
    const said = (one.bodyStart ?? "").replace(/\s+/g, " ").trim();
    return {
      confidence: 0.9,
      evidence: bad.map((each) => ({
        en: `accept-encoding: ${each.encoding}: ${each.status === undefined ? `no answer within ${seconds} s` : `status ${each.status}`}`,
        zh: `accept-encoding: ${each.encoding}：${each.status === undefined ? `${seconds} 秒内没有响应` : `状态 ${each.status}`}`,
      })),
      title: refused
        ? { en: `A streamed request is refused with ${one.status}`, zh: `流式请求被以 ${one.status} 拒绝` }
        : { en: `A streamed request gets no answer within ${seconds} s`, zh: `流式请求在 ${seconds} 秒内没有响应` },
      why: {
        en: `The same message unstreamed is answered.${said === "" ? "" : ` It said: ${said}.`} Most likely it is ${place.words.en}.`,
        zh: `同样的消息在非流式时得到响应。${said === "" ? "" : `它的内容：${said}。`}最可能的位置：${place.words.zh}。`,
      },
      fix: [
        {
          os: "any",
          shell: "any",
          commands: [],
          note: {
            en: `Allow requests with stream: true at ${ctx.target.url.host}, and see what its log says about this one.`,
            zh: `请在 ${ctx.target.url.host} 上允许带有 stream: true 的请求，并查看其日志中对此请求的记录。`,
          },
        },
      ],
      explains: ["streaming.answer"],
    };
  },
};

/** The rules. */
export const STREAMING_REFUSED_RULES: readonly Rule[] = [REFUSED];
