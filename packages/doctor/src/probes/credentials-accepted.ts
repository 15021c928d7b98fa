// Shows the program's credential to the target, where it may go, with a request that costs nothing.

import { sleep } from "@fairlead/runtime";
import type { Context } from "../context.ts";
import type { CredentialFacts } from "../facts/credentials.ts";
import { blocked } from "../graph.ts";
import { type Called, callTarget } from "../http/call.ts";
import { maySend } from "../http/key-guard.ts";
import { lineStands } from "../http/line.ts";
import { modelOf } from "../http/model-choice.ts";
import { credentialOutcome } from "../http/outcome.ts";
import { countCall, listCall, shownCredential } from "../http/platform-calls.ts";
import { noteOf } from "../http/reading.ts";
import type { Probe } from "../probe.ts";
import type { Words } from "../words.ts";

/** Model ids that facts keep. */
const MODELS_KEPT = 50;

/** A list that has not come by then is not waited for before the count is asked: both have to fit into a quick examination. */
const NOT_YET_MS = 1_200;

/** The probe. */
export const credentialsAccepted: Probe<"credentials.accepted"> = {
  id: "credentials.accepted",
  layer: "credentials",
  title: { en: "Credential", zh: "凭据" },
  after: ["tcp.connect", "tls.handshake", "proxy.tunnel"],
  required: "asked",
  timeoutMs: 10_000,
  skip(ctx, facts) {
    if (!lineStands(ctx, facts)) return blocked();
    const absent = noCredential(ctx);
    if (absent !== undefined) return absent;
    const permission = maySend(ctx, facts);
    return permission.ok ? undefined : permission.why;
  },
  async run(ctx, facts) {
    const credential = shownCredential(ctx);
    if (credential === undefined) throw new Error("skip lets no examination without a credential through");
    const { shown, headers } = credential;
    const list = listCall(ctx, headers);
    const listing = list === undefined ? undefined : callTarget(ctx, facts, list);
    const ask = () => callTarget(ctx, facts, countCall(ctx, modelOf(ctx).id, headers));
    const soon = listing === undefined ? undefined : await Promise.race([listing, sleep(ctx.rt.clock, NOT_YET_MS)]);
    const counting = soon === undefined ? ask() : undefined;
    const listed = await listing;
    // A long list may take its time where everything else is quick.
    const decisive = listed !== undefined && !lacksIt(listed) && listed.exchange.error !== "TIMEOUT";
    const counted = await (decisive ? counting : (counting ?? ask()));
    const { exchange } = decisive ? listed : (counted as Called);
    const outcome = credentialOutcome(exchange);
    const models = listed === undefined ? undefined : modelsIn(listed);
    const found: CredentialFacts = {
      ...shown,
      exchange,
      accepted: outcome === "accepted",
      outcome,
      by: decisive ? "models" : "count_tokens",
      kind: ctx.environment.credentials[0]?.kind ?? shown.header,
      ...(listed !== undefined && !decisive ? { list: listed.exchange } : {}),
      ...(counted === undefined ? {} : { count: counted.exchange }),
      ...(models === undefined ? {} : { models }),
    };
    const status =
      outcome === "accepted" ? "pass" : outcome === "rejected" || exchange.status === undefined ? "fail" : "warn";
    const seen = noteOf(exchange);
    const verb = {
      accepted: { en: "accepted", zh: "已被接受" },
      rejected: { en: "refused", zh: "被拒绝" },
      unclear: { en: "unclear", zh: "无法判断" },
    }[outcome];
    const note = { en: `${shown.name} ${verb.en} (${seen.en})`, zh: `${shown.name} ${verb.zh}（${seen.zh}）` };
    return { status, note, facts: found };
  },
};

/** Why there is nothing to show, in words; undefined when there is. */
function noCredential(ctx: Context): Words | undefined {
  if (shownCredential(ctx) !== undefined) return undefined;
  const { platform } = ctx.target;
  if (platform === "bedrock")
    return {
      en: "no AWS keys that can be had without asking AWS: profiles with SSO or roles are not resolved here",
      zh: "没有可直接读取的 AWS 密钥：此处不解析使用 SSO 或角色的 profile",
    };
  if (platform === "vertex")
    return {
      en: "Google tokens are not fetched here; only whether credentials are there is looked at",
      zh: "此处不获取 Google token，只检查凭据是否存在",
    };
  if (ctx.environment.keyHelper !== undefined)
    return {
      en: "the key comes from apiKeyHelper, which the doctor does not run",
      zh: "密钥来自 apiKeyHelper，doctor 不会运行它",
    };
  if (ctx.environment.login)
    return {
      en: "a stored login is used, which the doctor does not read",
      zh: "使用的是已保存的登录，doctor 不读取它",
    };
  return { en: "no credential is set", zh: "没有设置凭据" };
}

/** True for somebody who has no such list: the answer says nothing about the credential. */
function lacksIt({ exchange }: Called): boolean {
  const { status, bodyKind } = exchange;
  return (
    status === 404 || status === 405 || status === 501 || (bodyKind === "html" && status !== undefined && status < 500)
  );
}

function modelsIn({ answered }: Called): readonly string[] | undefined {
  if (answered?.status !== 200) return undefined;
  try {
    const page = JSON.parse(answered.body.toString("utf8")) as { data?: { id?: unknown }[] };
    const ids = (page.data ?? []).flatMap(({ id }) => (typeof id === "string" ? [id.slice(0, 100)] : []));
    return ids.slice(0, MODELS_KEPT);
  } catch {
    return undefined;
  }
}
