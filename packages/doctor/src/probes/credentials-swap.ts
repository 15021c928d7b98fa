// After a refusal: shows the same credential in the other header, to tell a wrong header from a wrong key.

import { blocked } from "../graph.ts";
import { callTarget } from "../http/call.ts";
import { maySend } from "../http/key-guard.ts";
import { modelOf } from "../http/model-choice.ts";
import { credentialOutcome } from "../http/outcome.ts";
import { countCall, listCall, shownCredential } from "../http/platform-calls.ts";
import { noteOf } from "../http/reading.ts";
import type { Probe } from "../probe.ts";

/** The probe. */
export const credentialsSwap: Probe<"credentials.swap"> = {
  id: "credentials.swap",
  layer: "credentials",
  title: { en: "Credential in the other header", zh: "换另一个请求头发送凭据" },
  after: ["credentials.accepted"],
  skip(ctx, facts) {
    const first = facts["credentials.accepted"];
    if (first === undefined) return blocked();
    if (first.outcome !== "rejected")
      return { en: "not needed: the first header was not refused", zh: "无需检查：第一个请求头未被拒绝" };
    if (first.header !== "x-api-key" && first.header !== "authorization")
      return { en: "this credential has one header only", zh: "此凭据只有一种请求头" };
    const permission = maySend(ctx, facts);
    return permission.ok ? undefined : permission.why;
  },
  async run(ctx, facts) {
    const credential = shownCredential(ctx, true);
    if (credential === undefined) throw new Error("skip lets no examination without a credential through");
    const { shown, headers } = credential;
    const list = facts["credentials.accepted"]?.by === "models" ? listCall(ctx, headers) : undefined;
    const { exchange } = await callTarget(ctx, facts, list ?? countCall(ctx, modelOf(ctx).id, headers));
    const accepted = credentialOutcome(exchange) === "accepted";
    const seen = noteOf(exchange);
    return {
      status: accepted ? "warn" : "pass",
      note: { en: `in ${shown.header}: ${seen.en}`, zh: `放在 ${shown.header} 中：${seen.zh}` },
      facts: { exchange, accepted, header: shown.header },
    };
  },
};
