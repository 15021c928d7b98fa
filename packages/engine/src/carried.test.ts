// What one engine takes over from the one before: what is the same stays known, what is not begins anew.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { engineParts, type PartOptions } from "./engine-parts.ts";
import { readOptions } from "./options.ts";
import { failure } from "./outcome.ts";
import { ADMISSION_OPTIONS } from "./policies/admission-options.ts";
import { BREAKER_OPTIONS } from "./policies/breaker.ts";
import { CACHE_OPTIONS } from "./policies/cache.ts";
import { HEDGE_OPTIONS } from "./policies/hedge.ts";
import { JOIN_OPTIONS } from "./policies/join.ts";
import { RETRY_OPTIONS } from "./policies/retry.ts";
import { BALANCE_OPTIONS } from "./targets/balancer.ts";
import { QUOTA_OPTIONS } from "./targets/quotas.ts";
import type { Target } from "./targets/target.ts";

const rt = virtualRuntime("carried");
const options = (retry: object = {}, join: object = {}): PartOptions => ({
  retry: readOptions("retry", RETRY_OPTIONS, retry),
  breaker: readOptions("breaker", BREAKER_OPTIONS, {}),
  admission: readOptions("admission", ADMISSION_OPTIONS, {}),
  quota: readOptions("quota", QUOTA_OPTIONS, { rpm: 60 }),
  balance: readOptions("balance", BALANCE_OPTIONS, {}),
  join: readOptions("join", JOIN_OPTIONS, join),
  cache: readOptions("cache", CACHE_OPTIONS, {}),
  hedge: readOptions("hedge", HEDGE_OPTIONS, {}),
});
const target = (name: string): Target =>
  ({ name, platform: `platform ${name}`, account: `account ${name}`, modelName: (model: string) => model }) as Target;
const ends = (name: string) => (other: string) => other.endsWith(name);

it("keeps circuits, parked accounts, budgets and quotas of whoever stays, and forgets the others", async () => {
  const before = engineParts(rt, options());
  const [a, b] = [target("a"), target("b")];
  for (let i = 0; i < 12; i++) {
    await rt.clock.advance(100);
    for (const one of [a, b]) {
      const permits = before.health.enter(one, "m");
      if (permits !== undefined) before.health.bad(one, "m", permits, failure("unreachable"), `request ${i}`);
    }
  }
  for (const one of [a, b]) {
    before.health.draw(one, "m", 3);
    before.admission.quotas.of(one, "m").reserve(rt.clock.now(), { requests: 3, input: 0, output: 0 });
  }
  expect([a, b].map((one) => before.health.unfit(one, "m")?.kind)).toEqual(["open", "open"]);
  const tokens = before.health.tokens(a, "m");

  const kept = { target: ends("a"), platform: ends("a"), account: ends("a") };
  const after = engineParts(rt, options({ budget: 40 }), undefined, undefined, undefined, {
    parts: before,
    options: options(),
    kept,
  });
  expect([a, b].map((one) => after.health.unfit(one, "m")?.kind)).toEqual(["open", undefined]);
  // A larger budget is not filled by the reload.
  after.health.retune();
  expect(after.health.tokens(a, "m")).toBe(tokens);
  expect(after.health.tokens(b, "m")).toBe(40);
  const room = (one: Target) => after.admission.quotas.of(one, "m").states(rt.clock.now())[0]?.room ?? 0;
  expect(room(a)).toBeLessThan(room(b));
  expect(after.admission.predictor).toBe(before.admission.predictor);
  expect(after.cache).toBe(before.cache);
  expect(after.health.orders).toBe(before.health.orders);

  // What the old one still finds out, the new one knows.
  const again = engineParts(rt, options(), undefined, undefined, undefined, { parts: after, options: options(), kept });
  const late = before.health.enter(a, "other");
  expect(late).toBeUndefined();
  expect(again.health.unfit(a, "other")?.kind).toBe("open");
});

it("makes joins anew when their options change", () => {
  const before = engineParts(rt, options());
  const kept = { target: () => true, platform: () => true, account: () => true };
  const more = options({}, { count_tokens: false });
  const after = engineParts(rt, more, undefined, undefined, undefined, { parts: before, options: options(), kept });
  expect(after.joins).not.toBe(before.joins);
  expect(after.cache).toBe(before.cache);
});
