// Reads the facts of TLS for the rules: what became of the handshakes, in which variant, and whose certificate it was.

import type { ClientName, Context } from "../context.ts";
import type { Handshake, Trust } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import type { Evidence, Letter, Severity } from "../finding.ts";
import { verifiesNothing } from "../trust/stores.ts";
import { outcomeOf } from "../wire/tls-attempt.ts";
import type { Words } from "../words.ts";

/** Probes that do not pass when TLS does not come about. */
export const BEHIND_TLS: readonly string[] = [
  "tls.handshake",
  "tls.matrix",
  "mtu.sizes",
  "http.hello",
  "http.clock",
  "credentials.accepted",
  "account.count",
];

/** Both languages at once. */
export function words(en: string, zh: string): Words {
  return { en, zh };
}

/** The handshakes of the program's own kind. */
export function own(facts: Facts): readonly Handshake[] {
  const shaken = facts["tls.handshake"];
  return shaken?.handshakes.filter(({ variant }) => variant === shaken.hello) ?? [];
}

/** True when handshakes were tried and none of the program's kind came to its end. */
export function noneStands(facts: Facts): boolean {
  const all = own(facts);
  return all.length > 0 && !all.some(({ ok }) => ok);
}

/** The error of the program's handshakes, when it is the same kind for all. */
export function commonError(facts: Facts, pattern: RegExp): Handshake | undefined {
  return noneStands(facts) ? own(facts).find(({ error, at }) => at === "tls" && pattern.test(error ?? "")) : undefined;
}

/** What became of a variant: by the comparison when it was made, else by the handshakes themselves. */
export function outcome(facts: Facts, variant: Handshake["variant"]): ReturnType<typeof outcomeOf> | undefined {
  const compared = facts["tls.matrix"]?.table[variant];
  if (compared !== undefined) return compared;
  const all = facts["tls.handshake"]?.handshakes.filter((one) => one.variant === variant) ?? [];
  return all.length === 0 ? undefined : all.some(({ ok }) => ok) ? "ok" : outcomeOf(all[0] as Handshake);
}

/** Something of the far end came back: a handshake, or its refusal. */
export function heard(facts: Facts, variant: Handshake["variant"]): boolean {
  const what = outcome(facts, variant);
  return what === "ok" || what === "alert";
}

/** One handshake as evidence. */
export function shakeEvidence({ address, variant, ok, error, ms, bytesIn }: Handshake): Evidence {
  const [en, zh] = VARIANT_WORDS[variant];
  if (ok) return words(`${address}, ${en}: done in ${ms} ms`, `${address}，${zh}：${ms} 毫秒内完成`);
  return words(
    `${address}, ${en}: ${error} after ${ms} ms, ${bytesIn} bytes came back`,
    `${address}，${zh}：${ms} 毫秒后 ${error}，收到 ${bytesIn} 字节`,
  );
}

const VARIANT_WORDS: { readonly [variant in Handshake["variant"]]: readonly [string, string] } = {
  default: ["large ClientHello (about 1,600 bytes)", "大 ClientHello（约 1600 字节）"],
  classical: ["small ClientHello (under 500 bytes)", "小 ClientHello（500 字节以内）"],
  tls12: ["TLS 1.2 at most", "最高 TLS 1.2"],
  "decoy-name": ["large ClientHello with another name in it", "大 ClientHello，换用其他域名"],
  "classical-decoy": ["small ClientHello with another name in it", "小 ClientHello，换用其他域名"],
  "tiny-reply": ["a request whose right answer is a refusal of 7 bytes", "正确应答仅为 7 字节拒绝消息的请求"],
};

/** One line for each variant that was compared, else the handshakes themselves. */
export function comparison(facts: Facts): readonly Evidence[] {
  const compared = facts["tls.matrix"]?.handshakes;
  const all = compared ?? facts["tls.handshake"]?.handshakes ?? [];
  const seen = new Map<string, Handshake>();
  for (const one of all) {
    const key = `${one.address} ${one.variant}`;
    if (seen.get(key)?.ok !== true) seen.set(key, one);
  }
  return [...seen.values()].map(shakeEvidence);
}

/** TCP to the same addresses, which tells that the line up to there is whole. */
export function tcpEvidence(facts: Facts): readonly Evidence[] {
  return (facts["tcp.connect"]?.connects ?? [])
    .filter(({ ok }) => ok)
    .map(({ address, port, ms }) =>
      words(
        `TCP to ${address} port ${port} connects in ${ms} ms`,
        `到 ${address} 端口 ${port} 的 TCP 在 ${ms} 毫秒内连上`,
      ),
    );
}

/** The certificate that was shown, as evidence. */
export function chainEvidence(facts: Facts): readonly Evidence[] {
  const [leaf, ...above] = facts["tls.handshake"]?.chain ?? [];
  if (leaf === undefined) return [];
  const top = above[above.length - 1] ?? leaf;
  return [
    words(
      `certificate of ${leaf.subject || leaf.names.join(", ")}, issued by ${leaf.issuer}`,
      `证书主体：${leaf.subject || leaf.names.join("、")}；签发者：${leaf.issuer}`,
    ),
    ...(top === leaf
      ? []
      : [
          words(
            `the chain ends at ${top.issuer} (${above.length + 1} certificates were shown)`,
            `证书链终止于 ${top.issuer}（共出示 ${above.length + 1} 张证书）`,
          ),
        ]),
    words(
      `valid from ${leaf.notBefore} to ${leaf.notAfter}, SHA-256 ${leaf.fingerprint.slice(0, 23)}…`,
      `有效期 ${leaf.notBefore} 至 ${leaf.notAfter}，SHA-256 ${leaf.fingerprint.slice(0, 23)}…`,
    ),
  ];
}

/** The judgement, when a certificate was shown. */
export function trustOf(facts: Facts): Trust | undefined {
  return facts["tls.handshake"]?.trust;
}

/** The program's name in a sentence. */
export function programName(client: ClientName): string {
  return { node: "Node", "claude-code": "Claude Code", python: "Python", curl: "curl" }[client];
}

/** How grave a certificate is that the program does not accept. */
export function certificateSeverity(ctx: Context): Severity {
  return verifiesNothing(ctx) ? "warning" : "error";
}

/** host:port of the target. */
export function place(ctx: Context): string {
  return `${ctx.target.host}:${ctx.target.port}`;
}

/** For the administrator: what is asked, with the handshakes that were seen. */
export function tlsLetter(ctx: Context, facts: Facts, ask: Words): Letter {
  const seen = [...tcpEvidence(facts), ...comparison(facts), ...chainEvidence(facts)].map(({ en }) => en);
  return { ask, hosts: [place(ctx)], seen };
}
