// Which credential the program would use, and what is wrong with it as far as that can be seen without sending it.

import type { Context } from "../context.ts";
import { credentialLints } from "../environment/credential-lint.ts";
import { describeVariable, whereOf } from "../environment/description.ts";
import { problemWords } from "../environment/problem-words.ts";
import type { Lint } from "../facts/environment.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Words } from "../words.ts";

/** With one of these nothing that is sent can be accepted. */
const FATAL = new Set([
  "placeholder",
  "quoted",
  "bearer-typed",
  "bad-characters",
  "wrong-variable",
  "helper-missing",
  "none",
]);
/** Worth no mark on the screen by itself. */
const QUIET = new Set(["shadows-login", "foreign", "stand-in", "odd-variable"]);

export const envCredentials: Probe<"env.credentials"> = {
  id: "env.credentials",
  layer: "environment",
  title: { en: "credential", zh: "凭据" },
  after: [],
  run: async (ctx): Promise<Looked<"env.credentials">> => {
    const lints = credentialLints(ctx.environment, ctx.target, ctx.machine);
    return { status: statusOf(lints, ctx), note: noteOf(lints, ctx), facts: { lints } };
  },
};

function statusOf(lints: readonly Lint[], ctx: Context): Looked["status"] {
  const others = lints.filter(({ problem }) => !QUIET.has(problem));
  if (others.length === 0) return "pass";
  const claude = ctx.environment.client === "claude-code";
  return others.some(({ problem }) => FATAL.has(problem) && (claude || problem !== "none")) ? "fail" : "warn";
}

function noteOf(lints: readonly Lint[], ctx: Context): Words {
  const { credentials, keyHelper, login } = ctx.environment;
  const [first] = credentials;
  const wrong = lints.find(({ problem }) => !QUIET.has(problem) && problem !== "none");
  if (wrong !== undefined) return problemWords(wrong);
  if (first !== undefined) return describeVariable(first.setting);
  const { platform } = ctx.target;
  if (platform === "bedrock" || platform === "vertex" || platform === "foundry")
    return { en: "of the cloud's own kind", zh: "使用云平台自己的凭据" };
  if (keyHelper !== undefined) {
    const where = whereOf(keyHelper);
    return { en: `apiKeyHelper ${where.en} (not run)`, zh: `apiKeyHelper ${where.zh}（未运行）` };
  }
  return login
    ? { en: "the stored login of Claude Code", zh: "Claude Code 保存的登录" }
    : { en: "no credential is set", zh: "没有设置凭据" };
}
