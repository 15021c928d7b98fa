// Streams that end too early or go silent.

import type { Context } from "../context.ts";
import type { Streamed } from "../facts/streaming.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Rule } from "../finding.ts";
import { IDLE_LIMITS, limitNear } from "../long/idle-limits.ts";
import { proxyFixes } from "../streaming/buffering-fixes.ts";
import { arrivalOf, ownStreams, placeOf } from "../streaming/stream-place.ts";
import type { Words } from "../words.ts";

const EXPLAINS = ["streaming.answer"];
/** A silence shorter than this before a cut says nothing, milliseconds. */
const IDLE_MS = 800;
/** Claude Code tells its user of a silence from that time on, milliseconds. */
const QUIET_MS = 20_000;

const CUTS = "https://github.com/openclaw/openclaw/issues/70739";
const STREAMING_DOC = "https://platform.claude.com/docs/en/build-with-claude/streaming";

function isIdleCut(one: Streamed): boolean {
  return one.ending === "cut" && one.silenceMs >= IDLE_MS && one.silenceMs > one.maxGapMs;
}

function endOf(one: Streamed): Words {
  const how =
    one.error === undefined
      ? { en: "was ended without an error", zh: "被正常结束" }
      : { en: `broke (${one.error})`, zh: `中断（${one.error}）` };
  return {
    en: `${one.encoding}: the connection ${how.en} after ${one.endMs} ms, ${one.silenceMs} ms after the last byte, without message_stop`,
    zh: `${one.encoding}：连接在 ${one.endMs} ms 时${how.zh}，距最后一个字节 ${one.silenceMs} ms，没有 message_stop`,
  };
}

const NEAR_FIX: Fix = {
  os: "any",
  shell: "any",
  commands: [],
  note: {
    en: "A gateway that waits for its upstream should send `event: ping` every 10 to 15 s meanwhile: no idle limit is then ever met.",
    zh: "网关在等待上游期间应每 10 至 15 秒发送一次 `event: ping`：这样就不会触发任何空闲限制。",
  },
};

function secondsOf(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

const IDLE_CUT: Rule = {
  code: "STREAM_IDLE_CUT",
  layer: "streaming",
  severity: "error",
  title: { en: "A pause in the stream gets it cut", zh: "流一停顿就被切断" },
  meaning: {
    en: `A box on the way cuts a stream that has been silent for its idle limit. The model may pause for longer, while it thinks or writes a tool call. Known limits: ${IDLE_LIMITS.map(({ seconds, owner }) => `${seconds} s ${owner.en}`).join("; ")}.`,
    zh: `途中某一环会切断静默达到其空闲上限的流，而模型思考或编写工具调用时可能停顿更久。已知上限：${IDLE_LIMITS.map(({ seconds, owner }) => `${seconds} 秒 ${owner.zh}`).join("；")}。`,
  },
  advice: {
    en: "Raise that limit (nginx `proxy_read_timeout 600s;`) or let the gateway send pings more often than it.",
    zh: "调高该上限（nginx `proxy_read_timeout 600s;`），或让网关以更短的间隔发送 ping。",
  },
  sources: [CUTS, "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout"],
  says: [/stream (?:idle timeout|was idle)/i, /upstream timed out .* while reading upstream/i, /stream_idle_timeout/i],
  match(facts, ctx) {
    const cut = ownStreams(facts).filter(isIdleCut);
    const [one, other] = cut;
    if (one === undefined) return undefined;
    const alike = other !== undefined && Math.abs(other.silenceMs - one.silenceMs) < one.silenceMs * 0.1;
    const limit = limitNear(one.silenceMs / 1_000);
    const place = placeOf(facts, ctx);
    const owner: Words =
      limit === undefined
        ? {
            en: `No product ships with that limit, so it was set by hand. Most likely it is ${place.words.en}.`,
            zh: `没有产品默认使用这一上限，因此是人为设置的。最可能的位置：${place.words.zh}。`,
          }
        : {
            en: `${limit.seconds} s is the default of ${limit.owner.en}.`,
            zh: `${limit.seconds} 秒是 ${limit.owner.zh} 的默认值。`,
          };
    return {
      confidence: alike || limit !== undefined ? 0.9 : 0.8,
      evidence: cut.flatMap((each) => [arrivalOf(each), endOf(each)]),
      title: {
        en: `The stream is cut after ${secondsOf(one.silenceMs)} s of silence`,
        zh: `流在静默 ${secondsOf(one.silenceMs)} 秒后被切断`,
      },
      why: {
        en: `The answer stopped coming and the connection was taken away ${secondsOf(one.silenceMs)} s later${alike ? ", both times alike" : ""}: an idle limit. ${owner.en}`,
        zh: `回答停止到达，${secondsOf(one.silenceMs)} 秒后连接被断开${alike ? "，两次都一样" : ""}：这是空闲上限。${owner.zh}`,
      },
      fix: [...proxyFixes("idle", cut), NEAR_FIX],
      letter: {
        ask: {
          en: `Please raise the idle limit for connections to ${ctx.target.host} to 600 s, or except that host: answers of the model pause for longer than ${secondsOf(one.silenceMs)} s.`,
          zh: `请将到 ${ctx.target.host} 的连接空闲上限提高到 600 秒，或将该主机列为例外：模型回答的停顿会超过 ${secondsOf(one.silenceMs)} 秒。`,
        },
        hosts: [`${ctx.target.host}:${ctx.target.port}`],
        seen: cut.map((each) => endOf(each).en),
      },
      explains: EXPLAINS,
    };
  },
};

/** Broken before its head, although an unstreamed message was answered. */
function brokeBeforeHead(facts: Facts, one: Streamed): boolean {
  return (
    one.status === undefined &&
    one.error !== undefined &&
    one.error !== "KEY_WITHHELD" &&
    one.error !== "TIMEOUT" &&
    facts["account.message"]?.exchange.status === 200
  );
}

/** Broken between its head and its first byte. */
function brokeBehindHead({ ending, status, bytes, error }: Streamed): boolean {
  return ending === "no-stream" && status === 200 && bytes === 0 && error !== undefined;
}

const CUT: Rule = {
  code: "STREAM_CUT",
  layer: "streaming",
  severity: "error",
  title: { en: "The stream ends before its message_stop", zh: "流在 message_stop 之前就结束了" },
  meaning: {
    en: "The connection ended in the middle of the answer. A program that does not look for message_stop takes half an answer for a whole one. Causes: a proxy with a limit on time or size, a gateway that crashed, a line that was reset.",
    zh: "连接在回答中途结束。不检查 message_stop 的程序会把半个回答当成完整回答。原因：代理对时间或大小的限制、网关崩溃、线路被重置。",
  },
  advice: {
    en: "Run it again with --trace and compare the time of the cut: always the same time or size is a limit, a changing one is the line.",
    zh: "加 --trace 再运行一次并比较切断的时刻：总在同一时间或大小说明有限制，时刻变化说明是线路问题。",
  },
  sources: [CUTS, STREAMING_DOC],
  says: [
    /stream (?:ended|closed) (?:without|before) (?:a )?message_stop/i,
    /\bterminated\b.*other side closed/is,
    /Connection closed mid-response/i,
    /incomplete chunked (?:read|encoding)/i,
  ],
  yieldsTo: ["STREAM_IDLE_CUT", "STREAM_ENCODING_BELIED"],
  match(facts, ctx) {
    const cut = ownStreams(facts).filter(
      (one) => one.ending === "cut" || brokeBehindHead(one) || brokeBeforeHead(facts, one),
    );
    const [one, other] = cut;
    if (one === undefined) return undefined;
    const past = facts["streaming.answer"]?.streams.find(({ via }) => via === "past");
    const place = placeOf(facts, ctx);
    const sameTime = other !== undefined && Math.abs(other.endMs - one.endMs) < Math.max(150, one.endMs * 0.05);
    const sameSize = other !== undefined && other.bytes === one.bytes && one.contentEncoding === other.contentEncoding;
    const clean = one.error === undefined;
    const none: Words = { en: "", zh: "" };
    const lost: Words = {
      en: ` Both times it ended after ${one.bytes} bytes: a limit on size, or a gateway that leaves out the last events.`,
      zh: `两次都在 ${one.bytes} 字节后结束：这是大小限制，或网关遗漏了最后的事件。`,
    };
    const limit: Words =
      sameSize && one.bytes === 0
        ? none
        : sameSize && clean
          ? lost
          : sameSize
            ? {
                en: ` Both times it ended after ${one.bytes} bytes: a limit on size.`,
                zh: `两次都在 ${one.bytes} 字节后结束：这是大小限制。`,
              }
            : sameTime
              ? {
                  en: ` Both times it ended after about ${secondsOf(one.endMs)} s: a limit on time.`,
                  zh: `两次都在约 ${secondsOf(one.endMs)} 秒后结束：这是时间限制。`,
                }
              : none;
    return {
      confidence: cut.length > 1 ? 0.9 : 0.7,
      evidence: [
        ...cut.flatMap((each) => [arrivalOf(each), endOf(each)]),
        ...(past === undefined ? [] : [arrivalOf(past)]),
      ],
      title: {
        en: `The stream ends after ${one.events} events, without message_stop`,
        zh: `流在 ${one.events} 个事件后结束，没有 message_stop`,
      },
      why: {
        en: `${clean ? "The answer was closed in good order although it was not complete, so whoever closed it is the last HTTP hop." : `The connection broke (${one.error}) in the middle of the answer.`}${limit.en} Most likely it is ${place.words.en}.`,
        zh: `${clean ? "回答尚未完成就被正常关闭，关闭它的是最后一个 HTTP 节点。" : `连接在回答中途中断（${one.error}）。`}${limit.zh}最可能的位置：${place.words.zh}。`,
      },
      fix: [
        ...proxyFixes("idle", cut),
        {
          os: "any",
          shell: "any",
          commands: [],
          note: {
            en: `Look into the log of ${place.kind === "gateway" ? ctx.target.url.host : "the proxy"} at that minute${requestIdOf(one)}.`,
            zh: `查看${place.kind === "gateway" ? ` ${ctx.target.url.host} ` : "代理"}在那一分钟的日志${requestIdOf(one)}。`,
          },
        },
      ],
      explains: EXPLAINS,
    };
  },
};

function requestIdOf({ headers }: Streamed): string {
  const id = headers.find(([name]) => name.toLowerCase() === "request-id")?.[1];
  return id === undefined ? "" : ` (request-id ${id})`;
}

const NO_PINGS: Rule = {
  code: "STREAM_NO_PINGS",
  layer: "streaming",
  severity: "warning",
  title: { en: "The stream goes silent for longer than 20 s without a ping", zh: "流静默超过 20 秒且没有 ping" },
  meaning: {
    en: "The API sends pings while the model is busy; here none came. Either a gateway swallows them or it waits for its upstream without sending its own. Claude Code shows a warning after 20 s and gives up after 180 s (300 s behind a gateway).",
    zh: "模型忙碌时 API 会发送 ping，而这里一个也没有：要么网关吞掉了它们，要么网关在等待上游时自己不发送。Claude Code 在 20 秒后提示，180 秒（经网关为 300 秒）后放弃。",
  },
  advice: {
    en: "Let the gateway pass `event: ping` on, and send its own every 10 to 15 s while it waits.",
    zh: "让网关转发 `event: ping`，并在等待期间每 10 至 15 秒自行发送一次。",
  },
  sources: [
    "https://github.com/archestra-ai/archestra/issues/7810",
    "https://github.com/Joouis/agent-maestro/issues/227",
    "https://code.claude.com/docs/en/network-config",
  ],
  says: [/Waiting for API response .{0,4}will retry in/i, /no (?:data|bytes|events) (?:received )?for \d+ ?s/i],
  yieldsTo: ["STREAM_BUFFERED_WHOLE", "STREAM_BUFFERED_BODY"],
  match(facts, ctx) {
    const quiet = ownStreams(facts).find((one) => one.events > 0 && quietOf(one) > QUIET_MS);
    if (quiet === undefined) return undefined;
    const place = placeOf(facts, ctx);
    return {
      confidence: 0.8,
      evidence: [arrivalOf(quiet)],
      title: {
        en: `The stream was silent for ${secondsOf(quietOf(quiet))} s without a ping`,
        zh: `流静默了 ${secondsOf(quietOf(quiet))} 秒，没有 ping`,
      },
      why: {
        en: `No byte came for ${secondsOf(quietOf(quiet))} s, not even the pings that the API sends. Most likely they are lost at ${place.words.en}.`,
        zh: `${secondsOf(quietOf(quiet))} 秒内没有任何字节，连 API 发送的 ping 也没有。最可能丢失的位置：${place.words.zh}。`,
      },
      fix: [NEAR_FIX],
      explains: EXPLAINS,
    };
  },
};

/** The longest silence of an answer; one that ended by our own time limit counts what was waited. */
function quietOf(one: Streamed): number {
  return one.ending === "timeout" ? Math.max(one.maxGapMs, one.silenceMs) : one.maxGapMs;
}

const ERROR_EVENT: Rule = {
  code: "STREAM_ERROR_EVENT",
  layer: "streaming",
  severity: "warning",
  title: { en: "The API ended the stream with an error event", zh: "API 以错误事件结束了流" },
  meaning: {
    en: "The stream ended with `event: error`, as the API does when it is overloaded or fails in the middle of an answer. The line is fine: the error came through it.",
    zh: "流以 `event: error` 结束，API 过载或在回答中途失败时就会如此。线路没有问题：错误正是经由它送达的。",
  },
  advice: {
    en: "Try again; when it persists look at the status page of the provider.",
    zh: "请重试；若持续出现，请查看服务方的状态页。",
  },
  sources: [STREAMING_DOC, "https://platform.claude.com/docs/en/api/errors"],
  says: [/"type"\s*:\s*"error".*overloaded_error/is],
  match(facts, _ctx: Context) {
    const one = ownStreams(facts).find(({ ending }) => ending === "error-event");
    if (one === undefined) return undefined;
    return {
      confidence: 0.95,
      evidence: [arrivalOf(one)],
      title: { en: `The API ended the stream with ${one.error}`, zh: `API 以 ${one.error} 结束了流` },
      why: {
        en: `After ${one.events} events the far end sent an error event (${one.error})${requestIdOf(one)}. That is its answer, not a fault of the line.`,
        zh: `${one.events} 个事件后对端发送了错误事件（${one.error}）${requestIdOf(one)}。这是它的回答，不是线路故障。`,
      },
      fix: [{ os: "any", shell: "any", commands: [], note: ERROR_EVENT.advice }],
      explains: EXPLAINS,
    };
  },
};

/** Rules about streams that end or pause. */
export const STREAMING_CUT_RULES: readonly Rule[] = [IDLE_CUT, CUT, NO_PINGS, ERROR_EVENT];
