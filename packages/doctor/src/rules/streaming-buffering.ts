// What holds a stream back: whole, its body, in batches, or only when it is compressed.

import type { Context } from "../context.ts";
import type { Streamed } from "../facts/streaming.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Letter, Match, Rule } from "../finding.ts";
import { IDENTITY_FIX, proxyFixes, scannerFix } from "../streaming/buffering-fixes.ts";
import { arrivalOf, ownStreams, type Place, placeOf } from "../streaming/stream-place.ts";
import { batchKind, type Shape, shapeOf } from "../streaming/stream-shape.ts";
import type { Words } from "../words.ts";

const EXPLAINS = ["streaming.answer"];

const SULLA = "https://github.com/merchantprotocol/sulla-desktop/issues/540";
const NGINX_BUFFERING = "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering";
const NGINX_GZIP = "https://nginx.org/en/docs/http/ngx_http_gzip_module.html";

const WAITS: Words = {
  en: "Long answers then look like hangs: proxies cut them after 60 to 120 s without a byte, and Claude Code gives up after 180 s.",
  zh: "较长的回答会因此看起来像卡死：代理在 60 至 120 秒没有数据后就会切断连接，Claude Code 在 180 秒后放弃。",
};

/** The answer of that encoding over the program's way, when its shape is among these. */
function shaped(facts: Facts, encoding: Streamed["encoding"], ...shapes: readonly Shape[]): Streamed | undefined {
  return ownStreams(facts).find((one) => one.encoding === encoding && shapes.includes(shapeOf(one)));
}

function evidenceOf(facts: Facts): readonly Words[] {
  const all = facts["streaming.answer"];
  const lines = (all?.streams ?? []).filter(({ events }) => events > 0).map(arrivalOf);
  const whole = all?.unstreamedMs;
  if (whole === undefined) return lines;
  return [
    ...lines,
    { en: `the same answer unstreamed took ${whole} ms`, zh: `同样的回答以非流式方式用了 ${whole} ms` },
  ];
}

function fixesOf(place: Place, ctx: Context, facts: Facts, theme: "buffering" | "gzip"): readonly Fix[] {
  const proxies = proxyFixes(theme, ownStreams(facts));
  const scanner = scannerFix(ctx.target.host);
  if (theme === "gzip") return [...proxies, IDENTITY_FIX];
  return place.kind === "inspector" || (place.kind === "unknown" && ctx.target.official)
    ? [scanner, ...proxies]
    : [...proxies, scanner];
}

function letterOf(ctx: Context, facts: Facts): Letter {
  const { host, port } = ctx.target;
  return {
    ask: {
      en: `Please pass answers of ${host} with content-type text/event-stream through as they arrive: no response buffering, no scanning of the whole body before it is released, no compression on the way.`,
      zh: `请将 ${host} 的 text/event-stream 回答逐字节放行：不做响应缓冲，不要等整个响应体扫描完再放行，途中不压缩。`,
    },
    hosts: [`${host}:${port}`],
    seen: evidenceOf(facts).map(({ en }) => en),
  };
}

function heldMatch(facts: Facts, ctx: Context, held: Streamed, title: Words, what: Words): Match {
  const place = placeOf(facts, ctx);
  const whole = facts["streaming.answer"]?.unstreamedMs;
  // The unstreamed answer took as long: what came at once took the model that time.
  const proven = place.kind === "proxy" || (whole !== undefined && whole > held.lastMs * 0.6);
  return {
    confidence: proven ? 0.95 : 0.85,
    evidence: evidenceOf(facts),
    title,
    why: {
      en: `${what.en} Most likely it is ${place.words.en}. ${WAITS.en}`,
      zh: `${what.zh}最可能的位置：${place.words.zh}。${WAITS.zh}`,
    },
    fix: fixesOf(place, ctx, facts, "buffering"),
    letter: letterOf(ctx, facts),
    explains: EXPLAINS,
  };
}

/** True when the same request unstreamed is much quicker: then the time was not the model's. */
function refuted(facts: Facts, held: Streamed): boolean {
  const whole = facts["streaming.answer"]?.unstreamedMs;
  return whole !== undefined && whole < held.lastMs * 0.4;
}

const WHOLE: Rule = {
  code: "STREAM_BUFFERED_WHOLE",
  layer: "streaming",
  severity: "error",
  title: { en: "The whole answer is held back until it is complete", zh: "整个回答被扣留到完成才放行" },
  meaning: {
    en: "Something on the way collects the whole response, headers included, before it passes on the first byte. The answer is right, but nothing of it is seen until the end. The usual cause is a reverse proxy with response buffering: nginx with its defaults speaks HTTP/1.0 to its upstream and holds even the headers.",
    zh: "途中某一环把整个响应（包括响应头）收齐之后才转发第一个字节。回答是对的，但在结束之前什么也看不到。常见原因是开启了响应缓冲的反向代理：nginx 默认以 HTTP/1.0 连接上游，连响应头都会扣留。",
  },
  advice: {
    en: "Switch response buffering off for the API in every proxy of your own on the way (nginx: `proxy_http_version 1.1; proxy_buffering off;`); ask for an exception in those that are not yours.",
    zh: "在途中自己管理的每个代理上为该 API 关闭响应缓冲（nginx：`proxy_http_version 1.1; proxy_buffering off;`）；不归自己管理的代理则申请例外。",
  },
  sources: [SULLA, NGINX_BUFFERING],
  says: [/(?:upstream response is buffered to a temporary file)/i],
  match(facts, ctx) {
    const held = shaped(facts, "identity", "whole");
    if (held === undefined || refuted(facts, held)) return undefined;
    return heldMatch(
      facts,
      ctx,
      held,
      {
        en: `The stream is held back whole: nothing for ${held.headersMs} ms, then everything within ${held.lastMs - held.headersMs} ms`,
        zh: `流被整个扣留：${held.headersMs} ms 内毫无响应，随后 ${held.lastMs - held.headersMs} ms 内全部到达`,
      },
      {
        en: "Even the response headers came only when the answer was complete, so a box on the way collects the whole response.",
        zh: "连响应头都在回答完成时才到达，说明途中有一环收齐了整个响应才转发。",
      },
    );
  },
};

const BODY: Rule = {
  code: "STREAM_BUFFERED_BODY",
  layer: "streaming",
  severity: "error",
  title: {
    en: "The headers arrive, but the answer is held back until it is complete",
    zh: "响应头会到达，但回答正文被扣留到完成",
  },
  meaning: {
    en: "The response headers come at once, the body only when it is complete. That is the mark of a scanner: an antivirus or data-loss product, or an interception proxy such as mitmproxy without streaming, that wants to see all of the body before it releases it.",
    zh: "响应头立即到达，正文却要等完整后才放行。这是扫描器的特征：杀毒或防泄密产品，或未开启流式的拦截代理（如 mitmproxy），要看到完整正文才放行。",
  },
  advice: {
    en: "Except the API's host from the scan, or let text/event-stream pass through (mitmproxy: `flow.response.stream = True` in responseheaders).",
    zh: "将该 API 的主机排除在扫描之外，或放行 text/event-stream（mitmproxy：在 responseheaders 中设 `flow.response.stream = True`）。",
  },
  sources: [SULLA, "https://docs.mitmproxy.org/stable/overview/features/#streaming"],
  yieldsTo: ["STREAM_BUFFERED_WHOLE"],
  match(facts, ctx) {
    const held = shaped(facts, "identity", "body");
    if (held === undefined || refuted(facts, held)) return undefined;
    return heldMatch(
      facts,
      ctx,
      held,
      {
        en: `The stream's body is held back: headers after ${held.headersMs} ms, ${Math.round(held.tailShare * 100)} % of the events only at the end, after ${held.lastMs} ms`,
        zh: `流的正文被扣留：${held.headersMs} ms 收到响应头，${Math.round(held.tailShare * 100)} % 的事件到最后（${held.lastMs} ms）才到达`,
      },
      {
        en: "The headers were passed on at once, so the model had begun; the events came all together at the end, so a box on the way collects the body.",
        zh: "响应头立即转发，说明模型已经开始；事件却在最后一起到达，说明途中有一环收齐了正文。",
      },
    );
  },
};

const GZIP: Rule = {
  code: "STREAM_GZIP_BUFFERED",
  layer: "streaming",
  severity: "error",
  title: { en: "The stream is held back when it is compressed", zh: "压缩时流会被扣留" },
  meaning: {
    en: "Uncompressed the answer streams; with `accept-encoding: gzip`, which most programs send, it comes all at once. A proxy compresses text/event-stream and fills its compressor's buffer first. curl does not ask for gzip by default, so it shows nothing of this.",
    zh: "不压缩时回答能流式到达；带上大多数程序都会发送的 `accept-encoding: gzip` 时却一次性到达。某个代理压缩了 text/event-stream，并先填满压缩缓冲区。curl 默认不要求 gzip，因此看不出问题。",
  },
  advice: {
    en: "Take text/event-stream out of what the proxy compresses (nginx: `gzip off;` in the location, or no `gzip_types *`).",
    zh: "让代理不要压缩 text/event-stream（nginx：在该 location 中 `gzip off;`，或不要用 `gzip_types *`）。",
  },
  sources: [NGINX_GZIP, NGINX_BUFFERING],
  yieldsTo: ["STREAM_BUFFERED_WHOLE", "STREAM_BUFFERED_BODY"],
  match(facts, ctx) {
    const held = shaped(facts, "gzip", "whole", "body");
    const free = shaped(facts, "identity", "steady", "batched");
    if (held === undefined || free === undefined) return undefined;
    const place = placeOf(facts, ctx);
    return {
      confidence: held.contentEncoding === undefined ? 0.7 : 0.95,
      // curl asks for no compression unless it is told to.
      ...(ctx.environment.client === "curl" ? { severity: "warning" as const } : {}),
      evidence: evidenceOf(facts),
      title: {
        en: `The stream is held back when gzip is asked for: first byte after ${held.firstMs} ms instead of ${free.firstMs} ms`,
        zh: `要求 gzip 时流被扣留：首字节在 ${held.firstMs} ms 而不是 ${free.firstMs} ms 到达`,
      },
      why: {
        en: `The same answer streams with accept-encoding identity and comes all at once with gzip, so something compresses the event stream and holds it until its buffer is full. Most likely it is ${place.words.en}. ${WAITS.en}`,
        zh: `同样的回答在 accept-encoding 为 identity 时逐步到达，为 gzip 时一次性到达，说明某一环压缩了事件流并扣留到缓冲区填满。最可能的位置：${place.words.zh}。${WAITS.zh}`,
      },
      fix: fixesOf(place, ctx, facts, "gzip"),
      letter: letterOf(ctx, facts),
      explains: EXPLAINS,
    };
  },
};

const BATCHED: Rule = {
  code: "STREAM_BATCHED",
  layer: "streaming",
  severity: "warning",
  title: { en: "The stream arrives in large batches", zh: "流成批到达" },
  meaning: {
    en: "The answer comes in few large bursts instead of token by token: something on the way collects a fixed number of bytes, or waits a fixed time, before it passes on what has come. It works, but feels slow, and short answers come all at once.",
    zh: "回答分少数几大批到达，而不是逐个 token：途中某一环凑够一定字节数或等待固定时间后才转发。能用，但感觉迟缓，短回答则一次性到达。",
  },
  advice: {
    en: "Look for a buffer size (nginx `proxy_buffers`, a scanner's chunk size) or a flush interval (`FlushInterval`, `flush_interval`) on the way, and switch it off for text/event-stream.",
    zh: "查找途中的缓冲大小（nginx `proxy_buffers`、扫描器的分块大小）或刷新间隔（`FlushInterval`、`flush_interval`），并对 text/event-stream 关闭它。",
  },
  sources: [SULLA, NGINX_BUFFERING],
  yieldsTo: ["STREAM_BUFFERED_WHOLE", "STREAM_BUFFERED_BODY"],
  match(facts, ctx) {
    const held = shaped(facts, "identity", "batched");
    if (held === undefined) return undefined;
    const place = placeOf(facts, ctx);
    const kind = batchKind(held);
    const { count, bytes, gapMs } = held.bursts;
    const cause: Words =
      kind === "size"
        ? {
            en: `The bursts are of equal size, about ${bytes} bytes, so a buffer of about that size has to fill first.`,
            zh: `各批大小相近，约 ${bytes} 字节，说明要先填满这么大的缓冲区。`,
          }
        : kind === "timer"
          ? {
              en: `The bursts are ${gapMs} ms apart, evenly, so a timer of about that length passes them on.`,
              zh: `各批间隔均匀，约 ${gapMs} ms，说明有一个这么长的定时器在转发。`,
            }
          : {
              en: `The bursts hold about ${bytes} bytes and are about ${gapMs} ms apart: a buffer of that size or a timer of that length.`,
              zh: `每批约 ${bytes} 字节，间隔约 ${gapMs} ms：可能是这么大的缓冲区，或这么长的定时器。`,
            };
    return {
      confidence: kind === undefined ? 0.75 : 0.85,
      evidence: evidenceOf(facts),
      title: {
        en: `The stream arrives in ${count} bursts of ${held.events} events, ${gapMs} ms apart`,
        zh: `流的 ${held.events} 个事件分 ${count} 批到达，间隔 ${gapMs} ms`,
      },
      why: {
        en: `${cause.en} Most likely it is ${place.words.en}.`,
        zh: `${cause.zh}最可能的位置：${place.words.zh}。`,
      },
      fix: fixesOf(place, ctx, facts, "buffering"),
      letter: letterOf(ctx, facts),
      explains: EXPLAINS,
    };
  },
};

const HELD: Rule = {
  code: "STREAM_HELD_WITH_PINGS",
  layer: "streaming",
  severity: "info",
  title: { en: "The gateway holds the answer and sends pings meanwhile", zh: "网关扣住回答，期间发送 ping" },
  meaning: {
    en: "The answer comes all at once, but pings kept coming: a gateway does that on purpose, to check or retry an answer before it is shown. Nothing times out because of it.",
    zh: "回答一次性到达，但期间不断有 ping：这是网关有意为之，以便在展示之前检查或重试。不会因此超时。",
  },
  advice: {
    en: "If you want to see the answer grow, switch that policy off in the gateway (Fairlead: `recover: { hold: first-content }`).",
    zh: "如果想看到回答逐步出现，请在网关中关闭该策略（Fairlead：`recover: { hold: first-content }`）。",
  },
  sources: ["https://github.com/archestra-ai/archestra/issues/7810"],
  match(facts) {
    const held = shaped(facts, "identity", "beating") ?? shaped(facts, "gzip", "beating");
    if (held === undefined) return undefined;
    return {
      confidence: 0.8,
      evidence: evidenceOf(facts),
      title: HELD.title,
      why: {
        en: `${held.beatsBefore} pings came before the answer did, so nothing on the way buffers: whoever sends them holds the answer on purpose.`,
        zh: `在回答到达之前收到了 ${held.beatsBefore} 个 ping，因此途中没有缓冲：发送 ping 的一方有意扣住了回答。`,
      },
      fix: [{ os: "any", shell: "any", commands: [], note: HELD.advice }],
      explains: EXPLAINS,
    };
  },
};

/** Rules about streams that arrive, but late. */
export const STREAMING_BUFFERING_RULES: readonly Rule[] = [WHOLE, BODY, GZIP, BATCHED, HELD];
