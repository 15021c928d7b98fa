// Leaves connections idle and uses them again: who cuts them, after how long, and whether keep-alive holds them.

import type { Context } from "../context.ts";
import type { Soaked, SoakFacts } from "../facts/long.ts";
import { blocked } from "../graph.ts";
import { soakOne } from "../long/idle-socket.ts";
import { soakLadder } from "../long/soak-ladder.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Words } from "../words.ts";

const NOT_ASKED: Words = {
  en: "add --soak 410 to hold idle connections for seven minutes",
  zh: "加上 --soak 410 可让空闲连接保持七分钟并观察",
};

/** Idle connections, with and without TCP keep-alive, side by side. Costs nothing: only `HEAD /api/hello` without a key is sent. */
export const longSoak: Probe<"long.soak"> = {
  id: "long.soak",
  layer: "long",
  title: { en: "Idle connections", zh: "空闲连接" },
  after: ["http.hello"],
  deep: true,
  // The budget of the examination grows with the soak; this only must not be shorter.
  timeoutMs: 3_600_000,
  skip(ctx, facts) {
    if (ctx.options.soakSeconds <= 0) return NOT_ASKED;
    const answered = facts["http.hello"]?.exchanges.some(({ status }) => status !== undefined) === true;
    return answered ? undefined : blocked();
  },
  async run(ctx: Context, facts): Promise<Looked<"long.soak">> {
    const soaks = await Promise.all(soakLadder(ctx.options.soakSeconds).map((step) => soakOne(ctx, facts, step)));
    const summary = summaryOf(soaks);
    return { status: statusOf(soaks), note: noteOf(soaks), facts: summary };
  },
};

/** The figures of a soak; without keep-alive where it says so. */
export function summaryOf(soaks: readonly Soaked[]): SoakFacts {
  const plain = soaks.filter(({ keepAlive }) => !keepAlive);
  const alive = plain.filter(({ outcome }) => outcome === "answered").map(({ idleSeconds }) => idleSeconds);
  const dead = plain
    .filter(isDead)
    .map(({ idleSeconds, outcome, ms }) => (outcome === "fin" ? ms / 1_000 : idleSeconds));
  return {
    soaks,
    ...(alive.length === 0 ? {} : { longestAlive: Math.max(...alive) }),
    ...(dead.length === 0 ? {} : { shortestDead: Math.min(...dead) }),
  };
}

/** True when the connection did not live through its idle time. */
export function isDead({ outcome }: Soaked): boolean {
  return outcome === "fin" || outcome === "reset" || outcome === "silent";
}

function statusOf(soaks: readonly Soaked[]): "pass" | "warn" | "fail" {
  if (soaks.some(({ outcome }) => outcome === "silent")) return "fail";
  if (soaks.some(isDead) || soaks.every(({ outcome }) => outcome === "unknown")) return "warn";
  return "pass";
}

const OUTCOMES: { readonly [outcome in Soaked["outcome"]]: Words } = {
  answered: { en: "ok", zh: "正常" },
  fin: { en: "closed by the far end", zh: "被对端关闭" },
  reset: { en: "reset", zh: "被重置" },
  silent: { en: "silent", zh: "无响应" },
  unkept: { en: "not kept", zh: "不保持" },
  unknown: { en: "not measured", zh: "未测得" },
};

function noteOf(soaks: readonly Soaked[]): Words {
  const one = (language: "en" | "zh") =>
    soaks
      .map((soak) => {
        const idle = `${soak.idleSeconds} s${soak.keepAlive ? ` (keep-alive ${soak.keepAliveSeconds} s)` : ""}`;
        const at = soak.outcome === "fin" ? ` ${(soak.ms / 1_000).toFixed(1)} s` : "";
        return `${idle} ${OUTCOMES[soak.outcome][language]}${at}`;
      })
      .join(language === "zh" ? "，" : ", ");
  return { en: one("en"), zh: one("zh") };
}
