// Varies one factor of the handshake at a time: its size, the name in it, the size of the answer.

import { sleep } from "@fairlead/runtime";
import type { Context } from "../context.ts";
import type { Handshake, MatrixFacts } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Probe } from "../probe.ts";
import { attempt, handshakeWait, outcomeOf } from "../wire/tls-attempt.ts";
import { wayToTarget } from "../wire/way.ts";

/** All variants, the most telling first. */
const VARIANTS: readonly Handshake["variant"][] = [
  "default",
  "classical",
  "decoy-name",
  "classical-decoy",
  "tiny-reply",
  "tls12",
];
/** Each is tried twice, one round after the other, so that loss which comes and goes does not look like a difference. */
const ROUNDS = 2;
const BETWEEN_ROUNDS_MS = 120;

type Outcome = ReturnType<typeof outcomeOf>;

/** The probe. */
export const tlsMatrix: Probe<"tls.matrix"> = {
  id: "tls.matrix",
  layer: "tls",
  title: { en: "TLS handshakes, one factor at a time", zh: "逐项改变因素的 TLS 握手" },
  after: ["tls.handshake"],
  timeoutMs: 7_000,
  skip(ctx, facts) {
    if (!ctx.target.tls) return { en: "no TLS on this way", zh: "此路径不使用 TLS" };
    const shaken = facts["tls.handshake"];
    if (shaken === undefined) return blocked();
    if (ctx.options.deep || needsMatrix(ctx, facts)) return undefined;
    return { en: "not needed: the plain handshake tells enough", zh: "无需检查：普通握手的结果已足够" };
  },
  async run(ctx, facts) {
    const way = wayToTarget(ctx, facts);
    const once = { ...way, addresses: way.addresses.slice(0, 1) };
    const wait = handshakeWait(facts, "compared");
    const rounds = Array.from({ length: ROUNDS }, async (_, round) => {
      await sleep(ctx.rt.clock, round * BETWEEN_ROUNDS_MS);
      return Promise.all(VARIANTS.map((variant) => shake(ctx, once, variant, wait)));
    });
    const handshakes = (await Promise.all(rounds)).flat();
    const table: { [variant in Handshake["variant"]]?: Outcome } = {};
    for (const variant of VARIANTS) table[variant] = agreed(handshakes.filter((one) => one.variant === variant));
    const found: MatrixFacts = { handshakes, table };
    const text = VARIANTS.map((variant) => `${variant} ${table[variant]}`).join(", ");
    const whole = table.default === "ok" && table.classical === "ok";
    return { status: whole ? "pass" : "warn", note: { en: text, zh: text }, facts: found };
  },
};

/** Whether the plain handshake broke in a way whose cause only a comparison shows. */
function needsMatrix(ctx: Context, facts: Facts): boolean {
  const shaken = facts["tls.handshake"];
  // A public service refuses nobody's handshake: an alert in its name may be a filter's.
  const telling = ctx.target.official ? ["timeout", "reset", "alert"] : ["timeout", "reset"];
  const own = shaken?.handshakes.filter(({ variant }) => variant === shaken.hello) ?? [];
  return !own.some(({ ok }) => ok) && own.some((one) => telling.includes(outcomeOf(one)));
}

async function shake(
  ctx: Context,
  way: Parameters<typeof attempt>[1],
  variant: Handshake["variant"],
  wait: number,
): Promise<Handshake> {
  const { handshake, opened } = await attempt(ctx, way, variant, wait);
  opened?.socket.destroy();
  return handshake;
}

/** What came more often; an answer counts before silence, because chance can only take one away. */
function agreed(tries: readonly Handshake[]): Outcome {
  const outcomes = tries.map(outcomeOf);
  return outcomes.find((one) => one === "ok") ?? outcomes.find((one) => one === "alert") ?? outcomes[0] ?? "other";
}
