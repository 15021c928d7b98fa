// Counts the tokens of one word with the program's model, betas and fields: access without cost.

import type { Context } from "../context.ts";
import { placeText } from "../environment/description.ts";
import type { CountFacts } from "../facts/account.ts";
import type { Exchanged } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import { type Call, type CallHeader, callTarget } from "../http/call.ts";
import { maySend } from "../http/key-guard.ts";
import { lineStands } from "../http/line.ts";
import { modelOf } from "../http/model-choice.ts";
import { countCall, shownCredential } from "../http/platform-calls.ts";
import { noteOf, SLOW_MS } from "../http/reading.ts";
import type { Probe } from "../probe.ts";

/**
 * Betas that Claude Code sends to a gateway in the Messages format, of those that gateways are known to stumble over:
 * https://github.com/QuantumNous/new-api/issues/2975, https://github.com/anthropics/claude-code/issues/21612.
 */
const CLAUDE_CODE_BETAS = [
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "context-management-2025-06-27",
  "prompt-caching-scope-2026-01-05",
];
/** The field that goes with the third of them. */
const CLAUDE_CODE_FIELDS = { context_management: { edits: [] } };
/** A value that no release knows: whoever reads the header comments on it. */
const ECHO = "doctor-probe";
const CONTENT_TYPES: readonly string[] = [
  "application/json",
  "application/json; charset=utf-8",
  "",
  "application/json, application/json",
];

/** The probe. */
export const accountCount: Probe<"account.count"> = {
  id: "account.count",
  layer: "account",
  title: { en: "Access to the model", zh: "模型访问权限" },
  after: ["http.hello", "credentials.accepted"],
  timeoutMs: 10_000,
  skip(ctx, facts) {
    if (!lineStands(ctx, facts)) return blocked();
    const credential = facts["credentials.accepted"];
    if (credential === undefined || credential.outcome === "rejected" || credential.exchange.status === undefined)
      return blocked();
    const permission = maySend(ctx, facts);
    return permission.ok ? undefined : permission.why;
  },
  async run(ctx, facts) {
    const credential = shownCredential(ctx);
    if (credential === undefined) throw new Error("skip lets no examination without a credential through");
    const before = askedBefore(ctx, facts);
    const model = modelOf(ctx, before === undefined ? facts["credentials.accepted"]?.models : undefined);
    const betas = before === undefined ? betasOf(ctx) : [];
    const full = countCall(
      ctx,
      model.id,
      withBetas(credential.headers, betas),
      betas.length > 0 ? CLAUDE_CODE_FIELDS : {},
    );
    const plain = countCall(ctx, model.id, credential.headers);
    const first = before ?? (await callTarget(ctx, facts, full)).exchange;
    const refused = first.status === 400 || first.status === 415 || first.status === 403;
    const [bare, contentTypes, betaHeard] = await Promise.all([
      refused && betas.length > 0 ? callTarget(ctx, facts, plain).then((one) => one.exchange) : undefined,
      first.status === 415 || /content[- ]type/i.test(first.errorMessage ?? "")
        ? typesTried(ctx, facts, plain)
        : undefined,
      ctx.options.deep && ctx.target.platform !== "bedrock"
        ? heard(ctx, facts, model.id, credential.headers)
        : undefined,
    ]);
    const outdated = bare?.ok === true && isOutdated(first);
    const exchange = outdated ? bare : first;
    const absent = lacksIt(exchange);
    const found: CountFacts = {
      exchange,
      model: model.id,
      named: model.named,
      betas: outdated ? [] : betas,
      absent,
      ...(model.from === undefined ? {} : { from: `${model.from.name}, ${placeText(model.from.source)}` }),
      ...(bare === undefined || outdated ? {} : { bare }),
      ...(contentTypes === undefined ? {} : { contentTypes }),
      ...(betaHeard === undefined ? {} : { betaHeard }),
    };
    const seen = noteOf(exchange);
    if (absent) {
      const note = {
        en: `no token count here, which a gateway need not have (${seen.en})`,
        zh: `此处没有 token 计数接口，网关可以不提供（${seen.zh}）`,
      };
      return { status: "skip", note, facts: found };
    }
    return {
      status: exchange.ok ? "pass" : "fail",
      note: { en: `${model.id}: ${seen.en}`, zh: `${model.id}：${seen.zh}` },
      facts: found,
    };
  },
};

/** The count that was asked beside a slow list: a quick examination has no time to ask once more where answers are slow. */
function askedBefore(ctx: Context, facts: Facts): Exchanged | undefined {
  const credential = facts["credentials.accepted"];
  return ctx.options.deep || (credential?.count?.ms ?? 0) < SLOW_MS ? undefined : credential?.count;
}

/** What Claude Code adds on top for a gateway; nothing where a refusal could be no gateway's. */
function betasOf(ctx: Context): readonly string[] {
  const { environment, target } = ctx;
  if (environment.client !== "claude-code" || target.platform !== "custom") return [];
  const off = environment.value("CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS") ?? "";
  return off === "" || off === "0" || off === "false" ? CLAUDE_CODE_BETAS : [];
}

/** The API itself does not know one of the betas above: this list is too old, and the program's own says nothing. */
function isOutdated({ author, requestId = "", errorMessage = "" }: Exchanged): boolean {
  return author === "anthropic-api" && !requestId.startsWith("req_vrtx") && /anthropic-beta/.test(errorMessage);
}

function withBetas(headers: readonly CallHeader[], betas: readonly string[]): readonly CallHeader[] {
  if (betas.length === 0) return headers;
  const own = headers.flatMap(([name, value]) =>
    name === "anthropic-beta" && typeof value === "string" ? [value] : [],
  );
  return [...headers.filter(([name]) => name !== "anthropic-beta"), ["anthropic-beta", [...own, ...betas].join(",")]];
}

/** A gateway that does not know the request at all: its 404 names no model. */
function lacksIt({ status, author, errorType = "", errorCode = "", errorMessage = "", bodyKind }: Exchanged): boolean {
  if (status !== 404 && status !== 405 && status !== 501) return false;
  if (bodyKind === "html") return true;
  return !(
    author === "anthropic-api" ||
    (author === "azure" && /deployment|model/i.test(`${errorCode} ${errorMessage}`)) ||
    author === "google" ||
    author === "aws" ||
    (errorType === "not_found_error" && /model/i.test(errorMessage))
  );
}

async function typesTried(ctx: Context, facts: Facts, call: Call): Promise<CountFacts["contentTypes"]> {
  const others = (call.headers ?? []).filter(([name]) => name !== "content-type");
  return Promise.all(
    CONTENT_TYPES.map(async (sent) => {
      const headers: readonly CallHeader[] = sent === "" ? others : [...others, ["content-type", sent]];
      const { exchange } = await callTarget(ctx, facts, { ...call, headers });
      return {
        sent: sent === "" ? "(none)" : sent,
        ...(exchange.status === undefined ? {} : { status: exchange.status }),
      };
    }),
  );
}

async function heard(ctx: Context, facts: Facts, model: string, headers: readonly CallHeader[]): Promise<boolean> {
  const { exchange } = await callTarget(ctx, facts, countCall(ctx, model, withBetas(headers, [ECHO])));
  return (exchange.errorMessage ?? "").includes(ECHO) || /anthropic-beta|beta flag/i.test(exchange.errorMessage ?? "");
}
