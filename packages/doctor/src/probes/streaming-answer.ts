// Streams one answer, plain and compressed, and looks at how it arrives.

import type { Context } from "../context.ts";
import type { Streamed } from "../facts/streaming.ts";
import { blocked } from "../graph.ts";
import { maySend } from "../http/key-guard.ts";
import { addressesOf } from "../long/host-address.ts";
import type { Looked, Probe } from "../probe.ts";
import { streamModel } from "../streaming/stream-model.ts";
import { STREAM_MS, streamOnce, wholeOnce } from "../streaming/stream-request.ts";
import { isSuspicious, type Shape, shapeOf } from "../streaming/stream-shape.ts";
import { type Way, wayToTarget } from "../wire/way.ts";
import type { Words } from "../words.ts";

const SPEND: Words = {
  en: "add --spend: about 300 tokens, under one US cent",
  zh: "加上 --spend：约 300 个 token，不到一美分",
};
const NO_CREDENTIAL: Words = { en: "no credential that could be used is set", zh: "没有可用的凭据" };
const OTHER_FRAMES: Words = {
  en: "only the Messages API itself is streamed here; Bedrock and Vertex sign and frame their streams in another way",
  zh: "这里只检查 Messages API 本身的流；Bedrock 与 Vertex 的签名和流格式不同",
};

/** Longest time for both looks, milliseconds. */
const TIME_MS = 2 * STREAM_MS + 500;

/** Two answers of 150 tokens side by side; up to two more when they look odd. */
export const streamingAnswer: Probe<"streaming.answer"> = {
  id: "streaming.answer",
  layer: "streaming",
  title: { en: "Streamed answer", zh: "流式回答" },
  after: ["credentials.accepted", "account.message"],
  deep: true,
  timeoutMs: TIME_MS,
  skip(ctx, facts) {
    if (!ctx.options.spend) return SPEND;
    if (ctx.target.platform === "bedrock" || ctx.target.platform === "vertex") return OTHER_FRAMES;
    if (ctx.environment.credentials.length === 0) return NO_CREDENTIAL;
    const permission = maySend(ctx, facts);
    if (!permission.ok) return permission.why;
    // A gateway may have no list of models: only a plain refusal says that asking for a message is pointless.
    const refused = facts["credentials.accepted"]?.exchange.status;
    return refused === 401 || refused === 403 ? blocked() : undefined;
  },
  async run(ctx, facts) {
    const began = ctx.rt.clock.now();
    const way = wayToTarget(ctx, facts);
    const model = streamModel(ctx, facts);
    const first = await Promise.all(
      (["identity", "gzip"] as const).map((encoding) =>
        streamOnce(ctx, facts, way, { model, encoding, via: "program" }),
      ),
    );
    const odd = first.find(isSuspicious);
    // A second look takes as long as the first; one that cannot end in time would cost the facts of the first.
    const late = ctx.rt.clock.now() - began > TIME_MS - STREAM_MS;
    if (odd === undefined || late) return looked(model, first, undefined);
    const past = await wayPast(ctx, way);
    const shape = shapeOf(odd);
    const [second, unstreamedMs] = await Promise.all([
      past === undefined ? undefined : streamOnce(ctx, facts, past, { model, encoding: odd.encoding, via: "past" }),
      shape === "whole" || shape === "body" ? wholeOnce(ctx, facts, way, model) : undefined,
    ]);
    return looked(model, second === undefined ? first : [...first, second], unstreamedMs);
  },
};

/** The way to the same host without the program's proxy, when there is one and the name can be resolved here. */
async function wayPast(ctx: Context, way: Way): Promise<Way | undefined> {
  if (way.proxy === undefined) return undefined;
  const { host, port, tls } = ctx.target;
  const addresses = await addressesOf(ctx.rt.clock, host);
  return addresses.length === 0 ? undefined : { host, port, tls, addresses };
}

function looked(
  model: string,
  streams: readonly Streamed[],
  unstreamedMs: number | undefined,
): Looked<"streaming.answer"> {
  const facts = { model, streams, ...(unstreamedMs === undefined ? {} : { unstreamedMs }) };
  const own = streams.filter(({ via }) => via === "program");
  const worst = own.find(isSuspicious) ?? own.find(({ ending }) => ending !== "whole") ?? own[0];
  if (worst === undefined) return { status: "skip", note: NO_CREDENTIAL };
  return { status: statusOf(own), note: noteOf(worst), facts };
}

function statusOf(streams: readonly Streamed[]): "pass" | "warn" | "fail" {
  if (
    streams.some(
      (one) => one.ending === "cut" || one.belied !== undefined || !one.eventLines || one.ending === "no-stream",
    )
  )
    return "fail";
  const shapes = streams.map(shapeOf);
  if (shapes.includes("whole") || shapes.includes("body")) return "fail";
  const odd = streams.some(
    ({ ending, contentType = "" }) => ending !== "whole" || !/text\/event-stream/i.test(contentType),
  );
  return shapes.includes("batched") || odd ? "warn" : "pass";
}

const SHAPES: { readonly [shape in Shape]: Words } = {
  steady: { en: "as it is made", zh: "逐步到达" },
  whole: { en: "all at once, headers too", zh: "连同响应头一次性到达" },
  body: { en: "headers first, then all at once", zh: "先到响应头，其余一次性到达" },
  batched: { en: "in bursts", zh: "成批到达" },
  beating: { en: "held, with pings meanwhile", zh: "被扣留，其间有 ping" },
  quick: { en: "too short to judge", zh: "太短，无法判断" },
};

function noteOf(one: Streamed): Words {
  if (one.status === undefined) return { en: `no answer: ${one.error}`, zh: `没有应答：${one.error}` };
  if (one.ending === "no-stream") {
    const type = one.contentType ?? "?";
    return { en: `status ${one.status}, ${type}: no stream`, zh: `状态 ${one.status}，${type}：不是流` };
  }
  const seconds = (one.lastMs / 1_000).toFixed(1);
  const shape = SHAPES[shapeOf(one)];
  const end = one.ending === "whole" ? undefined : one.ending;
  return {
    en: `headers after ${one.headersMs} ms, ${one.events} events in ${seconds} s, ${shape.en}${end === undefined ? "" : `, ended: ${end}`}`,
    zh: `${one.headersMs} ms 后收到响应头，${seconds} 秒内 ${one.events} 个事件，${shape.zh}${end === undefined ? "" : `，结束方式：${end}`}`,
  };
}
