// What becomes of connections that are left alone: closed, reset, or silently forgotten.

import type { Context } from "../context.ts";
import type { Soaked } from "../facts/long.ts";
import type { Facts } from "../facts.ts";
import type { Letter, Rule } from "../finding.ts";
import { EDGE_SECONDS, IDLE_LIMITS, limitNear, limitsBetween } from "../long/idle-limits.ts";
import { keepAliveFixes, serverFixes, shortPoolFixes } from "../long/keepalive-fixes.ts";
import type { Words } from "../words.ts";

const EXPLAINS = ["long.soak"];
const EDGE = "https://github.com/anthropics/claude-code/issues/89608";
const SILENT = "https://github.com/anthropics/claude-code/issues/91502";
const WINDOWS = "https://github.com/anthropics/claude-code/issues/67091";
const VPN = "https://github.com/anthropics/claude-code/issues/78966";

const LIMITS: Words = {
  en: IDLE_LIMITS.map(({ seconds, owner }) => `${seconds} s ${owner.en}`).join("; "),
  zh: IDLE_LIMITS.map(({ seconds, owner }) => `${seconds} 秒 ${owner.zh}`).join("；"),
};

function plain(facts: Facts, outcome: Soaked["outcome"]): readonly Soaked[] {
  const all = facts["long.soak"]?.soaks ?? [];
  return all.filter((one) => !one.keepAlive && one.outcome === outcome).sort((a, b) => a.idleSeconds - b.idleSeconds);
}

/** The longest idle time below `dead` that was lived through, seconds. */
function aliveBelow(facts: Facts, dead: number): number {
  const alive = plain(facts, "answered").map(({ idleSeconds }) => idleSeconds);
  return Math.max(0, ...alive.filter((one) => one < dead));
}

/** Where keep-alive held what died without it. */
function curedBy(facts: Facts): Soaked | undefined {
  const dead = new Set(
    [...plain(facts, "silent"), ...plain(facts, "reset"), ...plain(facts, "fin")].map(({ idleSeconds }) => idleSeconds),
  );
  return (facts["long.soak"]?.soaks ?? []).find(
    (one) => one.keepAlive && one.outcome === "answered" && dead.has(one.idleSeconds),
  );
}

const OUTCOMES: { readonly [outcome in Soaked["outcome"]]: Words } = {
  answered: { en: "answered", zh: "仍能应答" },
  fin: { en: "closed by the far end", zh: "被对端关闭" },
  reset: { en: "reset", zh: "被重置" },
  silent: { en: "no answer, while a fresh connection was served", zh: "没有应答，而新连接正常" },
  unkept: { en: "the server keeps no connections", zh: "服务器不保持连接" },
  unknown: { en: "not measured", zh: "未测得" },
};

function evidenceOf(facts: Facts): readonly Words[] {
  return (facts["long.soak"]?.soaks ?? []).map((one) => {
    const keep = one.keepAlive
      ? {
          en: ` with TCP keep-alive every ${one.keepAliveSeconds} s`,
          zh: `，TCP keep-alive 每 ${one.keepAliveSeconds} 秒`,
        }
      : { en: "", zh: "" };
    const after = one.outcome === "fin" ? (one.ms / 1_000).toFixed(1) : undefined;
    return {
      en: `${one.idleSeconds} s idle${keep.en}: ${OUTCOMES[one.outcome].en}${after === undefined ? "" : ` after ${after} s`}${one.error === undefined ? "" : ` (${one.error})`}`,
      zh: `空闲 ${one.idleSeconds} 秒${keep.zh}：${after === undefined ? "" : `${after} 秒后`}${OUTCOMES[one.outcome].zh}${one.error === undefined ? "" : `（${one.error}）`}`,
    };
  });
}

/** A keep-alive time that stays well below what killed: three quarters of what was lived through, else a third of what was not. */
function keepAliveFor(alive: number, dead: number): number {
  return Math.max(1, Math.floor(alive > 0 ? alive * 0.75 : dead / 3));
}

function letterOf(ctx: Context, facts: Facts, alive: number, dead: number): Letter {
  const { host, port } = ctx.target;
  return {
    ask: {
      en: `Please raise the idle time-out of the firewall, NAT or VPN for TCP connections to ${host}:${port} to 600 s or more, and let it send RST when it forgets one. It now lies between ${alive} and ${dead} s.`,
      zh: `请将防火墙、NAT 或 VPN 对到 ${host}:${port} 的 TCP 连接的空闲超时提高到 600 秒以上，并在遗忘连接时发送 RST。目前该值在 ${alive} 到 ${dead} 秒之间。`,
    },
    hosts: [`${host}:${port}`],
    seen: evidenceOf(facts).map(({ en }) => en),
  };
}

function ownersOf(alive: number, dead: number): Words {
  const limits = limitsBetween(alive, dead).filter(({ seconds }) => seconds !== EDGE_SECONDS);
  if (limits.length === 0) return { en: "", zh: "" };
  return {
    en: ` In that range lie: ${limits.map(({ seconds, owner }) => `${seconds} s ${owner.en}`).join("; ")}.`,
    zh: `该范围内的已知上限：${limits.map(({ seconds, owner }) => `${seconds} 秒 ${owner.zh}`).join("；")}。`,
  };
}

const FIN: Rule = {
  code: "LONG_IDLE_FIN",
  layer: "long",
  severity: "warning",
  title: { en: "Idle connections are closed early", zh: "空闲连接被过早关闭" },
  meaning: {
    en: `The far end, or a proxy, closes a connection that has been idle for its limit. A program that sends on it in that very moment gets ECONNRESET or "socket hang up". Known limits: ${LIMITS.en}. The edge of api.anthropic.com closes after 400 s; that is normal.`,
    zh: `对端或代理会关闭空闲达到上限的连接。若程序恰在那一刻使用它，会得到 ECONNRESET 或 "socket hang up"。已知上限：${LIMITS.zh}。api.anthropic.com 的边缘节点在 400 秒后关闭，属正常。`,
  },
  advice: {
    en: "Let the program give idle connections up a little earlier than the far end does, or raise the server's keep-alive time.",
    zh: "让程序比对端稍早放弃空闲连接，或调高服务器的 keep-alive 时间。",
  },
  sources: [
    EDGE,
    "https://github.com/Gitlawb/openclaude/issues/1462",
    "https://github.com/danny-avila/LibreChat/issues/4348",
  ],
  says: [/socket hang up/i, /other side closed/i, /The socket is cooked/i, /keep-?alive race/i],
  match(facts, ctx) {
    const closed = [...plain(facts, "fin")].sort((a, b) => a.ms - b.ms)[0];
    if (closed === undefined) return undefined;
    const seconds = closed.ms / 1_000;
    const edge = ctx.target.official && seconds >= EDGE_SECONDS * 0.97;
    const limit = limitNear(seconds);
    const pool = Math.max(1, Math.floor(seconds * 0.75));
    const proxied = ctx.environment.proxyFor(ctx.target.url).use === "proxy";
    const owner: Words = edge
      ? { en: "That is what the API's own edge does: nobody's fault.", zh: "这是 API 边缘节点自身的行为，不是故障。" }
      : limit === undefined
        ? {
            en: proxied
              ? "The proxy or the server sets that limit."
              : `${ctx.target.url.host} or a load balancer in front of it sets that limit.`,
            zh: proxied ? "该上限由代理或服务器设置。" : `该上限由 ${ctx.target.url.host} 或其前面的负载均衡器设置。`,
          }
        : {
            en: `${limit.seconds} s is the default of ${limit.owner.en}.`,
            zh: `${limit.seconds} 秒是 ${limit.owner.zh} 的默认值。`,
          };
    return {
      confidence: 0.9,
      ...(edge ? { severity: "info" as const } : {}),
      evidence: evidenceOf(facts),
      title: {
        en: `Idle connections are closed after ${seconds.toFixed(1)} s`,
        zh: `空闲连接在 ${seconds.toFixed(1)} 秒后被关闭`,
      },
      why: {
        en: `A connection that did nothing was closed in good order after ${seconds.toFixed(1)} s. ${owner.en} A program whose pool keeps connections for longer meets some that are just being closed.`,
        zh: `一条空闲的连接在 ${seconds.toFixed(1)} 秒后被正常关闭。${owner.zh}若程序的连接池保留得更久，就会碰上正在关闭的连接。`,
      },
      fix: [
        ...shortPoolFixes(pool),
        ...(ctx.target.official ? [] : serverFixes(Math.max(120, Math.ceil(seconds * 2)))),
      ],
      explains: EXPLAINS,
    };
  },
};

const RESET: Rule = {
  code: "LONG_IDLE_RESET",
  layer: "long",
  severity: "warning",
  title: { en: "Idle connections are reset when they are used again", zh: "空闲连接再次使用时被重置" },
  meaning: {
    en: "A firewall, NAT or load balancer forgets connections that are idle for its limit and answers the next packet with RST. The first request after a pause fails with ECONNRESET, the repeated one works.",
    zh: "防火墙、NAT 或负载均衡器会遗忘空闲达到上限的连接，并以 RST 回应下一个数据包。停顿后的第一个请求以 ECONNRESET 失败，重试则成功。",
  },
  advice: {
    en: "Send TCP keep-alive more often than the limit, give idle connections up earlier, or raise the limit.",
    zh: "以小于该上限的间隔发送 TCP keep-alive，更早放弃空闲连接，或调高该上限。",
  },
  sources: [EDGE, WINDOWS, "https://github.com/bman654/clodex/issues/161"],
  says: [/\bECONNRESET\b/, /Connection reset by peer/i, /WSAECONNRESET|10054/],
  match(facts, ctx) {
    const [dead] = plain(facts, "reset");
    if (dead === undefined) return undefined;
    const alive = aliveBelow(facts, dead.idleSeconds);
    const keep = keepAliveFor(alive, dead.idleSeconds);
    const owners = ownersOf(alive, dead.idleSeconds);
    return {
      confidence: alive > 0 ? 0.9 : 0.8,
      evidence: evidenceOf(facts),
      title: {
        en: `Connections idle for ${dead.idleSeconds} s are reset; ${alive} s were lived through`,
        zh: `空闲 ${dead.idleSeconds} 秒的连接被重置；${alive} 秒时仍然存活`,
      },
      why: {
        en: `Something that keeps track of connections forgot this one after ${alive} to ${dead.idleSeconds} s and reset it when it was used.${owners.en}`,
        zh: `某个跟踪连接的设备在 ${alive} 到 ${dead.idleSeconds} 秒之间遗忘了这条连接，并在它被使用时重置。${owners.zh}`,
      },
      fix: [...keepAliveFixes(keep), ...shortPoolFixes(keep)],
      letter: letterOf(ctx, facts, alive, dead.idleSeconds),
      explains: EXPLAINS,
    };
  },
};

const NAT: Rule = {
  code: "LONG_NAT_SILENT",
  layer: "long",
  severity: "error",
  title: { en: "Idle connections die in silence", zh: "空闲连接无声无息地失效" },
  meaning: {
    en: "A NAT, firewall or VPN forgets connections that are idle for its limit and then drops their packets without a word. A program that uses such a connection waits until its own time-out (180 s in Claude Code), although a new connection would be served at once.",
    zh: "NAT、防火墙或 VPN 会遗忘空闲达到上限的连接，之后悄悄丢弃其数据包。程序使用这样的连接会一直等到自己超时（Claude Code 为 180 秒），而新连接其实立即可用。",
  },
  advice: {
    en: "Send TCP keep-alive more often than the limit; raise the limit where the device is yours.",
    zh: "以小于该上限的间隔发送 TCP keep-alive；设备归自己管理时调高上限。",
  },
  sources: [SILENT, WINDOWS, VPN, "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html"],
  says: [/\bETIMEDOUT\b.*\bread\b|\bread ETIMEDOUT\b/i, /no response .* after idle/i],
  match(facts, ctx) {
    const [dead] = plain(facts, "silent");
    if (dead === undefined) return undefined;
    const alive = aliveBelow(facts, dead.idleSeconds);
    const keep = keepAliveFor(alive, dead.idleSeconds);
    const owners = ownersOf(alive, dead.idleSeconds);
    const cured = curedBy(facts);
    const held: Words =
      cured === undefined
        ? { en: "", zh: "" }
        : {
            en: ` TCP keep-alive every ${cured.keepAliveSeconds} s held it open.`,
            zh: ` 每 ${cured.keepAliveSeconds} 秒一次的 TCP keep-alive 能保持它。`,
          };
    return {
      confidence: cured === undefined ? 0.85 : 0.95,
      evidence: evidenceOf(facts),
      title: {
        en: `Connections idle for ${dead.idleSeconds} s are dead without a sign; ${alive} s were lived through`,
        zh: `空闲 ${dead.idleSeconds} 秒的连接已失效却没有任何信号；${alive} 秒时仍然存活`,
      },
      why: {
        en: `The connection took the request and nothing came back, while a fresh one was answered: a NAT, firewall or VPN forgot it after ${alive} to ${dead.idleSeconds} s.${held.en}${owners.en}`,
        zh: `该连接收下了请求却没有任何回应，而新连接得到了应答：NAT、防火墙或 VPN 在 ${alive} 到 ${dead.idleSeconds} 秒之间遗忘了它。${held.zh}${owners.zh}`,
      },
      fix: [...keepAliveFixes(keep), ...shortPoolFixes(keep)],
      letter: letterOf(ctx, facts, alive, dead.idleSeconds),
      explains: EXPLAINS,
    };
  },
};

const CURES: Rule = {
  code: "LONG_KEEPALIVE_CURES",
  layer: "long",
  severity: "info",
  title: { en: "TCP keep-alive holds idle connections open", zh: "TCP keep-alive 能保持空闲连接" },
  meaning: {
    en: "Connections that died while idle stayed alive when TCP keep-alive was on: what kills them is an idle limit between here and the far end, and it can be met from this side.",
    zh: "空闲时失效的连接在开启 TCP keep-alive 后得以保持：原因是途中的空闲上限，可以在本机一侧解决。",
  },
  advice: { en: "Switch SO_KEEPALIVE on with a time below the limit.", zh: "开启 SO_KEEPALIVE，时间设为小于该上限。" },
  sources: [WINDOWS, "https://man7.org/linux/man-pages/man7/tcp.7.html"],
  match(facts) {
    const cured = curedBy(facts);
    if (cured === undefined) return undefined;
    const seconds = cured.keepAliveSeconds ?? 20;
    return {
      confidence: 0.95,
      evidence: evidenceOf(facts),
      title: {
        en: `TCP keep-alive every ${seconds} s holds a connection open that dies without it`,
        zh: `每 ${seconds} 秒一次的 TCP keep-alive 能保持否则会失效的连接`,
      },
      why: {
        en: `After ${cured.idleSeconds} s of idling the connection with keep-alive was answered in ${cured.ms} ms, the one without it was not.`,
        zh: `空闲 ${cured.idleSeconds} 秒后，开启 keep-alive 的连接在 ${cured.ms} ms 内得到应答，未开启的没有。`,
      },
      fix: keepAliveFixes(seconds),
      explains: EXPLAINS,
    };
  },
};

/** Rules about idle connections. */
export const LONG_RULES: readonly Rule[] = [FIN, RESET, NAT, CURES];
