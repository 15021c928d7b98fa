// Streams whose bytes are not what they should be: another encoding, other frames, no stream at all.

import type { Streamed } from "../facts/streaming.ts";
import type { Fix, Rule } from "../finding.ts";
import { ownStreams, placeOf } from "../streaming/stream-place.ts";
import type { Words } from "../words.ts";

const EXPLAINS = ["streaming.answer"];

const BELIED: {
  readonly [kind in NonNullable<Streamed["belied"]>]: { readonly title: (one: Streamed) => Words; readonly fix: Words };
} = {
  "announced-not-there": {
    title: ({ contentEncoding, firstBytes }) => ({
      en: `The answer says content-encoding: ${contentEncoding}, but its body is not compressed (it begins with ${firstBytes})`,
      zh: `回答声明 content-encoding: ${contentEncoding}，正文却没有压缩（开头为 ${firstBytes}）`,
    }),
    fix: {
      en: "The gateway decompresses the upstream's answer: let it drop content-encoding and content-length when it does, or pass the bytes on as they are.",
      zh: "网关解压了上游的回答：解压时应去掉 content-encoding 与 content-length，或原样转发字节。",
    },
  },
  "there-not-announced": {
    title: ({ firstBytes }) => ({
      en: `The body is compressed (it begins with ${firstBytes}), but no content-encoding says so`,
      zh: `正文是压缩的（开头为 ${firstBytes}），却没有 content-encoding 声明`,
    }),
    fix: {
      en: "The gateway passes compressed bytes on without their header: let it keep content-encoding, or ask its upstream with accept-encoding: identity.",
      zh: "网关转发了压缩字节却丢掉了头：应保留 content-encoding，或以 accept-encoding: identity 请求上游。",
    },
  },
  "not-asked-for": {
    title: ({ contentEncoding, encoding }) => ({
      en: `The answer is encoded as ${contentEncoding} although ${encoding} was asked for`,
      zh: `请求的是 ${encoding}，回答却以 ${contentEncoding} 编码`,
    }),
    fix: {
      en: "The gateway ignores accept-encoding: let it forward the client's header instead of one of its own.",
      zh: "网关忽略了 accept-encoding：应转发客户端的头，而不是使用自己的。",
    },
  },
  broken: {
    title: ({ contentEncoding }) => ({
      en: `The compressed body (${contentEncoding}) is damaged`,
      zh: `压缩的正文（${contentEncoding}）已损坏`,
    }),
    fix: {
      en: "Something on the way changes compressed bytes, or compresses each piece by itself: let it pass the body on as it is.",
      zh: "途中某一环改动了压缩字节，或对每一块单独压缩：应原样转发正文。",
    },
  },
};

const ENCODING: Rule = {
  code: "STREAM_ENCODING_BELIED",
  layer: "streaming",
  severity: "error",
  title: { en: "The answer is not encoded as its header says", zh: "回答的编码与其响应头不符" },
  meaning: {
    en: "A gateway decompressed an answer and left `content-encoding` in its head, or the other way round. Programs then fail to decompress it, or show binary rubbish.",
    zh: "网关解压了回答却保留了 `content-encoding`，或者相反。程序因此解压失败，或显示二进制乱码。",
  },
  advice: {
    en: "Put the gateway right: header and body must change together. Until then `accept-encoding: identity` avoids it.",
    zh: "修正网关：头与正文必须一同改变。在此之前用 `accept-encoding: identity` 可以避开。",
  },
  sources: [
    "https://github.com/qualixar/superlocalmemory/issues/79",
    "https://github.com/headroomlabs-ai/headroom/issues/2",
    "https://github.com/anthropics/claude-code/issues/20199",
    "https://github.com/farion1231/cc-switch/issues/3901",
  ],
  says: [
    /ZlibError/i,
    /Decompression error/i,
    /incorrect header check/i,
    /BrotliDecompressionError|ZstdError/i,
    /\\u001f\\ufffd\\b/i,
  ],
  match(facts, ctx) {
    const one = ownStreams(facts).find(({ belied }) => belied !== undefined);
    if (one?.belied === undefined) return undefined;
    const row = BELIED[one.belied];
    const place = placeOf(facts, ctx);
    return {
      confidence: 0.98,
      ...(one.belied === "not-asked-for" ? { severity: "warning" as const } : {}),
      evidence: [
        {
          en: `accept-encoding: ${one.encoding}, content-encoding: ${one.contentEncoding ?? "none"}, body begins with ${one.firstBytes} (gzip is 1f8b, zstd 28b52ffd)`,
          zh: `accept-encoding: ${one.encoding}，content-encoding: ${one.contentEncoding ?? "无"}，正文开头为 ${one.firstBytes}（gzip 为 1f8b，zstd 为 28b52ffd）`,
        },
      ],
      title: row.title(one),
      why: {
        en: `The header and the bytes of the answer belie each other, so whoever wrote one of them changed only half. Most likely it is ${place.words.en}.`,
        zh: `响应头与正文字节互相矛盾，说明改动者只改了一半。最可能的位置：${place.words.zh}。`,
      },
      fix: [
        { os: "any", shell: "any", commands: [], note: row.fix },
        {
          os: "any",
          shell: "any",
          commands: ['proxy_set_header Accept-Encoding "";'],
          note: {
            en: "nginx in front of such a gateway: asks the upstream for uncompressed answers.",
            zh: "此类网关前的 nginx：向上游请求不压缩的回答。",
          },
        },
      ],
      explains: EXPLAINS,
    };
  },
};

const NO_EVENT_LINES: Rule = {
  code: "STREAM_NO_EVENT_LINES",
  layer: "streaming",
  severity: "error",
  title: { en: "The stream lost its event: lines", zh: "流丢失了 event: 行" },
  meaning: {
    en: "Every event of the Messages API has an `event:` and a `data:` line; here only data came. The SDKs go by the event line and see no message at all; Claude Code then asks again, so each request is paid twice.",
    zh: "Messages API 的每个事件都有 `event:` 与 `data:` 两行，而这里只有 data。SDK 依据 event 行，因此看不到任何消息；Claude Code 会再请求一次，于是每个请求付费两次。",
  },
  advice: { en: "Let the gateway forward frames as they are, line by line.", zh: "让网关逐行原样转发各帧。" },
  sources: [
    "https://github.com/seifghazi/claude-code-proxy/issues/32",
    "https://platform.claude.com/docs/en/build-with-claude/streaming",
  ],
  says: [/Stream completed without receiving message_start/i, /without receiving message_start event/i],
  match(facts, ctx) {
    const one = ownStreams(facts).find((each) => each.events > 0 && !each.eventLines);
    if (one === undefined) return undefined;
    const place = placeOf(facts, ctx);
    return {
      confidence: 0.95,
      evidence: [
        { en: `${one.events} events came with data lines only`, zh: `收到的 ${one.events} 个事件只有 data 行` },
      ],
      title: NO_EVENT_LINES.title,
      why: {
        en: `The data of the events is whole, but the lines that name them are gone: something parses the stream and writes it anew. Most likely it is ${place.words.en}.`,
        zh: `事件的数据完整，但命名它们的行不见了：某一环解析了流又重新写出。最可能的位置：${place.words.zh}。`,
      },
      fix: [
        {
          os: "any",
          shell: "any",
          commands: ["event: message_start", 'data: {"type":"message_start", …}'],
          note: {
            en: `This is how each frame must leave ${ctx.target.url.host}: both lines, then an empty one. Forward the upstream's bytes unchanged where you can.`,
            zh: `每一帧离开 ${ctx.target.url.host} 时必须是这样：两行，再加一个空行。尽可能原样转发上游字节。`,
          },
        },
      ],
      explains: EXPLAINS,
    };
  },
};

/** What it is instead, by its content type and its first bytes. */
function insteadOf(one: Streamed): { readonly what: Words; readonly fix: Words } {
  const type = (one.contentType ?? "").toLowerCase();
  const start = one.bodyStart ?? "";
  if (type.includes("vnd.amazon.eventstream"))
    return {
      what: { en: "the binary frames of Amazon's event stream", zh: "Amazon event stream 的二进制帧" },
      fix: {
        en: "The gateway passes Bedrock's frames on without translating them: set the program up for Bedrock (CLAUDE_CODE_USE_BEDROCK=1 with ANTHROPIC_BEDROCK_BASE_URL), or let the gateway translate.",
        zh: "网关未经转换就转发了 Bedrock 的帧：请将程序设为使用 Bedrock（CLAUDE_CODE_USE_BEDROCK=1 与 ANTHROPIC_BEDROCK_BASE_URL），或让网关转换。",
      },
    };
  if (type.includes("html") || /^\s*<(?:!doctype|html)/i.test(start))
    return {
      what: { en: "a web page", zh: "一个网页" },
      fix: {
        en: "The address answers with its web site, or a portal wants you to sign in: open it in a browser, and check the base URL's path.",
        zh: "该地址返回的是网站，或有门户要求登录：请在浏览器中打开它，并检查 base URL 的路径。",
      },
    };
  if (/"choices"\s*:|\[DONE\]/.test(start))
    return {
      what: { en: "a stream in OpenAI's format", zh: "OpenAI 格式的流" },
      fix: {
        en: "The gateway does not translate streams into the Messages API: use its Anthropic address (often ending in /anthropic), or one that does.",
        zh: "网关没有把流转换为 Messages API：请使用它的 Anthropic 地址（常以 /anthropic 结尾），或能转换的网关。",
      },
    };
  if (type.includes("json") || start.trimStart().startsWith("{"))
    return {
      what: { en: "one whole JSON answer", zh: "一个完整的 JSON 回答" },
      fix: {
        en: "The gateway drops `stream: true` or collects the stream: switch streaming on in it, or ask its maker.",
        zh: "网关丢弃了 `stream: true` 或收集了流：请在网关中开启流式，或咨询其厂商。",
      },
    };
  return {
    what: { en: `something of type ${one.contentType ?? "none"}`, zh: `类型为 ${one.contentType ?? "无"} 的内容` },
    fix: { en: "Look into the gateway's log for that request.", zh: "请在网关日志中查看该请求。" },
  };
}

const NOT_SSE: Rule = {
  code: "STREAM_NOT_SSE",
  layer: "streaming",
  severity: "error",
  title: { en: "A stream was asked for, and something else came", zh: "请求的是流，得到的却是别的内容" },
  meaning: {
    en: "The answer has status 200 but is no event stream of the Messages API: a whole JSON answer, a web page, Amazon's binary frames, or another vendor's stream.",
    zh: "回答状态为 200，却不是 Messages API 的事件流：可能是完整 JSON、网页、Amazon 的二进制帧或其他厂商的流。",
  },
  advice: {
    en: "Check that the base URL leads to the gateway's Anthropic endpoint and that the gateway streams.",
    zh: "检查 base URL 是否指向网关的 Anthropic 端点，以及网关是否支持流式。",
  },
  sources: [
    "https://code.claude.com/docs/en/errors",
    "https://platform.claude.com/docs/en/build-with-claude/streaming",
  ],
  says: [
    /Bedrock streaming response has content-type/i,
    /Truncated event message received/i,
    /API returned an empty or malformed response/i,
  ],
  yieldsTo: ["STREAM_ENCODING_BELIED", "STREAM_NO_EVENT_LINES"],
  match(facts, ctx) {
    const one = ownStreams(facts).find(
      ({ status, ending, bytes, error }) =>
        status === 200 && ending === "no-stream" && (bytes > 0 || error === undefined),
    );
    if (one === undefined) return undefined;
    const { what, fix } = insteadOf(one);
    const place = placeOf(facts, ctx);
    const empty = one.bytes === 0;
    const fixes: readonly Fix[] = [{ os: "any", shell: "any", commands: [], note: fix }];
    return {
      confidence: 0.9,
      evidence: [
        {
          en: `status 200, content-type ${one.contentType ?? "none"}, ${one.bytes} bytes after ${one.endMs} ms`,
          zh: `状态 200，content-type ${one.contentType ?? "无"}，${one.endMs} ms 内 ${one.bytes} 字节`,
        },
      ],
      title: empty
        ? { en: "A stream was asked for, and an empty answer came", zh: "请求的是流，得到的是空回答" }
        : { en: `A stream was asked for, and ${what.en} came`, zh: `请求的是流，得到的是${what.zh}` },
      why: {
        en: `The request said stream: true, and the answer is no event stream. Most likely it is ${place.words.en} that does not stream.`,
        zh: `请求带有 stream: true，回答却不是事件流。最可能不支持流式的是：${place.words.zh}。`,
      },
      fix: fixes,
      explains: EXPLAINS,
    };
  },
};

/** Media types that hops know for a stream. */
const STREAM_TYPE = /^\s*text\/event-stream\b/i;

const WRONG_TYPE: Rule = {
  code: "STREAM_WRONG_TYPE",
  layer: "streaming",
  severity: "warning",
  title: { en: "The stream is not announced as an event stream", zh: "流没有声明为事件流" },
  meaning: {
    en: "Events come, but under another content-type than text/event-stream. The SDKs read a stream by what they asked for and do not mind; proxies, compressors and scanners go by the type and hold such an answer until it is whole, and browsers and other clients refuse it.",
    zh: "事件到达了，但 content-type 不是 text/event-stream。SDK 按自己的请求读取流，不受影响；代理、压缩和扫描设备按类型判断，会把这样的回答扣到完整为止，浏览器和其他客户端则会拒绝它。",
  },
  advice: {
    en: "Let the gateway send `content-type: text/event-stream` with streams.",
    zh: "让网关对流发送 `content-type: text/event-stream`。",
  },
  sources: [
    "https://html.spec.whatwg.org/multipage/server-sent-events.html#processing-model-2",
    "https://platform.claude.com/docs/en/build-with-claude/streaming",
  ],
  says: [
    /EventSource's response has a MIME type/i,
    /Expected .?content-type.? (?:to be|header).{0,20}text\/event-stream/i,
  ],
  match(facts, ctx) {
    const one = ownStreams(facts).find(
      ({ status, ending, contentType }) =>
        status === 200 && ending !== "no-stream" && !STREAM_TYPE.test(contentType ?? ""),
    );
    if (one === undefined) return undefined;
    const place = placeOf(facts, ctx);
    const type = one.contentType ?? "";
    return {
      confidence: 0.95,
      evidence: [
        {
          en: `${one.events} events came under content-type: ${type === "" ? "none" : type}`,
          zh: `收到 ${one.events} 个事件，content-type：${type === "" ? "无" : type}`,
        },
      ],
      title:
        type === ""
          ? { en: "The stream comes without a content-type", zh: "流没有 content-type" }
          : { en: `The stream is announced as ${type}`, zh: `流被声明为 ${type}` },
      why: {
        en: `${ctx.environment.client} reads it all the same. Hops behind it that go by the type may hold it back or scan it whole, and browsers refuse it. Most likely it is ${place.words.en} that writes that header.`,
        zh: `${ctx.environment.client} 仍能读取它。按类型判断的后续环节可能扣留或整体扫描它，浏览器会拒绝它。写出该响应头的最可能是：${place.words.zh}。`,
      },
      fix: [
        {
          os: "any",
          shell: "any",
          commands: ["content-type: text/event-stream; charset=utf-8"],
          note: {
            en: `This is how a stream must be announced by ${ctx.target.url.host}: forward the upstream's header.`,
            zh: `${ctx.target.url.host} 必须这样声明流：请转发上游的响应头。`,
          },
        },
      ],
      explains: EXPLAINS,
    };
  },
};

/** Rules about what a stream is made of. */
export const STREAMING_FRAME_RULES: readonly Rule[] = [ENCODING, NO_EVENT_LINES, NOT_SSE, WRONG_TYPE];
