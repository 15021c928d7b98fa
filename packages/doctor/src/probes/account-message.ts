// Asks for one token, when that is allowed: credit, spend caps and rate limits show themselves nowhere else.

import { blocked } from "../graph.ts";
import { callTarget } from "../http/call.ts";
import { maySend } from "../http/key-guard.ts";
import { lineStands } from "../http/line.ts";
import { modelOf } from "../http/model-choice.ts";
import { messageCall, shownCredential } from "../http/platform-calls.ts";
import { noteOf } from "../http/reading.ts";
import type { Probe } from "../probe.ts";

/** Wait for the answer, milliseconds: a model has to be asked. */
const MESSAGE_MS = 15_000;

/** The probe. */
export const accountMessage: Probe<"account.message"> = {
  id: "account.message",
  layer: "account",
  title: { en: "One message", zh: "发送一条消息" },
  after: ["account.count"],
  timeoutMs: MESSAGE_MS + 1_000,
  skip(ctx, facts) {
    if (!ctx.options.spend)
      return { en: "add --spend: one token, far below one US cent", zh: "加上 --spend：一个 token，远低于一美分" };
    if (!lineStands(ctx, facts) || facts["credentials.accepted"]?.outcome === "rejected") return blocked();
    if (shownCredential(ctx) === undefined)
      return { en: "no credential that could be used is set", zh: "没有可用的凭据" };
    const permission = maySend(ctx, facts);
    return permission.ok ? undefined : permission.why;
  },
  async run(ctx, facts) {
    const credential = shownCredential(ctx);
    if (credential === undefined) throw new Error("skip lets no examination without a credential through");
    const model = modelOf(ctx, facts["credentials.accepted"]?.models);
    const call = { ...messageCall(ctx, model.id, credential.headers), timeoutMs: MESSAGE_MS };
    const { exchange } = await callTarget(ctx, facts, call);
    const limits = exchange.headers.filter(([name]) =>
      /ratelimit|^anthropic-(?:priority|fast)|^retry-after/.test(name),
    );
    const seen = noteOf(exchange);
    return {
      status: exchange.ok ? "pass" : "fail",
      note: { en: `${model.id}: ${seen.en}`, zh: `${model.id}：${seen.zh}` },
      facts: { exchange, model: model.id, named: model.named, limits },
    };
  },
};
